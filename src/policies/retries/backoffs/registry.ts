import type { Backoff, WaitLimits } from './backoff.ts';
import { type ExponentialBackoffOptions, exponentialBackoff } from './exponential.ts';
import { type FixedBackoffOptions, fixedBackoff } from './fixed.ts';
import { type NoBackoffOptions, noBackoff } from './none.ts';

/** Every backoff by the name that a scenario uses. */
export const backoffs = {
  exponential: exponentialBackoff,
  fixed: fixedBackoff,
  none: noBackoff,
} as const satisfies Record<string, Backoff<never>>;

/** The settings of any backoff. */
export type BackoffOptions = ExponentialBackoffOptions | FixedBackoffOptions | NoBackoffOptions;

/** The wait before retry number `retry` (from 1) in milliseconds, and what bounds it. */
export function backoffOf(
  options: BackoffOptions,
  retry: number,
): WaitLimits & { readonly waitMs: number } {
  // The type of the options is the name of the backoff that takes them.
  const backoff = backoffs[options.type ?? 'exponential'] as Backoff<BackoffOptions>;
  return { waitMs: backoff.waitMs(options, retry), ...backoff.limits(options) };
}
