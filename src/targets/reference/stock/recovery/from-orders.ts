import type { RecoveryPolicy } from './recovery-policy.ts';

/**
 * What the rows leave. Orders that have taken their units and are not committed yet are missed: each is
 * a unit sold twice.
 */
export const fromOrders: RecoveryPolicy = {
  name: 'from-orders',
  describe: 'The stock at the start and restocked, less the units in confirmed orders.',
  count: async (productId, { tally }) => {
    const { initial, restocked, sold } = await tally(productId);
    const supply = initial + restocked;
    return { units: supply - sold, supply, taken: [] };
  },
};
