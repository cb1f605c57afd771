import { assert } from '../core/assert.ts';
import type { Rng } from '../core/rng.ts';

/** The middle of some numbers; the mean of the two middle ones when they are even in number. */
export function median(values: readonly number[]): number {
  assert(values.length > 0, 'a median is of something');
  return middleOf(Float64Array.from(values).sort());
}

/** @param sorted ascending, not empty */
function middleOf(sorted: Float64Array): number {
  const half = sorted.length >> 1;
  const upper = sorted[half] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? Number.NaN) + upper) / 2;
}

/** What a bootstrap is made of. */
export interface BootstrapOptions {
  readonly baseline: readonly number[];
  readonly candidate: readonly number[];
  /** Share of intervals that hold the true value, 0 to 1. */
  readonly confidence: number;
  /** How often to draw anew, such as 2,000. */
  readonly resamples: number;
  readonly rng: Rng;
}

/** Bounds that a figure lies in with the confidence that was asked for. */
export interface ConfidenceInterval {
  readonly low: number;
  readonly high: number;
}

/**
 * Between which bounds the candidate's median less the baseline's lies: the percentile bootstrap
 * (Efron 1979; Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13). It assumes
 * nothing of how runs vary, which latencies do not do normally. Of three runs each, the interval is
 * from the least to the greatest difference that there can be: it then excludes 0 only when the two
 * sides do not overlap at all.
 */
export function differenceOfMedians(options: BootstrapOptions): ConfidenceInterval {
  const { baseline, candidate, confidence, resamples, rng } = options;
  assert(confidence > 0 && confidence < 1, 'a confidence is between 0 and 1');
  assert(resamples >= 100, 'a bootstrap has at least 100 resamples');
  if (isConstant(baseline) && isConstant(candidate)) {
    const difference = median(candidate) - median(baseline);
    return { low: difference, high: difference };
  }
  const drawnBefore = new Float64Array(baseline.length);
  const drawnAfter = new Float64Array(candidate.length);
  const differences = new Float64Array(resamples);
  for (let draw = 0; draw < resamples; draw += 1) {
    differences[draw] =
      resampledMedian(candidate, drawnAfter, rng) - resampledMedian(baseline, drawnBefore, rng);
  }
  differences.sort();
  const tail = (1 - confidence) / 2;
  const at = (share: number): number =>
    differences[Math.min(resamples - 1, Math.max(0, Math.floor(share * resamples)))] ?? Number.NaN;
  return { low: at(tail), high: at(1 - tail) };
}

function isConstant(values: readonly number[]): boolean {
  return values.every((value) => value === values[0]);
}

/** The median of as many values, drawn with replacement into `drawn`. */
function resampledMedian(values: readonly number[], drawn: Float64Array, rng: Rng): number {
  for (let at = 0; at < drawn.length; at += 1) {
    drawn[at] = values[Math.floor(rng.next() * values.length)] ?? Number.NaN;
  }
  return middleOf(drawn.sort());
}
