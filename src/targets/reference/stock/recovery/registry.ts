import { fromOrders } from './from-orders.ts';
import { fromOrdersAndInflight } from './from-orders-and-inflight.ts';
import { none } from './none.ts';
import type { RecoveryPolicy } from './recovery-policy.ts';

/** Every recovery policy, by the name it has in a scenario. */
export const recoveryPolicies = {
  none,
  'from-orders': fromOrders,
  'from-orders-and-inflight': fromOrdersAndInflight,
} as const satisfies Record<string, RecoveryPolicy>;

export type RecoveryPolicyName = keyof typeof recoveryPolicies;
