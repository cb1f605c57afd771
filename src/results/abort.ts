import { nsPerMs } from '../core/clock.ts';
import type { RunOutcome } from '../engine/run-outcome.ts';

/** A threshold that ended the run, and what it had come to by then. */
export interface AbortSummary {
  readonly metric: string;
  /** As written, such as `< 800ms`. */
  readonly limit: string;
  readonly value: number;
  readonly unit: string;
  readonly afterOpeningMs: number;
}

/** The threshold that ended the run; nothing when none did. */
export function abortOf(
  { abort }: Pick<RunOutcome, 'abort'>,
  thresholds: readonly { readonly metric: string; readonly unit: string }[],
): { readonly abort?: AbortSummary } {
  if (abort === undefined) return {};
  const { metric, limit, value, afterOpeningNs } = abort;
  const unit = thresholds.find((found) => found.metric === metric)?.unit ?? '';
  return { abort: { metric, limit, value, unit, afterOpeningMs: afterOpeningNs / nsPerMs } };
}
