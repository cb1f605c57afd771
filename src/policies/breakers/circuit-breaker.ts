import { assertNever } from '../../core/assert.ts';
import { countBased } from './count-based.ts';
import { type SlidingWindowType, slidingWindows } from './registry.ts';
import type { SlidingWindow, WindowCounts } from './sliding-window.ts';

/** Settings, in resilience4j's terms. Rates are shares from above 0 to 1; durations are milliseconds. */
export interface CircuitBreakerOptions {
  readonly slidingWindowType: SlidingWindowType;
  /** Calls, or seconds. */
  readonly slidingWindowSize: number;
  /** Calls that a window must hold before its rates count. */
  readonly minimumNumberOfCalls: number;
  readonly failureRateThreshold: number;
  readonly slowCallRateThreshold: number;
  /** A call that took longer is slow. */
  readonly slowCallDurationThresholdMs: number;
  readonly waitDurationInOpenStateMs: number;
  readonly permittedNumberOfCallsInHalfOpenState: number;
  /** How long a half-open breaker waits for the outcomes of its trial calls; 0: for ever. */
  readonly maxWaitDurationInHalfOpenStateMs: number;
  /** Half-open as soon as the wait is over, not with the first call after it. */
  readonly automaticTransitionFromOpenToHalfOpenEnabled: boolean;
}

/** A call that has ended. */
export interface EndedCall {
  readonly failed: boolean;
  readonly durationMs: number;
}

type State =
  | { readonly kind: 'closed'; readonly window: SlidingWindow }
  | { readonly kind: 'open'; readonly sinceMs: number }
  | {
      readonly kind: 'half-open';
      readonly sinceMs: number;
      readonly window: SlidingWindow;
      permits: number;
    };

/** Within one turn a breaker opens and half-opens once. */
const changesMax = 2;

/**
 * The circuit breaker of resilience4j (`CircuitBreakerStateMachine`), told the time and asked before
 * each call:
 *
 * - closed: every call passes. After each that ended, once the window holds the minimum, the breaker
 *   opens when the share of failed or of slow calls has reached its threshold (≥).
 * - open: every call is refused. The first one later than the wait makes it half-open.
 * - half-open: as many calls pass as there are permits, the others are refused at once. When enough of
 *   them have ended, it opens again or closes, with an empty window.
 *
 * Outcomes count in the state that they come in, whichever state let the call pass: those that come
 * while it is open change nothing, and latecomers count among the trial calls.
 */
export class CircuitBreaker {
  readonly #options: CircuitBreakerOptions;
  #state: State;

  constructor(options: CircuitBreakerOptions) {
    this.#options = options;
    this.#state = this.#closed();
  }

  /** Where it stands. */
  stateAt(nowMs: number): State['kind'] {
    this.#letTimePass(nowMs);
    return this.#state.kind;
  }

  /** Whether a call may be made. One that is made must be ended by {@link record} or {@link release}. */
  tryAcquire(nowMs: number): boolean {
    this.#letTimePass(nowMs);
    const state = this.#state;
    switch (state.kind) {
      case 'closed':
        return true;
      case 'open':
        if (nowMs <= state.sinceMs + this.#options.waitDurationInOpenStateMs) return false;
        this.#state = this.#halfOpen(nowMs);
        return this.tryAcquire(nowMs);
      case 'half-open':
        if (state.permits === 0) return false;
        state.permits -= 1;
        return true;
      default:
        return assertNever(state, 'state of a circuit breaker');
    }
  }

  /** Ends a call whose outcome says nothing: a trial call's permit is given back. */
  release(nowMs: number): void {
    this.#letTimePass(nowMs);
    if (this.#state.kind === 'half-open') this.#state.permits += 1;
  }

  /** Ends a call. */
  record({ failed, durationMs }: EndedCall, nowMs: number): void {
    this.#letTimePass(nowMs);
    const state = this.#state;
    if (state.kind === 'open') return;
    const slow = durationMs > this.#options.slowCallDurationThresholdMs;
    const counts = state.window.record({ failed, slow }, nowMs);
    if (counts.calls < this.#minimumCalls(state.kind)) return;
    if (this.#hasReachedThreshold(counts)) this.#state = { kind: 'open', sinceMs: nowMs };
    else if (state.kind === 'half-open') this.#state = this.#closed();
  }

  /** Changes of state that need no call. Each happened when it was due, however late it is noticed. */
  #letTimePass(nowMs: number): void {
    this.#skipWholeTurns(nowMs);
    for (let change = 0; change < changesMax; change += 1) {
      const state = this.#state;
      const dueMs = this.#changeDueMs(state);
      if (state.kind === 'closed' || nowMs < dueMs) return;
      this.#state =
        state.kind === 'open' ? this.#halfOpen(dueMs) : { kind: 'open', sinceMs: dueMs };
    }
  }

  /** When the state changes of itself; Infinity for never. */
  #changeDueMs(state: State): number {
    const options = this.#options;
    switch (state.kind) {
      case 'closed':
        return Number.POSITIVE_INFINITY;
      case 'open':
        return options.automaticTransitionFromOpenToHalfOpenEnabled
          ? state.sinceMs + options.waitDurationInOpenStateMs
          : Number.POSITIVE_INFINITY;
      case 'half-open':
        return options.maxWaitDurationInHalfOpenStateMs > 0
          ? state.sinceMs + options.maxWaitDurationInHalfOpenStateMs
          : Number.POSITIVE_INFINITY;
      default:
        return assertNever(state, 'state of a circuit breaker');
    }
  }

  /** With both automatic changes it goes to and fro by itself: of an idle hour only the last turn matters. */
  #skipWholeTurns(nowMs: number): void {
    const state = this.#state;
    const options = this.#options;
    const { waitDurationInOpenStateMs: waitMs, maxWaitDurationInHalfOpenStateMs: trialMs } =
      options;
    const alternates = options.automaticTransitionFromOpenToHalfOpenEnabled && trialMs > 0;
    if (!alternates || state.kind === 'closed') return;
    const turnMs = waitMs + trialMs;
    const turns = Math.floor((nowMs - state.sinceMs) / turnMs);
    if (turns < 1) return;
    const sinceMs = state.sinceMs + turns * turnMs;
    this.#state = state.kind === 'open' ? { kind: 'open', sinceMs } : this.#halfOpen(sinceMs);
  }

  #minimumCalls(kind: 'closed' | 'half-open'): number {
    const { minimumNumberOfCalls, slidingWindowSize, slidingWindowType } = this.#options;
    return kind === 'closed'
      ? slidingWindows[slidingWindowType].minimumCalls(minimumNumberOfCalls, slidingWindowSize)
      : countBased.minimumCalls(
          minimumNumberOfCalls,
          this.#options.permittedNumberOfCallsInHalfOpenState,
        );
  }

  #hasReachedThreshold({ calls, failed, slow }: WindowCounts): boolean {
    const { failureRateThreshold, slowCallRateThreshold } = this.#options;
    return failed / calls >= failureRateThreshold || slow / calls >= slowCallRateThreshold;
  }

  #closed(): State {
    const { slidingWindowType, slidingWindowSize } = this.#options;
    return { kind: 'closed', window: slidingWindows[slidingWindowType].create(slidingWindowSize) };
  }

  /** Trial calls are counted by number, whatever the window of a closed breaker. */
  #halfOpen(sinceMs: number): State {
    const permits = this.#options.permittedNumberOfCallsInHalfOpenState;
    return { kind: 'half-open', sinceMs, window: countBased.create(permits), permits };
  }
}
