import { nsPerUs } from '../core/clock.ts';
import type { Attempt } from '../history/attempt.ts';
import { type AttemptChunk, operationIndexOfKind } from '../history/chunk.ts';
import { operations } from '../history/vocabulary.ts';
import { LatencyHistogram } from '../metrics/histogram.ts';
import { type TimedOperation, timedOperations } from '../metrics/names.ts';
import type { OperationLatency, Percentiles } from './result.ts';

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

  /** {@link add} of one row of a chunk. */
  addRow(chunk: AttemptChunk, row: number): void {
    const histograms = this.#byIndex[operationIndexOfKind(chunk.kind[row] ?? 0)];
    if (histograms === undefined) return;
    if (chunk.status[row] === 0 && !waitedOut.has(chunk.codes[chunk.code[row] ?? 0] ?? '')) return;
    record(
      histograms,
      chunk.scheduledNs[row] ?? Number.NaN,
      chunk.sentNs[row] ?? Number.NaN,
      chunk.doneNs[row] ?? Number.NaN,
    );
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

  #summaryOf(operation: TimedOperation): OperationLatency {
    const histograms = this.#byOperation.get(operation);
    const { response, service } = histograms ?? {
      response: new LatencyHistogram(),
      service: new LatencyHistogram(),
    };
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

function percentilesOf(histogram: LatencyHistogram): Percentiles {
  return {
    p50: histogram.percentile(50),
    p90: histogram.percentile(90),
    p99: histogram.percentile(99),
    p999: histogram.percentile(99.9),
    max: histogram.max,
  };
}
