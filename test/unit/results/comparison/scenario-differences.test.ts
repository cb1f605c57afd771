import { describe, expect, it } from 'vitest';
import type { Json } from '../../../../src/core/json.ts';
import {
  differencesOf,
  whyNotComparable,
} from '../../../../src/results/comparison/scenario-differences.ts';
import { runOf } from './fixture.ts';

const scenario = {
  name: 'sale-opening',
  seed: 1,
  target: { reference: { processes: 1, stock: { strategy: 'naive' } } },
  sale: { products: [{ id: 'sneaker', stock: 500 }], opensAt: 3_000 },
  workload: { users: 5_000 },
};
const run = (shown: Json | undefined, scenarioHash: string, more = {}) =>
  runOf(400, { scenarioHash, ...(shown === undefined ? {} : { scenario: shown }), ...more });

const before = run(scenario, 'a');
const otherServer = run(
  { ...scenario, seed: 9, target: { reference: { processes: 2, stock: { strategy: 'naive' } } } },
  'b',
);
const otherDemand = run(
  {
    ...scenario,
    workload: { users: 400 },
    sale: { ...scenario.sale, products: [{ id: 'sneaker', stock: 60 }] },
  },
  'c',
);

describe('differencesOf', () => {
  it('names settings by their path, and never the seed', () => {
    expect(differencesOf([before], [otherServer])).toEqual(['target.reference.processes: 1 → 2']);
    expect(differencesOf([before], [otherDemand])).toEqual([
      'sale.products[0].stock: 500 → 60',
      'workload.users: 5000 → 400',
    ]);
  });

  it('has nothing to say of equal scenarios', () => {
    expect(differencesOf([before], [{ ...before, seed: 7 }])).toEqual([]);
  });

  it('says that it cannot tell when a result does not hold its scenario', () => {
    expect(differencesOf([before], [run(undefined, 'x')]).join()).toContain('does not tell');
  });

  it('stays short', () => {
    const many = Object.fromEntries(Array.from({ length: 40 }, (_, at) => [`key${at}`, at]));
    const found = differencesOf([before], [run({ ...scenario, ...many }, 'd')]);
    expect(found).toHaveLength(13);
    expect(found.at(-1)).toBe('and 28 more');
  });
});

describe('whyNotComparable', () => {
  it.each([
    {
      name: 'the same scenario under another seed',
      b: { ...before, seed: 8, planHash: 'other' },
      reasons: [],
    },
    { name: 'another server for the same sale', b: otherServer, reasons: [] },
    {
      name: 'another demand',
      b: otherDemand,
      reasons: ['sale.products[0].stock: 500 → 60', 'workload.users: 5000 → 400'],
    },
    {
      name: 'another scenario',
      b: { ...before, name: 'retry-storm' },
      reasons: ['the scenarios are called sale-opening and retry-storm'],
    },
    {
      name: 'an old result whose plan differs',
      b: run(undefined, 'x', { planHash: 'other' }),
      reasons: ['the same seed gives another plan'],
    },
    {
      name: 'an old result of another seed, which nobody can tell',
      b: run(undefined, 'x', { planHash: 'other', seed: 8 }),
      reasons: [],
    },
  ])('$name', ({ b, reasons }) => {
    expect(whyNotComparable(before, b)).toEqual(reasons);
  });
});
