import { formatCount, formatDurationMs } from '../core/units.ts';
import type { SelfCheckFigures, WorkerFigures } from '../history/run-record.ts';
import { LatencyHistogram } from '../metrics/histogram.ts';
import { percentilesOf } from './latency.ts';
import type { SelfCheckSummary, WorkerSelfCheck } from './result.ts';
import { sum } from './tally.ts';

/**
 * Above these a load-generating process did not keep up, and latencies are partly its own: it began
 * more than one request in a hundred this late, its event loop stood still this long more than once
 * in a hundred looks, or it took up its whole core all the time.
 */
const bottleneckLimits = {
  latenessP99Us: 20_000,
  eventLoopDelayP99Ms: 20,
  cpuShare: 0.95,
} as const;

/** Errors that say that this machine had no more sockets, ports or memory: no server causes them. */
const ownSocketErrors: ReadonlySet<string> = new Set([
  'EMFILE',
  'ENFILE',
  'EADDRNOTAVAIL',
  'ENOBUFS',
  'ENOMEM',
]);

/** What all workers measured of themselves, together; null when none did. */
export function selfCheckOf(workers: readonly WorkerFigures[]): SelfCheckSummary | null {
  const checked = workers.flatMap(({ worker, selfCheck }) =>
    selfCheck === undefined ? [] : [readOf(worker, selfCheck)],
  );
  if (checked.length === 0) return null;
  const lateness = new LatencyHistogram();
  for (const one of checked) lateness.merge(one.lateness);
  return {
    bottlenecks: checked.flatMap(({ summary }) => bottlenecksOf(summary)),
    begun: lateness.count,
    latenessUs: percentilesOf(lateness),
    workers: checked.map(({ summary }) => summary),
  };
}

function readOf(
  worker: number,
  figures: SelfCheckFigures,
): { readonly lateness: LatencyHistogram; readonly summary: WorkerSelfCheck } {
  const { seconds, cpuSeconds, cpuShareMax, socketErrors } = figures;
  const lateness = LatencyHistogram.deserialise(figures.latenessUs);
  const summary = {
    worker,
    cpuShare: seconds <= 0 ? 0 : cpuSeconds / seconds,
    cpuShareMax,
    eventLoopDelayP99Ms: figures.eventLoopDelayP99Ms,
    eventLoopDelayMaxMs: figures.eventLoopDelayMaxMs,
    latenessP99Us: lateness.percentile(99),
    latenessMaxUs: lateness.max,
    socketErrors,
  };
  return { lateness, summary };
}

/** Why the load generator was the bottleneck, in words; nothing when the worker kept up. */
function bottlenecksOf(worker: WorkerSelfCheck): string[] {
  const { latenessP99Us, eventLoopDelayP99Ms, cpuShare, socketErrors } = worker;
  const found: string[] = [];
  if (latenessP99Us > bottleneckLimits.latenessP99Us) {
    found.push(
      `began 1% of its requests more than ${formatDurationMs(latenessP99Us / 1_000)} late`,
    );
  }
  if (eventLoopDelayP99Ms > bottleneckLimits.eventLoopDelayP99Ms) {
    found.push(`stood still for more than ${formatDurationMs(eventLoopDelayP99Ms)} at a time`);
  }
  if (cpuShare > bottleneckLimits.cpuShare) {
    found.push(`took ${(cpuShare * 100).toFixed(0)}% of its core all the time`);
  }
  const own = Object.entries(socketErrors).filter(([code]) => ownSocketErrors.has(code));
  if (own.length > 0) {
    const errors = sum(own.map(([, count]) => count));
    const codes = own.map(([code]) => code).join(', ');
    found.push(`could not open ${formatCount(errors)} sockets (${codes})`);
  }
  return found.map((what) => `load process ${worker.worker} ${what}`);
}
