import type { RecoveryPolicy } from './recovery-policy.ts';

/**
 * Counts every unit once. Since there was no count to take from before the questions are asked, units
 * that are gone were taken before; so each is, when the processes answer, in flight or in a row.
 *
 * - What is in flight is asked first, and the rows after all have answered. An order that commits
 *   between the two is then in both, never in neither, and its key tells: it counts as a row.
 * - An order that is being withdrawn is a row until that is committed. From then on the rows leave its
 *   units out, and they will be put back into the count that is loaded now: they are left out here.
 * - Whatever else would be missed makes the load void, and it begins anew: see `LoadableCounter`.
 *
 * A process that died takes its register along: what it had taken has no row and never gets one, so its
 * units are for sale again. One that hangs cannot be asked, and nothing is loaded until it can.
 */
export const fromOrdersAndInflight: RecoveryPolicy = {
  name: 'from-orders-and-inflight',
  describe: 'As from-orders, less the units that are taken and not yet in an order.',
  count: async (productId, { tally, inFlight }) => {
    const moving = await inFlight(productId);
    const { initial, restocked, sold, orders } = await tally(productId);
    const supply = initial + restocked;
    const taken = moving.filter(({ kind, key }) => kind === 'taken' && !orders.has(key));
    const returning = moving.filter(
      ({ kind, key }) => kind === 'returning' && orders.get(key) === 'cancelled',
    );
    const owed = [...taken, ...returning].reduce((sum, { delta }) => sum - delta, 0);
    return { units: supply - sold - owed, supply, taken };
  },
};
