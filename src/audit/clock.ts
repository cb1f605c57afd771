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
 * half the smallest round trip (Cristian, Probabilistic Clock Synchronization, 1989). The default holds for clocks of one machine,
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

/** Two readings of one process's clock may be this far apart before they count as mixed up. */
const slackNs = nsPerMs;

const nsPerDay = 24 * 60 * 60 * 1_000 * nsPerMs;
/** No sale is played for longer: a record that spans more was written by clocks that disagree. */
const spanMaxDays = 31;

/**
 * Attempts whose times contradict themselves, for people. Where there are any, what came after what in
 * the record proves nothing.
 */
export function clockProblemsOf({ attempts }: Evidence): readonly string[] {
  let [backwards, early, timeless] = [0, 0, 0];
  let [fromNs, toNs] = [Infinity, -Infinity];
  for (const { length, scheduledNs, sentNs, doneNs } of attempts.chunks()) {
    for (let row = 0; row < length; row += 1) {
      const due = scheduledNs[row] ?? Number.NaN;
      const sent = sentNs[row] ?? Number.NaN;
      const done = doneNs[row] ?? Number.NaN;
      // Only what was never sent has no time of sending.
      const bad = !Number.isFinite(due) || !Number.isFinite(done) || Math.abs(sent) === Infinity;
      if (bad) {
        timeless += 1;
        continue;
      }
      if (due < fromNs) fromNs = due;
      if (done > toNs) toNs = done;
      if (done < sent) backwards += 1;
      else if (sent < due - slackNs) early += 1;
    }
  }
  const problems: readonly (readonly [count: number, before: string, after: string])[] = [
    [backwards, 'mixed-up clocks: ', ' ended before being sent'],
    [early, 'mixed-up clocks: ', ' sent before being due'],
    [timeless, '', ' without the times that each must have'],
  ];
  const spanDays = Math.round((toNs - fromNs) / nsPerDay);
  return [
    ...problems
      .filter(([count]) => count > 0)
      .map(([count, before, after]) => {
        return `${before}${count} ${count === 1 ? 'attempt' : 'attempts'}${after}`;
      }),
    ...(spanDays > spanMaxDays ? [`mixed-up clocks: the record spans ${spanDays} days`] : []),
  ];
}
