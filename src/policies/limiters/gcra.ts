import type { LimiterDecision, LimiterEntry } from './limiter.ts';

/** Settings, in the terms of redis-cell. */
export interface GcraOptions {
  /** Requests per second that may come evenly spaced; above 0. */
  readonly replenishRatePerS: number;
  /** Requests that may come at once beyond the first; 0 or more. */
  readonly maxBurst: number;
}

/** When the next request would come if all had come evenly spaced. */
export interface GcraState {
  /** The theoretical arrival time, in ms of the caller's clock. */
  readonly theoreticalArrivalMs: number;
}

/** Additions of the interval round: a request that is early by less is not. */
const toleranceMs = 1e-6;

/**
 * The generic cell rate algorithm (ITU-T I.371; as redis-cell has it): with T the interval between two
 * requests and τ = T × (maxBurst + 1), a request moves the theoretical arrival time to
 * max(now, TAT) + T and is admitted when now ≥ that − τ. Over any window of w seconds it admits at most
 * `maxBurst + 1 + rate × w`.
 */
export function takeFromGcra(
  state: GcraState | undefined,
  nowMs: number,
  { replenishRatePerS, maxBurst }: GcraOptions,
): LimiterDecision<GcraState> {
  const intervalMs = 1000 / replenishRatePerS;
  const toleratedMs = intervalMs * (maxBurst + 1);
  const beforeMs = state?.theoreticalArrivalMs ?? nowMs;
  const nextMs = Math.max(nowMs, beforeMs) + intervalMs;
  const earlyMs = nextMs - toleratedMs - nowMs;
  const admitted = earlyMs <= toleranceMs;
  const theoreticalArrivalMs = admitted ? nextMs : beforeMs;
  const aheadMs = Math.max(0, theoreticalArrivalMs - nowMs);
  return {
    state: { theoreticalArrivalMs },
    admitted,
    remaining: Math.max(0, Math.floor((toleratedMs - aheadMs + toleranceMs) / intervalMs)),
    retryAfterMs: admitted ? 0 : Math.ceil(earlyMs - toleranceMs / 2),
    resetAfterMs: Math.ceil(aheadMs),
  };
}

/** Even spacing: see {@link takeFromGcra}. */
export const gcra: LimiterEntry<GcraOptions, GcraState> = {
  name: 'gcra',
  describe: 'Spaces requests evenly, with a burst: one time stamp of state (redis-cell).',
  take: takeFromGcra,
};
