import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type HoldChange, peakHold } from '../../../../src/audit/checkers/peak-hold.ts';

describe('C2, the peak of units held,', () => {
  it.each<readonly [string, readonly (readonly [atNs: number, delta: number])[], number]>([
    ['is 0 of nothing', [], 0],
    [
      'is the sum where nothing comes back',
      [
        [3, 2],
        [1, 1],
      ],
      3,
    ],
    [
      'is what was held before it came back',
      [
        [1, 2],
        [2, -2],
        [3, 1],
      ],
      2,
    ],
    [
      'counts a unit that came back at the same instant as gone',
      [
        [1, 1],
        [2, 1],
        [2, -1],
      ],
      1,
    ],
    [
      'is never below 0',
      [
        [1, -3],
        [2, 2],
      ],
      0,
    ],
    [
      'leaves out what never happens',
      [
        [1, 1],
        [Number.POSITIVE_INFINITY, 5],
      ],
      1,
    ],
    [
      'takes what was there from the beginning',
      [
        [Number.NEGATIVE_INFINITY, 2],
        [1, 1],
      ],
      3,
    ],
  ])('%s', (_what, changes, peak) => {
    expect(peakHold(changes.map(([atNs, delta]): HoldChange => ({ atNs, delta })))).toBe(peak);
  });

  it('is the most that is held after any instant, in whatever order the changes come', () => {
    const change = fc.record({
      atNs: fc.integer({ min: 0, max: 9 }),
      delta: fc.integer({ min: -3, max: 3 }),
    });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 12 }), (changes) => {
        const heldAfter = (instant: number): number =>
          changes.reduce((sum, { atNs, delta }) => (atNs <= instant ? sum + delta : sum), 0);
        const most = Math.max(0, ...changes.map(({ atNs }) => heldAfter(atNs)));
        expect(peakHold(changes)).toBe(most);
      }),
    );
  });
});
