import type { LimiterDecision } from '../../../policies/limiters/limiter.ts';

/** What a limiter said of one request. */
export type LimitVerdict = Omit<LimiterDecision<unknown>, 'state'>;

/** Allowances by key: the port behind which the store is. Time is the store's own clock, one for all. */
export interface LimitStore {
  /**
   * Decides on a request under this key, in one step: two that meet are decided one after the other.
   *
   * @throws {OverloadedError} when too many meet at one key
   */
  take(key: string): Promise<LimitVerdict>;
  /** Forgets every request. */
  reset(): Promise<void>;
}
