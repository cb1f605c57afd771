/**
 * Bounds how much load retries may add, whoever makes them. One instance is shared by all attempts of
 * a scope (a client process, a person or a device) and is told of each. It reads no clock and draws no
 * chance: the same calls give the same answers. Times are milliseconds of one clock that only goes on.
 */
export interface RetryBudget {
  /** A first attempt is about to be made. */
  firstAttempt(nowMs: number): void;
  /**
   * An attempt was answered for good, be it with a refusal.
   *
   * @param retriedAfter code of the failure that the attempt was the retry of; undefined for a first
   */
  succeeded(nowMs: number, retriedAfter: string | undefined): void;
  /** An attempt failed in a way that may be tried again. Not told of attempts that were never made. */
  failed(nowMs: number): void;
  /**
   * Whether an attempt that failed with `code` may be tried again. True takes from the budget, so it is
   * asked once for each retry, and only when everything else is for it.
   */
  tryRetry(nowMs: number, code: string): boolean;
}

/** One way to bound retries. */
export interface RetryBudgetEntry<Options> {
  readonly name: string;
  /** One line, for help and docs. */
  readonly describe: string;
  create(options: Options): RetryBudget;
}

/** Budgets add up fractions: one that is short of a retry by less than this has it. */
export const budgetTolerance = 1e-9;
