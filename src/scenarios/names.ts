import { metricNames } from '../metrics/names.ts';
import { stockStrategies } from '../targets/reference/stock/registry.ts';

/** Names of the stock strategies, from their registry. */
export const stockStrategyNames = Object.keys(stockStrategies) as readonly string[];

/** Names of the invariants that a threshold can gate on. */
export const invariantNames: readonly string[] = [
  'oversell',
  'undersell',
  'lostOrder',
  'falseRejection',
  'phantomOrder',
  'duplicateOrder',
  'userLimit',
  'negativeStock',
  'conservation',
  'nonVacuity',
];

/** Every name that a threshold may use: the invariants, then the metrics. */
export const thresholdNames: readonly string[] = [...invariantNames, ...metricNames()];
