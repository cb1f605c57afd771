import type { Rng } from '../../../core/rng.ts';
import type { WaitLimits } from '../backoffs/backoff.ts';

/** What a wait is drawn from. Durations are milliseconds. */
interface JitterContext extends WaitLimits {
  /** What the backoff gives. */
  readonly backoffMs: number;
  /** The wait before the last retry of the same purchase; undefined before the first. */
  readonly previousMs: number | undefined;
}

/**
 * Spreads the waits of clients that failed together, so that they do not come back together
 * (Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015). Pure.
 */
export interface Jitter {
  readonly name: string;
  /** One line, for help and docs. */
  readonly describe: string;
  /** The wait in milliseconds. */
  waitMs(context: JitterContext, rng: Rng): number;
}
