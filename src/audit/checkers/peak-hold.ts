/** At `atNs` the units held change by `delta`: above 0 some were taken, below 0 given back. */
export interface HoldChange {
  readonly atNs: number;
  readonly delta: number;
}

/**
 * C2: the most units that were held at one instant, by a sweep over the changes in order of time.
 * O(n log n).
 *
 * Sound as a lower bound when each unit counts as held from when it had been taken for certain (the
 * answer was complete) until it may have been given back (the cancellation, or a restock that the hold
 * is measured against, was sent). At equal instants what is given back goes first, because stamps do
 * not tell which came first.
 *
 * @param events in any order; ns since the run's epoch. An event at Infinity never comes.
 * @returns units, at least 0
 */
export function peakHold(events: readonly HoldChange[]): number {
  const sorted = events
    .filter(({ atNs }) => atNs < Number.POSITIVE_INFINITY)
    .sort((a, b) => (a.atNs === b.atNs ? a.delta - b.delta : a.atNs < b.atNs ? -1 : 1));
  let held = 0;
  let peak = 0;
  for (const { delta } of sorted) {
    held += delta;
    if (held > peak) peak = held;
  }
  return peak;
}
