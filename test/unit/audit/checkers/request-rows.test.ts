import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RequestRows } from '../../../../src/audit/checkers/request-rows.ts';

describe('RequestRows', () => {
  it('groups requests by key, and sorts those of a key by the time they were sent', () => {
    const key = fc.oneof(fc.nat(5), fc.constantFrom(2 ** 20, 2 ** 32 - 1, 2 ** 40));
    const request = fc.record({
      key,
      sentNs: fc.integer({ min: -5, max: 20 }),
      doneNs: fc.oneof(fc.nat(30), fc.constant(Number.POSITIVE_INFINITY)),
      index: fc.nat(2 ** 32 - 1),
      tag: fc.nat(65_535),
    });
    fc.assert(
      fc.property(fc.array(request, { maxLength: 40 }), fc.boolean(), (drawn, inOrder) => {
        const all = inOrder ? drawn.toSorted((a, b) => a.sentNs - b.sentNs) : drawn;
        const rows = new RequestRows(all.length + 2);
        for (const { key, sentNs, doneNs, index, tag } of all) {
          rows.add(key, sentNs, doneNs, index, tag);
        }
        const { starts, ...columns } = rows.grouped();
        const expected = all.toSorted((a, b) => a.key - b.key || a.sentNs - b.sentNs);
        expect([...columns.sentNs]).toEqual(expected.map(({ sentNs }) => sentNs));
        expect([...columns.doneNs]).toEqual(expected.map(({ doneNs }) => doneNs));
        expect([...columns.index]).toEqual(expected.map(({ index }) => index));
        expect([...columns.tag]).toEqual(expected.map(({ tag }) => tag));
        const firsts = expected.flatMap(({ key }, at) =>
          expected[at - 1]?.key === key ? [] : [at],
        );
        expect([...starts]).toEqual([...firsts, all.length]);
      }),
      { numRuns: 500 },
    );
  });
});
