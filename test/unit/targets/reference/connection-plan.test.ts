import { describe, expect, it } from 'vitest';
import {
  connectionPlan,
  connectionsOf,
  smallestPlan,
} from '../../../../src/targets/reference/connection-plan.ts';
import {
  type OrderingName,
  orderings,
} from '../../../../src/targets/reference/orders/orderings/registry.ts';

describe('the connections of a server process', () => {
  it.each([
    ['sync', 1, { consumers: 0, publishers: 0 }],
    ['sync', 18, { consumers: 0, publishers: 0 }],
    ['async', 3, { consumers: 1, publishers: 0 }],
    ['async', 4, { consumers: 1, publishers: 0 }],
    ['async', 5, { consumers: 2, publishers: 0 }],
    ['publish-or-release', 4, { consumers: 1, publishers: 1 }],
    ['publish-or-release', 6, { consumers: 2, publishers: 1 }],
    ['publish-or-pending', 9, { consumers: 2, publishers: 2 }],
  ] as const)('with ordering %s and %i of them', (ordering, poolMax, plan) => {
    expect(connectionPlan(ordering, poolMax)).toEqual(plan);
  });

  it('always leave one for requests, down to the smallest pool that is allowed', () => {
    for (const ordering of Object.keys(orderings) as OrderingName[]) {
      const least = 1 + connectionsOf(smallestPlan(ordering));
      for (let poolMax = least; poolMax <= 20; poolMax += 1) {
        expect(connectionsOf(connectionPlan(ordering, poolMax))).toBeLessThan(poolMax);
      }
    }
  });
});
