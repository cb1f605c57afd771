import type { RecoveryPolicy } from './recovery-policy.ts';

/**
 * Forgets that anything was sold: right before the sale, and oversell after it has begun. Restocks
 * count: the first load may come after one, and their units are as real as the others.
 */
export const none: RecoveryPolicy = {
  name: 'none',
  describe: 'The stock at the start and restocked, whatever was sold since.',
  count: async (productId, { tally }) => {
    const { initial, restocked } = await tally(productId);
    const supply = initial + restocked;
    return { units: supply, supply, taken: [] };
  },
};
