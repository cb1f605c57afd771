import type { RecoveryPolicy } from './recovery-policy.ts';

/**
 * Forgets that anything was sold: right before the sale, and oversell after it has begun. What was
 * restocked by then is forgotten too.
 */
export const none: RecoveryPolicy = {
  name: 'none',
  describe: 'The stock at the start, whatever was sold since.',
  count: async (productId, { tally }) => {
    const { initial, restocked } = await tally(productId);
    return { units: initial, supply: initial + restocked, taken: [] };
  },
};
