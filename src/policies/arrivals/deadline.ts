import type { ArrivalProcess } from './arrival-process.ts';

/** How the pressure rises before the opening. */
export interface DeadlineOptions {
  /** H: nobody comes earlier than this before the opening, in milliseconds. */
  readonly horizon: number;
  /** ε: keeps the rate finite as the time runs out, in milliseconds. */
  readonly epsilon: number;
}

/**
 * The pressure of a deadline: people come at a rate in inverse proportion to the time that is left,
 * λ(t) = A / (T0 − t + ε) (Alfi, Parisi and Pietronero, "Conference registration: how people react to
 * a deadline", Nature Physics 3, 746, 2007). All come before the opening T0.
 *
 * Of a given number of people the times left are independent with the distribution function
 * ln(1 + x/ε) / ln(1 + H/ε), which is inverted.
 */
export const deadline: ArrivalProcess<DeadlineOptions> = {
  name: 'deadline',
  describe: 'early birds, more and more of them as the opening comes near',
  clicksMs: ({ horizon, epsilon }, count, rngOf) => {
    const range = Math.log1p(horizon / epsilon);
    return Float64Array.from(
      { length: count },
      (_, index) => -Math.min(horizon, epsilon * Math.expm1(rngOf(index).next() * range)),
    );
  },
};
