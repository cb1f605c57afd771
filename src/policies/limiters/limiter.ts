/** What became of a request at a limiter. */
export interface LimiterDecision<State> {
  /** The state afterwards. Equal in effect to the one before when the request was refused. */
  readonly state: State;
  readonly admitted: boolean;
  /** Requests that would be admitted now, right after this one. */
  readonly remaining: number;
  /** Time until a request like this one is admitted if nobody else comes, in ms, rounded up; 0 when admitted. */
  readonly retryAfterMs: number;
  /** Time until the limiter is as if nobody had ever come, in ms, rounded up. */
  readonly resetAfterMs: number;
}

/**
 * A rate-limiting algorithm: pure, with time and state passed in. The reference server keeps the state
 * in a store, a simulation in a variable. `State` is JSON-able.
 */
export interface LimiterEntry<Options, State> {
  /** The name it has in a scenario. */
  readonly name: string;
  /** One line, for help and docs. */
  readonly describe: string;
  /**
   * Decides on one request.
   *
   * A clock that steps back gives nothing back and takes nothing away.
   *
   * @param state as it was left; undefined for somebody who never came
   * @param nowMs of one clock for all requests of one state, in ms
   */
  readonly take: (
    state: State | undefined,
    nowMs: number,
    options: Options,
  ) => LimiterDecision<State>;
}

/** Settings of those that count requests per window. */
export interface WindowOptions {
  /** Requests that one window admits; at least 1. */
  readonly limit: number;
  /** Length of the window, in ms; above 0. */
  readonly windowMs: number;
}
