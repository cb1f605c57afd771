import { defined } from '../core/assert.ts';
import { nsPerUs } from '../core/clock.ts';
import type { Attempt } from '../history/attempt.ts';
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

/** Whether the attempt in a row of a chunk was answered, or tells how long somebody waited. */
export function tellsLatency({ status, code, codes }: AttemptChunk, row: number): boolean {
  return status[row] !== 0 || waitedOut.has(codes[code[row] ?? 0] ?? '');
}

/** A latency's percentiles and its shape. */
class Recorder {
  readonly histogram = new LatencyHistogram();
  readonly bins = new LatencyBins();

  record(us: number): void {
    if (!Number.isFinite(us)) return;
    this.histogram.record(us);
    this.bins.add(us);
  }
}

interface OperationRecorders {
  readonly response: Recorder;
  readonly service: Recorder;
}

/** Collects the latencies of the timed operations. */
export class LatencyCollector {
  readonly #byOperation = new Map<string, OperationRecorders>(
    timedOperations.map((operation) => [
      operation,
      { response: new Recorder(), service: new Recorder() },
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
    const recorders = this.#byIndex[operationIndexOfKind(chunk.kind[row] ?? 0)];
    if (recorders === undefined || !tellsLatency(chunk, row)) return;
    record(
      recorders,
      chunk.scheduledNs[row] ?? Number.NaN,
      chunk.sentNs[row] ?? Number.NaN,
      chunk.doneNs[row] ?? Number.NaN,
    );
  }

  /** Latencies that came out negative and were taken as 0: clocks that disagree. */
  get negativeCount(): number {
    let sum = 0;
    for (const { response, service } of this.#byOperation.values()) {
      sum += response.histogram.negativeCount + service.histogram.negativeCount;
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
    for (const [operation, { response, service }] of this.#byOperation) {
      const range = binRange(response.bins.range(), service.bins.range());
      const { fromUs, counts } = response.bins.shape(range);
      if (counts.length === 0) continue;
      found.push([
        operation,
        { fromUs, response: counts, service: service.bins.shape(range).counts },
      ]);
    }
    return Object.fromEntries(found);
  }

  #summaryOf(operation: TimedOperation): OperationLatency {
    const { response, service } = defined(this.#byOperation.get(operation), operation);
    return {
      count: response.histogram.count,
      response: percentilesOf(response.histogram),
      service: percentilesOf(service.histogram),
    };
  }
}

function record(
  recorders: OperationRecorders | undefined,
  scheduledNs: number,
  sentNs: number,
  doneNs: number,
): void {
  recorders?.response.record((doneNs - scheduledNs) / nsPerUs);
  recorders?.service.record((doneNs - sentNs) / nsPerUs);
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
