import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type InLine, WaitingLine } from '../../../src/transport/waiting-line.ts';

const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('add' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('delete' as const), n: fc.nat(5_000) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('shift' as const) }) },
);

describe('the line before the pool', () => {
  it('serves in the order of coming, and whoever has left not at all', () => {
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 300 }),
        fc.integer({ min: 1, max: 40 }),
        (steps, times) => {
          const line = new WaitingLine<InLine & { readonly n: number }>();
          const model = new Set<InLine & { readonly n: number }>();
          const all: (InLine & { readonly n: number })[] = [];
          // Repeated, so that the line closes its ranks now and then.
          for (const one of Array.from({ length: times }, () => steps).flat()) {
            if (one.do === 'add') {
              const waiter = { n: all.length, inLine: false };
              all.push(waiter);
              line.add(waiter);
              model.add(waiter);
            } else if (one.do === 'delete') {
              const waiter = all[one.n % Math.max(1, all.length)];
              if (waiter === undefined) continue;
              line.delete(waiter);
              model.delete(waiter);
            } else {
              const [first] = model;
              if (first !== undefined) model.delete(first);
              if (line.shift() !== first) throw new Error(`${first?.n} was not served`);
            }
            if (line.size !== model.size) throw new Error(`${line.size} wait, not ${model.size}`);
          }
          const rest = Array.from({ length: line.size }, () => line.shift());
          expect(rest).toEqual([...model]);
          expect(line.shift()).toBeUndefined();
        },
      ),
    );
  });
});
