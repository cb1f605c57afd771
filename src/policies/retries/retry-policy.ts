import type { Rng } from '../../core/rng.ts';
import { type BackoffOptions, backoffOf } from './backoffs/registry.ts';
import { type JitterName, jitters } from './jitters/registry.ts';

/** What a client knows when an attempt has ended without success. */
export interface FailedAttempt {
  /** Attempts made so far, from 1. */
  readonly attempts: number;
  /** Code of the answer, such as `timeout` or `limited`. */
  readonly code: string;
  /** What the server asked for, in milliseconds; undefined when it did not. */
  readonly retryAfterMs: number | undefined;
  /** {@link RetryWait.waitMs} before this attempt; undefined when it was the first. */
  readonly previousWaitMs: number | undefined;
}

/** How often and after which waits a client tries again. */
export interface RetryOptions {
  /** The first one included. */
  readonly maxAttempts: number;
  readonly backoff: BackoffOptions;
  readonly jitter: JitterName;
  readonly honorRetryAfter: boolean;
}

/** When a client tries again. Milliseconds. */
export interface RetryWait {
  /** From the end of the failed attempt to the next. */
  readonly delayMs: number;
  /** The part of it that the client chose itself, without `Retry-After`. */
  readonly waitMs: number;
}

/**
 * Answers after which a client tries again: nobody knows what happened, the server asked for patience,
 * or the client itself held the attempt back. A sold-out or a refusal for cause is final.
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
  'circuit-open',
  'throttled',
]);

/** Whether a client tries again after an attempt that ended with `code`. */
export function isRetryable(code: string): boolean {
  return retryable.has(code);
}

/**
 * When to try again; undefined to give up.
 *
 * `Retry-After` is a floor on which the jittered backoff is put, so that those who were sent away
 * together do not come back together (IETF draft-ietf-httpapi-ratelimit-headers advises the same).
 */
export function retryWait(
  options: RetryOptions,
  failed: FailedAttempt,
  rng: Rng,
): RetryWait | undefined {
  if (failed.attempts >= options.maxAttempts || !isRetryable(failed.code)) return undefined;
  const { waitMs: backoffMs, ...limits } = backoffOf(options.backoff, failed.attempts);
  const waitMs = jitters[options.jitter].waitMs(
    { backoffMs, previousMs: failed.previousWaitMs, ...limits },
    rng,
  );
  const floorMs = options.honorRetryAfter ? (failed.retryAfterMs ?? 0) : 0;
  return { delayMs: floorMs + waitMs, waitMs };
}
