import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RollingSum } from '../../../src/policies/rolling-sum.ts';

describe('RollingSum', () => {
  it('forgets a slice as a whole once it is older than the window', () => {
    const sum = new RollingSum(1_000, 10);
    sum.add(0, 1);
    sum.add(99, 1);
    sum.add(100, 1);
    expect(sum.sum(999)).toBe(3);
    expect(sum.sum(1_000)).toBe(1);
    expect(sum.sum(1_100)).toBe(0);
  });

  it('counts what comes late now, when time steps back', () => {
    const sum = new RollingSum(1_000, 10);
    sum.add(5_000, 1);
    sum.add(100, 1);
    expect(sum.sum(5_000)).toBe(2);
    expect(sum.sum(6_000)).toBe(0);
  });

  it('sums up what a list of everything would', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(400), fc.integer({ min: -5, max: 5 })), { maxLength: 60 }),
        fc.constantFrom(1, 2, 10),
        (steps, slices) => {
          const windowMs = 1_000;
          const sum = new RollingSum(windowMs, slices);
          const all: { readonly slice: number; readonly amount: number }[] = [];
          let nowMs = 0;
          for (const [gapMs, amount] of steps) {
            nowMs += gapMs;
            sum.add(nowMs, amount);
            const slice = Math.floor((nowMs * slices) / windowMs);
            all.push({ slice, amount });
            const kept = all.filter((entry) => entry.slice > slice - slices);
            expect(sum.sum(nowMs)).toBe(kept.reduce((total, entry) => total + entry.amount, 0));
          }
        },
      ),
    );
  });
});
