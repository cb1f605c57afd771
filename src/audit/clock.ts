import { nsPerMs } from '../core/clock.ts';
import type { Evidence } from './evidence.ts';

/** How far a server's clock may be off unless it says: 1 ms, and what a request takes one way. */
const defaultToleranceMs = 1;

/** A wall-clock instant (ms since 1970) as ns since the run's epoch. */
export function runNsOf({ epoch }: Evidence, wallMs: number): number {
  return (wallMs - epoch.wallMs) * nsPerMs;
}

/**
 * How far the server's clock and the runner's may differ, in ns: what the contract says, else 1 ms and
 * half the smallest round trip (audit specification §2.1). The default holds for clocks of one machine,
 * and for machines that a time service keeps together as well as that.
 */
export function clockToleranceNs(evidence: Evidence): number {
  const { clockToleranceMs } = evidence.contract;
  if (clockToleranceMs !== undefined) return clockToleranceMs * nsPerMs;
  return defaultToleranceMs * nsPerMs + smallestRoundTripNs(evidence) / 2;
}

/** Of the attempts that were answered; 0 without one. */
function smallestRoundTripNs({ attempts }: Evidence): number {
  let smallest = Number.POSITIVE_INFINITY;
  for (const chunk of attempts.chunks()) {
    for (let row = 0; row < chunk.length; row += 1) {
      if (chunk.status[row] === 0) continue;
      const tookNs = (chunk.doneNs[row] ?? Number.NaN) - (chunk.sentNs[row] ?? Number.NaN);
      if (tookNs >= 0 && tookNs < smallest) smallest = tookNs;
    }
  }
  return Number.isFinite(smallest) ? smallest : 0;
}
