import {
  type TokenBucketOptions,
  type TokenBucketState,
  type TokenDecision,
  takeToken,
} from './token-bucket.ts';

/** A rate-limiting algorithm: pure, time and state passed in. */
export interface LimiterEntry<Options, State, Decision> {
  readonly name: string;
  /** One line, for help and docs. */
  readonly describe: string;
  readonly take: (state: State | undefined, nowMs: number, options: Options) => Decision;
}

/** Every limiter, by the name it has in a scenario. */
export const limiters = {
  'token-bucket': {
    name: 'token-bucket',
    describe: 'A bucket of tokens that refills at a fixed rate; a request takes one.',
    take: takeToken,
  },
} as const satisfies Record<
  string,
  LimiterEntry<TokenBucketOptions, TokenBucketState, TokenDecision>
>;
