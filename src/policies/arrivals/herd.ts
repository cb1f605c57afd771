import { lognormal, normal } from '../../core/rng.ts';
import type { ArrivalProcess } from './arrival-process.ts';

/** How far a herd spreads around the opening. */
export interface HerdOptions {
  /** Standard deviation of people's clocks, in milliseconds. */
  readonly clockSkew: number;
  /** Reaction time; undefined for none. `median` in milliseconds, `sigma` of the underlying normal. */
  readonly reaction?:
    | { readonly lognormal: { readonly median: number; readonly sigma: number } }
    | undefined;
}

/**
 * Everybody waits for the opening and clicks once, at skew + reaction:
 * skew ~ Normal(0, clockSkew), reaction ~ median · exp(sigma · Z).
 */
export const herd: ArrivalProcess<HerdOptions> = {
  name: 'herd',
  describe: 'everybody waits for the opening and clicks once',
  clicksMs(options, count, rngOf) {
    const clicks = new Float64Array(count);
    const { clockSkew, reaction } = options;
    for (let index = 0; index < count; index += 1) {
      const rng = rngOf(index);
      const skewMs = clockSkew === 0 ? 0 : clockSkew * normal(rng);
      const reactionMs =
        reaction === undefined
          ? 0
          : lognormal(rng, reaction.lognormal.median, reaction.lognormal.sigma);
      clicks[index] = skewMs + reactionMs;
    }
    return clicks;
  },
};
