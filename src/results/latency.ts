import { defined } from '../core/assert.ts';
import { nsPerUs } from '../core/clock.ts';
import { type Attempt, probeAttempt } from '../history/attempt.ts';
import { type AttemptChunk, operationIndexOfKind } from '../history/chunk.ts';
import { operations } from '../history/vocabulary.ts';
import { LatencyHistogram } from '../metrics/histogram.ts';
import { binRange, LatencyBins } from '../metrics/latency-bins.ts';
import { type TimedOperation, timedOperations } from '../metrics/names.ts';
import type { LatencyDistribution, OperationLatency, Percentiles } from './result.ts';

/** What of an attempt its latency follows from. */
export type TimedAttempt = Pick<
  Attempt,
  'operation' | 'scheduledNs' | 'sentNs' | 'doneNs' | 'status' | 'code'
>;

/**
 * Ends without an answer that still tell how long a person waited: they count at the time they
 * took, so that a stall shows. A connection that could not be made is no answer of the server's
 * and counts by its code alone.
 */
const waitedOut: ReadonlySet<string> = new Set(['timeout', 'reset', 'aborted']);

/**
 * Which rows of a chunk tell a latency: those that were answered, or waited in vain, and were no probes.
 * Made once a chunk.
 */
export function latencyTold({
  attempt,
  status,
  code,
  codes,
}: AttemptChunk): (row: number) => boolean {
  const isWaitedOut = Uint8Array.from(codes, (text) => (waitedOut.has(text) ? 1 : 0));
  return (row) =>
    attempt[row] !== probeAttempt && (status[row] !== 0 || isWaitedOut[code[row] ?? 0] === 1);
}

interface OperationHistograms {
  readonly response: LatencyHistogram;
  readonly service: LatencyHistogram;
}

/** Collects the latencies of the timed operations. */
export class LatencyCollector {
  readonly #byOperation = new Map<string, OperationHistograms>(
    timedOperations.map((operation) => [
      operation,
      { response: new LatencyHistogram(), service: new LatencyHistogram() },
    ]),
  );
  /** The same by the operation's index. */
  readonly #byIndex = operations.map((operation) => this.#byOperation.get(operation));

  add(attempt: TimedAttempt): void {
    if (attempt.status === 0 && !waitedOut.has(attempt.code)) return;
    const { scheduledNs, sentNs, doneNs } = attempt;
    record(this.#byOperation.get(attempt.operation), scheduledNs, sentNs, doneNs);
  }

  /** {@link add} of all attempts of a chunk but those of probes. */
  addChunk(chunk: AttemptChunk): void {
    const { length, kind, scheduledNs, sentNs, doneNs } = chunk;
    const isTold = latencyTold(chunk);
    for (let row = 0; row < length; row += 1) {
      const histograms = this.#byIndex[operationIndexOfKind(kind[row] ?? 0)];
      if (histograms === undefined || !isTold(row)) continue;
      const doneAtNs = doneNs[row] ?? Number.NaN;
      record(histograms, scheduledNs[row] ?? Number.NaN, sentNs[row] ?? Number.NaN, doneAtNs);
    }
  }

  /** Latencies that came out negative and were taken as 0: clocks that disagree. */
  get negativeCount(): number {
    let sum = 0;
    for (const { response, service } of this.#byOperation.values()) {
      sum += response.negativeCount + service.negativeCount;
    }
    return sum;
  }

  /** By operation; one that was never timed has a count of 0 and zeros. */
  summaries(): Record<TimedOperation, OperationLatency> {
    return {
      login: this.#summaryOf('login'),
      page: this.#summaryOf('page'),
      order: this.#summaryOf('order'),
    };
  }

  /** How response and service times are distributed, by operation; those never timed are left out. */
  distributions(): Record<string, LatencyDistribution> {
    const found: [string, LatencyDistribution][] = [];
    for (const [operation, histograms] of this.#byOperation) {
      const response = LatencyBins.of(histograms.response);
      const service = LatencyBins.of(histograms.service);
      const range = binRange(response.range(), service.range());
      const { fromUs, counts } = response.shape(range);
      if (counts.length === 0) continue;
      found.push([operation, { fromUs, response: counts, service: service.shape(range).counts }]);
    }
    return Object.fromEntries(found);
  }

  #summaryOf(operation: TimedOperation): OperationLatency {
    const { response, service } = defined(this.#byOperation.get(operation), operation);
    return {
      count: response.count,
      response: percentilesOf(response),
      service: percentilesOf(service),
    };
  }
}

function record(
  histograms: OperationHistograms | undefined,
  scheduledNs: number,
  sentNs: number,
  doneNs: number,
): void {
  if (histograms === undefined) return;
  const { response, service } = histograms;
  if (Number.isFinite(doneNs - scheduledNs)) response.record((doneNs - scheduledNs) / nsPerUs);
  if (Number.isFinite(doneNs - sentNs)) service.record((doneNs - sentNs) / nsPerUs);
}

/** Percentiles of all that was recorded, in µs. */
export function percentilesOf(histogram: LatencyHistogram): Percentiles {
  return {
    p50: histogram.percentile(50),
    p90: histogram.percentile(90),
    p99: histogram.percentile(99),
    p999: histogram.percentile(99.9),
    max: histogram.max,
  };
}
