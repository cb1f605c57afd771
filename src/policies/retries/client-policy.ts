import type { Rng } from '../../core/rng.ts';
import { CircuitBreaker, type CircuitBreakerOptions } from '../breakers/circuit-breaker.ts';
import { AdaptiveThrottle, type AdaptiveThrottleOptions } from './adaptive-throttle.ts';
import { createRetryBudget, type RetryBudgetOptions } from './budgets/registry.ts';
import type { RetryBudget } from './budgets/retry-budget.ts';
import {
  type FailedAttempt,
  isRetryable,
  type RetryOptions,
  type RetryWait,
  retryWait,
} from './retry-policy.ts';

/** Everything that decides whether a client sends. What is left out holds nothing back. */
export interface ClientPolicyOptions {
  readonly retry: RetryOptions;
  readonly budget?: RetryBudgetOptions | undefined;
  readonly throttle?: AdaptiveThrottleOptions | undefined;
  readonly circuitBreaker?: CircuitBreakerOptions | undefined;
}

/** Why a client itself held an attempt back. */
export type HeldBack = 'circuit-open' | 'throttled' | 'retry-budget';

/** What follows a failed attempt. */
export type AfterFailure =
  | ({ readonly kind: 'retry' } & RetryWait)
  | { readonly kind: 'give-up' }
  /** All was for a retry but the budget. */
  | { readonly kind: 'held-back'; readonly code: 'retry-budget' };

/** An attempt that was sent and has ended. */
export interface EndedAttempt {
  readonly code: string;
  /** From {@link ClientPolicy.admit} to the end. */
  readonly durationMs: number;
  /** Code of the failure that it was the retry of; undefined for a first attempt. */
  readonly retriedAfter: string | undefined;
}

/** The server is not well: what a circuit breaker counts as a failure. */
const failures: ReadonlySet<string> = new Set([
  'timeout',
  'reset',
  'server-error',
  'bad-response',
  'connect-failed',
  'overloaded',
]);

/** The server turned the request away because there were too many: no acceptance to a throttle. */
const turnedAway: ReadonlySet<string> = new Set(['limited', 'overloaded']);

/** flashsim itself ended the request: it says nothing of the server. */
const cutOff = 'aborted';

/**
 * One client's decisions, and the state that its calls share: retry policy around throttle around
 * circuit breaker, as Spring nests them. So a call that was held back counts as an attempt and is tried
 * again. One implementation for the live engine and for simulations: time and chance are passed in.
 */
export class ClientPolicy {
  readonly #retry: RetryOptions;
  readonly #budget: RetryBudget | undefined;
  readonly #throttle: AdaptiveThrottle | undefined;
  readonly #breaker: CircuitBreaker | undefined;

  constructor({ retry, budget, throttle, circuitBreaker }: ClientPolicyOptions) {
    this.#retry = retry;
    this.#budget = budget && createRetryBudget(budget);
    this.#throttle = throttle && new AdaptiveThrottle(throttle);
    this.#breaker = circuitBreaker && new CircuitBreaker(circuitBreaker);
  }

  /**
   * Why an attempt is held back; undefined to send it. One that is sent must be {@link ended}.
   *
   * @param attempt from 1
   */
  admit(attempt: number, nowMs: number, rng: Rng): Exclude<HeldBack, 'retry-budget'> | undefined {
    if (attempt === 1) this.#budget?.firstAttempt(nowMs);
    if (this.#throttle?.admit(nowMs, rng) === false) return 'throttled';
    return this.#breaker?.tryAcquire(nowMs) === false ? 'circuit-open' : undefined;
  }

  /** An attempt that was sent has ended. */
  ended({ code, durationMs, retriedAfter }: EndedAttempt, nowMs: number): void {
    if (code === cutOff) {
      this.#breaker?.release(nowMs);
      return;
    }
    if (isRetryable(code)) this.#budget?.failed(nowMs);
    else this.#budget?.succeeded(nowMs, retriedAfter);
    const failed = failures.has(code);
    if (!failed && !turnedAway.has(code)) this.#throttle?.accepted(nowMs);
    this.#breaker?.record({ failed, durationMs }, nowMs);
  }

  /**
   * What follows an attempt that failed, or was held back.
   *
   * @param untilMs a retry that would come then or later is not made
   */
  afterFailure(
    attempt: FailedAttempt,
    { nowMs, untilMs }: { readonly nowMs: number; readonly untilMs: number },
    rng: Rng,
  ): AfterFailure {
    const wait = retryWait(this.#retry, attempt, rng);
    if (wait === undefined || nowMs + wait.delayMs >= untilMs) return { kind: 'give-up' };
    if (this.#budget?.tryRetry(nowMs, attempt.code) === false) {
      return { kind: 'held-back', code: 'retry-budget' };
    }
    return { kind: 'retry', ...wait };
  }
}
