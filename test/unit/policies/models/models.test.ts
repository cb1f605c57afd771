import { describe, expect, it } from 'vitest';
import { rngFor } from '../../../../src/core/rng.ts';
import { closed } from '../../../../src/policies/models/closed.ts';
import { open } from '../../../../src/policies/models/open.ts';
import { partlyOpen } from '../../../../src/policies/models/partly-open.ts';
import { workloadModels } from '../../../../src/policies/models/registry.ts';
import { chiSquare } from '../../../helpers/goodness-of-fit.ts';

const samples = 100_000;
const rngOf = (index: number) => rngFor(2_026, 'session', index);

describe('workload models', () => {
  it('carry the names they are registered under', () => {
    for (const [name, model] of Object.entries(workloadModels)) {
      expect(model.name).toBe(name);
      expect(model.describe.length).toBeGreaterThan(10);
    }
  });

  it('open: one purchase; closed: as many as there may be', () => {
    const options = { maxPurchases: 7, stayProbability: 0.5 };
    expect(open.purchases(options, rngOf(1))).toBe(1);
    expect(closed.purchases(options, rngOf(1))).toBe(7);
  });

  it('partly-open: a geometric number of purchases (χ², 100,000 sessions)', () => {
    const options = { maxPurchases: 10_000, stayProbability: 0.6 };
    const found = Array.from({ length: 10 }, () => 0);
    for (let index = 0; index < samples; index += 1) {
      const which = Math.min(10, partlyOpen.purchases(options, rngOf(index))) - 1;
      found[which] = (found[which] ?? 0) + 1;
    }
    const expected = (stay: number): number[] =>
      found.map((_, index) => samples * stay ** index * (index === 9 ? 1 : 1 - stay));
    expect(chiSquare(found, expected(0.6))).toBeLessThan(27.88);
    expect(chiSquare(found, expected(0.61))).toBeGreaterThan(27.88);
  });

  it('partly-open: never more than there may be', () => {
    const always = { maxPurchases: 5, stayProbability: 1 };
    expect(partlyOpen.purchases(always, rngOf(1))).toBe(5);
    expect(partlyOpen.purchases({ ...always, stayProbability: 0 }, rngOf(1))).toBe(1);
  });
});
