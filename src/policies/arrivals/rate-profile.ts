import { exponential, type Rng } from '../../core/rng.ts';

/** A stretch of time over which a rate rises, falls or stays. */
export interface RatePiece {
  /** Clicks per second at its start and at its end. */
  readonly startRate: number;
  readonly endRate: number;
  /** In milliseconds. Infinity for the last one of a rate that stays. */
  readonly durationMs: number;
}

/** Clicks that a profile brings on average; Infinity when it does not end. */
export function expectedClicks(pieces: readonly RatePiece[]): number {
  return pieces.reduce((sum, piece) => sum + massOf(piece), 0);
}

/**
 * Clicks of a Poisson process whose rate follows `pieces`, the first of which starts at `fromMs`.
 * Who has not come when the profile ends never comes: Infinity.
 *
 * Drawn by the change of time: the clicks of a process of rate 1 are mapped through the inverse of
 * the cumulative rate Λ (Çinlar, "Introduction to Stochastic Processes", 1975). Unlike thinning
 * against the largest rate it takes one draw per click, however unequal the rates are.
 */
export function profileClicksMs(
  pieces: readonly RatePiece[],
  fromMs: number,
  count: number,
  rngOf: (index: number) => Rng,
): Float64Array {
  const clicks = new Float64Array(count).fill(Number.POSITIVE_INFINITY);
  let which = 0;
  let startMs = fromMs;
  /** Λ from the start of the piece at hand to the click at hand. */
  let mass = 0;
  for (let index = 0; index < count; index += 1) {
    mass += exponential(rngOf(index), 1);
    let piece = pieces[which];
    while (piece !== undefined && mass > massOf(piece)) {
      mass -= massOf(piece);
      startMs += piece.durationMs;
      which += 1;
      piece = pieces[which];
    }
    if (piece === undefined) return clicks;
    clicks[index] = startMs + timeOfMass(piece, mass);
  }
  return clicks;
}

/** Λ over a whole piece. */
function massOf({ startRate, endRate, durationMs }: RatePiece): number {
  const rate = (startRate + endRate) / 2;
  return rate === 0 ? 0 : (rate * durationMs) / 1_000;
}

/** When Λ has grown by `mass` since the start of a piece, in ms: the root of r₀t + (r₁−r₀)t²/2D. */
function timeOfMass({ startRate, endRate, durationMs }: RatePiece, mass: number): number {
  if (startRate === endRate) return (mass * 1_000) / startRate;
  const slopePerS = ((endRate - startRate) * 1_000) / durationMs;
  const discriminant = Math.max(0, startRate ** 2 + 2 * slopePerS * mass);
  // This form of the root does not cancel, whichever way the rate goes.
  return Math.min(durationMs, (2_000 * mass) / (startRate + Math.sqrt(discriminant)));
}
