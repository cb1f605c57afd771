import { describe, expect, it } from 'vitest';
import type { TruthOrder, TruthSnapshot } from '../../../src/history/truth.ts';
import { groupFigures } from '../../../src/results/groups.ts';
import { parseScenario } from '../../../src/scenarios/load.ts';
import { options, withText } from '../scenarios/scenario-text.ts';
import { attempt, outcomeOf, runId } from './outcome-fixture.ts';

const scenario = parseScenario(
  withText(
    'users: 10',
    'users: 10\n  groups: [{ name: humans, share: 60% }, { name: hoarders, share: 40%, accountsPerPerson: 2 }]',
  ),
  'tiny.yaml',
  options,
);

function order(userId: string, quantity = 1, status: TruthOrder['status'] = 'confirmed') {
  return { id: `${userId}-${status}`, key: userId, userId, productId: 'shoe', quantity, status };
}

function truthOf(orders: readonly TruthOrder[]): TruthSnapshot {
  return { schemaVersion: 1, runId, takenAtMs: 0, products: [], orders };
}

const outcome = outcomeOf([
  attempt({ operation: 'login', user: 0 }),
  attempt({ user: 0 }),
  attempt({ user: 7, code: 'limited', device: 1 }),
  attempt({ operation: 'page', user: 7, device: 1 }),
]);

describe('the figures of groups', () => {
  it('are none where a scenario names none', () => {
    const workload = { ...scenario.workload, groups: undefined };
    expect(groupFigures({ workload }, outcome, truthOf([]))).toEqual([]);
  });

  it('tell who came and who got the stock, by person over all accounts', () => {
    const orders = [order('u0'), order('u6', 2), order('u7'), order('u8', 1, 'cancelled')];
    expect(groupFigures(scenario, outcome, truthOf([...orders, order('somebody')]))).toEqual([
      {
        name: 'humans',
        people: 6,
        accounts: 6,
        devices: 1,
        requests: 1,
        limited: 0,
        attempts: 1,
        orders: 1,
        units: 1,
        share: 0.25,
        buyers: 1,
        ordersPerPersonMax: 1,
      },
      {
        name: 'hoarders',
        people: 2,
        accounts: 4,
        devices: 1,
        requests: 2,
        limited: 1,
        attempts: 1,
        orders: 2,
        units: 3,
        share: 0.75,
        // Users 6 and 7 are one person.
        buyers: 1,
        ordersPerPersonMax: 2,
      },
    ]);
  });

  it('leave open what was sold when the store is not known', () => {
    const [humans] = groupFigures(scenario, outcome, undefined);
    expect(humans).toMatchObject({ orders: null, units: null, share: null, buyers: null });
  });
});
