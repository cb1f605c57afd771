import { invariants } from '../audit/registry.ts';
import { metricNames } from '../metrics/names.ts';
import { workloadModels } from '../policies/models/registry.ts';
import { type OrderingName, orderings } from '../targets/reference/orders/orderings/registry.ts';
import {
  type RecoveryPolicyName,
  recoveryPolicies,
} from '../targets/reference/stock/recovery/registry.ts';
import { stockStrategies } from '../targets/reference/stock/registry.ts';

/** Names of the stock strategies, from their registry. */
export const stockStrategyNames = Object.keys(stockStrategies) as readonly string[];

/** Names of the orderings, from their registry. */
export const orderingNames = Object.keys(orderings) as readonly OrderingName[];

/** Names of the recovery policies of cached counts, from their registry. */
export const recoveryPolicyNames = Object.keys(recoveryPolicies) as readonly RecoveryPolicyName[];

/** Names of the invariants that a threshold can gate on, from their registry. */
export const invariantNames = Object.keys(invariants) as readonly string[];

/** Every name that a threshold may use: the invariants, then the metrics. */
export const thresholdNames: readonly string[] = [...invariantNames, ...metricNames()];

/** Names of the workload models, from their registry. */
export const workloadModelNames = Object.keys(
  workloadModels,
) as readonly (keyof typeof workloadModels)[];
