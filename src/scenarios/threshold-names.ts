import { invariants } from '../audit/registry.ts';
import { metricNames } from '../metrics/names.ts';

// Apart from the names of the reference server's parts, which would load all of them.

/** Names of the invariants that a threshold can gate on, from their registry. */
export const invariantNames = Object.keys(invariants) as readonly string[];

/** Every name that a threshold may use: the invariants, then the metrics. */
export const thresholdNames: readonly string[] = [...invariantNames, ...metricNames()];
