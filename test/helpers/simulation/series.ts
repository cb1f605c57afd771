import type { LoadSeries } from '../../../src/results/recovery.ts';
import type { SimulatedClients } from './clients.ts';

/** Counts per second of what simulated clients did until `untilMs`. */
export function loadSeries(clients: SimulatedClients, untilMs: number): LoadSeries {
  return {
    bucketMs: 1_000,
    startMs: 0,
    firstAttempts: perSecond(clients.firstAttemptsAtMs, untilMs),
    goodput: perSecond(clients.successesAtMs, untilMs),
  };
}

/** How many instants fall into each second. */
function perSecond(instantsMs: readonly number[], untilMs: number): Float64Array {
  const counts = new Float64Array(Math.ceil(untilMs / 1_000));
  for (const atMs of instantsMs) {
    const second = Math.floor(atMs / 1_000);
    if (second < counts.length) counts[second] = (counts[second] ?? 0) + 1;
  }
  return counts;
}
