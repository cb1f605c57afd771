import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RequestRows } from '../../../../src/audit/checkers/request-rows.ts';

describe('RequestRows', () => {
  it('groups requests by key, and sorts those of a key by the time they were sent', () => {
    const request = fc.record({
      key: fc.nat(9),
      sentNs: fc.integer({ min: -5, max: 20 }),
      doneNs: fc.oneof(fc.nat(30), fc.constant(Number.POSITIVE_INFINITY)),
      index: fc.nat(2 ** 32 - 1),
      tag: fc.nat(2 ** 32 - 1),
    });
    fc.assert(
      fc.property(fc.array(request, { maxLength: 40 }), fc.boolean(), (drawn, inOrder) => {
        const all = inOrder ? drawn.toSorted((a, b) => a.sentNs - b.sentNs) : drawn;
        const sizeOf = (key: number) => all.filter((request) => request.key === key).length;
        const rows = new RequestRows(10, sizeOf);
        for (const { key, sentNs, doneNs, index, tag } of all) {
          rows.add(key, sentNs, doneNs, index, tag);
        }
        const grouped = rows.grouped();
        const expected = all.toSorted((a, b) => a.key - b.key || a.sentNs - b.sentNs);
        expect(
          expected.map((_, row) => [
            grouped.sentNsAt(row),
            grouped.doneNsAt(row),
            grouped.indexAt(row),
            grouped.tagAt(row),
          ]),
        ).toEqual(expected.map(({ sentNs, doneNs, index, tag }) => [sentNs, doneNs, index, tag]));
        const before = Array.from({ length: 11 }, (_, key) =>
          expected.filter((request) => request.key < key),
        );
        expect([...grouped.starts]).toEqual(before.map(({ length }) => length));
      }),
      { numRuns: 500 },
    );
  });
});
