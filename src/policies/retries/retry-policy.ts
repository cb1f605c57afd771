import type { Rng } from '../../core/rng.ts';

/** What a client knows when an attempt has ended without success. */
export interface FailedAttempt {
  /** Attempts made so far, from 1. */
  readonly attempts: number;
  /** Code of the answer, such as `timeout` or `limited`. */
  readonly code: string;
  /** What the server asked for, in milliseconds; undefined when it did not. */
  readonly retryAfterMs: number | undefined;
}

/** How often and after which waits a client tries again. Durations are milliseconds. */
export interface RetryOptions {
  /** The first one included. */
  readonly maxAttempts: number;
  readonly backoff: { readonly initial: number; readonly multiplier: number; readonly max: number };
  readonly jitter: 'none' | 'full';
  readonly honorRetryAfter: boolean;
}

/**
 * Answers after which a client tries again: nobody knows what happened, or the server asked for
 * patience. A sold-out or a refusal for cause is final.
 */
const retryable: ReadonlySet<string> = new Set([
  'timeout',
  'reset',
  'server-error',
  'bad-response',
  'in-progress',
  'connect-failed',
  'limited',
  'overloaded',
  'not-open',
]);

/**
 * Milliseconds to wait before the next attempt; undefined to give up.
 *
 * Exponential backoff min(max, initial · multiplier^(attempts−1)); full jitter draws uniformly below
 * it (Brooker, "Exponential Backoff And Jitter", AWS 2015). `Retry-After` is a floor on which the
 * jitter is put, so that those who were sent away together do not come back together.
 */
export function retryDelayMs(
  options: RetryOptions,
  failed: FailedAttempt,
  rng: Rng,
): number | undefined {
  if (failed.attempts >= options.maxAttempts || !retryable.has(failed.code)) return undefined;
  const { initial, multiplier, max } = options.backoff;
  const backoffMs = Math.min(max, initial * multiplier ** (failed.attempts - 1));
  const jitteredMs = options.jitter === 'full' ? backoffMs * rng.next() : backoffMs;
  const floorMs = options.honorRetryAfter ? (failed.retryAfterMs ?? 0) : 0;
  return floorMs + jitteredMs;
}
