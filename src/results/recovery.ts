/**
 * Whether a server came back after a fault, or its clients' retries kept it down: metastable failures
 * (Bronson et al., HotOS '21; Huang et al., OSDI '22). Pure: series in, verdict out. Instants are
 * milliseconds of one clock, whichever.
 */

/** What came and what was served, in equal buckets of time. */
export interface LoadSeries {
  readonly bucketMs: number;
  /** Start of the first bucket. */
  readonly startMs: number;
  /** First attempts, by when they were due. */
  readonly firstAttempts: ArrayLike<number>;
  /** Answers that a client was still waiting for, by when they came. */
  readonly goodput: ArrayLike<number>;
}

/** What was still to be done, at an instant. */
export interface BacklogSample {
  readonly atMs: number;
  readonly size: number;
}

/** Something broken on purpose, from when to when. */
interface Trigger {
  readonly startMs: number;
  readonly endMs: number;
}

/** What a verdict on recovery is drawn from. */
export interface RecoveryFacts {
  readonly series: LoadSeries;
  readonly backlog: readonly BacklogSample[];
  readonly trigger: Trigger;
  /** When the next fault struck, or nobody new came any more. */
  readonly observedUntilMs: number;
}

/**
 * - `recovered`: goodput came back, and held.
 * - `recovering`: not yet, but the backlog falls.
 * - `metastable`: the trigger is gone, no more come than before, and still the server does not recover.
 * - `unknown`: the run is too short to tell, or there is nothing to tell it by.
 */
export type RecoveryVerdict = 'recovered' | 'recovering' | 'metastable' | 'unknown';

/** What became of the server after a fault. */
export interface Recovery {
  readonly verdict: RecoveryVerdict;
  /** From the fault's end; undefined unless it recovered. */
  readonly timeToRecoverMs: number | undefined;
  /** Goodput before the fault, per second; undefined when nobody had come by then. */
  readonly baselinePerS: number | undefined;
  /** Goodput in the last {@link holdMs} of the observation, per second. */
  readonly lastPerS: number;
  /** Length of the window over which goodput is taken. */
  readonly windowMs: number;
  /** How long goodput must hold. */
  readonly holdMs: number;
  /** From the fault's end to the end of the observation. */
  readonly observedMs: number;
  /** Why it is so, in words. */
  readonly reason: string;
}

/** Goodput over 10 s that holds for 30 s, where a run is long enough to see it. */
const windowMsMax = 10_000;
const windowMsMin = 500;
const windowsPerHold = 3;
/** A shorter run gets windows that fit so often into what is left of it after the fault. */
const windowsPerObservation = 12;
/** Share of what could be served that must be. */
const goodputShare = 0.9;
/** Below so many purchases a window says nothing: chance alone moves it by a fifth (one sigma). */
const purchasesMin = 30;
/** Demand may be above the baseline by this share, and by chance, and count as no more than before. */
const demandTolerance = 0.1;
const chanceSigmas = 3;
/** A backlog falls when its trend takes this share of it away within a hold. */
const fallingShare = 0.1;
/** A verdict against the server needs so many times the time that recovery should take. */
const observationFactor = 3;

/**
 * Time that a queue needs to be worked off after an outage, when every purchase makes
 * `amplification` requests meanwhile and afterwards: A·λ·D ÷ (C − A·λ), Infinity when that load is no
 * less than the capacity. In the unit of `outageMs`.
 */
export function drainTimeMs(load: {
  readonly amplification: number;
  readonly ratePerS: number;
  readonly capacityPerS: number;
  readonly outageMs: number;
}): number {
  const loadPerS = load.amplification * load.ratePerS;
  const sparePerS = load.capacityPerS - loadPerS;
  return sparePerS <= 0 ? Number.POSITIVE_INFINITY : (loadPerS * load.outageMs) / sparePerS;
}

/**
 * Judges what came after a fault.
 *
 * Time to recover is the first t after the fault's end at which the goodput of the window [t, t + w) is
 * at least 90 % of min(baseline, first-attempt rate), and stays so for 3 w. w is 10 s, in shorter runs a
 * twelfth of the time after the fault (at least 0.5 s), and longer where fewer than 30 would come in it.
 * Of so few, some are answered just outside the window in which they came: one sigma of what is needed
 * may be missing.
 */
export function judgeRecovery(facts: RecoveryFacts): Recovery {
  const { trigger, observedUntilMs } = facts;
  const series = new Rates(facts.series);
  const observedMs = Math.max(0, observedUntilMs - trigger.endMs);
  const demandPerS = series.firstPerS(trigger.endMs, observedUntilMs);
  const windowMs = windowFor(observedMs, demandPerS);
  const holdMs = windowsPerHold * windowMs;
  const baselinePerS = baselineOf(series, facts, holdMs);
  const lastFromMs = Math.max(trigger.endMs, observedUntilMs - holdMs);
  const lastPerS = series.goodPerS(lastFromMs, observedUntilMs);
  const common = { baselinePerS, lastPerS, windowMs, holdMs, observedMs };
  const unknown = (reason: string): Recovery => ({
    verdict: 'unknown',
    timeToRecoverMs: undefined,
    ...common,
    reason,
  });
  if (demandPerS === 0) return unknown('nobody new came after the fault');
  if (observedMs < holdMs) {
    return unknown('too little came after the fault, or for too short a time, to tell');
  }
  if (baselinePerS === 0) return unknown('nothing was served before the fault either');
  const timeToRecoverMs = firstHold(series, facts, { windowMs, holdMs, baselinePerS });
  if (timeToRecoverMs !== undefined) {
    return { verdict: 'recovered', timeToRecoverMs, ...common, reason: 'goodput is back' };
  }
  if (isFalling(facts.backlog, lastFromMs, observedUntilMs)) {
    const reason = 'goodput is not back, but the backlog falls';
    return { verdict: 'recovering', timeToRecoverMs: undefined, ...common, reason };
  }
  const lastDemandPerS = series.firstPerS(lastFromMs, observedUntilMs);
  const doubt = doubtOf(facts, { observedMs, holdMs, baselinePerS, lastDemandPerS });
  if (doubt !== undefined) return unknown(doubt);
  return {
    verdict: 'metastable',
    timeToRecoverMs: undefined,
    ...common,
    reason: 'the fault is gone and no more come than before, yet goodput is not back',
  };
}

/** Why a server that did not recover cannot be blamed for it; undefined when it can. */
function doubtOf(
  { trigger }: RecoveryFacts,
  seen: {
    readonly observedMs: number;
    readonly holdMs: number;
    readonly baselinePerS: number | undefined;
    readonly lastDemandPerS: number;
  },
): string | undefined {
  const { observedMs, holdMs, baselinePerS, lastDemandPerS } = seen;
  if (observedMs < observationFactor * (trigger.endMs - trigger.startMs)) {
    return 'goodput is not back, but the run ended too soon after the fault';
  }
  if (baselinePerS === undefined) {
    return 'goodput is not back, but nothing is known of the time before the fault';
  }
  // Both are counts of a hold: of purchases that come independently, the square root is one sigma.
  const usual = (baselinePerS * holdMs) / 1_000;
  const most = usual * (1 + demandTolerance) + chanceSigmas * Math.sqrt(usual);
  return (lastDemandPerS * holdMs) / 1_000 > most
    ? 'goodput is not back, but more come than were served before the fault'
    : undefined;
}

function windowFor(observedMs: number, demandPerS: number): number {
  const scaledMs = Math.min(windowMsMax, Math.max(windowMsMin, observedMs / windowsPerObservation));
  return Math.max(scaledMs, demandPerS === 0 ? 0 : (purchasesMin * 1_000) / demandPerS);
}

/** Goodput over the last hold before the fault, from when somebody came; undefined when nobody had. */
function baselineOf(series: Rates, { trigger }: RecoveryFacts, holdMs: number): number | undefined {
  const fromMs = Math.max(trigger.startMs - holdMs, series.firstComesMs);
  const purchases = series.firstBetween(fromMs, trigger.startMs);
  return purchases < purchasesMin ? undefined : series.goodPerS(fromMs, trigger.startMs);
}

/** From the fault's end to the first window from which on every window is good enough for long enough. */
function firstHold(
  series: Rates,
  { trigger, observedUntilMs }: RecoveryFacts,
  needs: {
    readonly windowMs: number;
    readonly holdMs: number;
    readonly baselinePerS: number | undefined;
  },
): number | undefined {
  const { windowMs, holdMs, baselinePerS = Number.POSITIVE_INFINITY } = needs;
  const { bucketMs } = series;
  let heldSince: number | undefined;
  // Times are counted in whole buckets from the end of the fault, so that no step is lost to rounding.
  const steps = Math.floor((observedUntilMs - windowMs - trigger.endMs) / bucketMs + 1e-9);
  for (let step = 0; step <= steps; step += 1) {
    const atMs = trigger.endMs + step * bucketMs;
    const toMs = atMs + windowMs;
    const due = Math.min((baselinePerS * windowMs) / 1_000, series.firstBetween(atMs, toMs));
    const needed = goodputShare * due - Math.sqrt(due);
    if (series.goodBetween(atMs, toMs) < needed) heldSince = undefined;
    else heldSince ??= step;
    if (heldSince === undefined) continue;
    const heldSinceMs = trigger.endMs + heldSince * bucketMs;
    // Half a bucket: the last step may fall short of the hold by the rounding of windows to buckets.
    const isLong = toMs - heldSinceMs >= holdMs - bucketMs / 2;
    // While nobody comes, all is well and nothing is shown by it.
    if (isLong && series.firstBetween(heldSinceMs, toMs) >= purchasesMin) {
      return heldSince * bucketMs;
    }
  }
  return undefined;
}

/** Whether the least-squares trend of a backlog goes down by more than chance. */
function isFalling(backlog: readonly BacklogSample[], fromMs: number, toMs: number): boolean {
  const samples = backlog.filter(({ atMs }) => atMs >= fromMs && atMs <= toMs);
  const { length } = samples;
  if (length < 3) return false;
  const meanMs = samples.reduce((sum, { atMs }) => sum + atMs, 0) / length;
  const mean = samples.reduce((sum, { size }) => sum + size, 0) / length;
  let [up, across] = [0, 0];
  for (const { atMs, size } of samples) {
    up += (atMs - meanMs) * (size - mean);
    across += (atMs - meanMs) ** 2;
  }
  return across > 0 && (up / across) * (toMs - fromMs) < -fallingShare * mean;
}

/** Sums of a series between any two instants, parts of buckets in proportion. */
class Rates {
  readonly bucketMs: number;
  /** When the first purchase began; Infinity when none did. */
  readonly firstComesMs: number;
  readonly #startMs: number;
  readonly #first: Float64Array;
  readonly #good: Float64Array;

  constructor({ bucketMs, startMs, firstAttempts, goodput }: LoadSeries) {
    this.bucketMs = bucketMs;
    this.#startMs = startMs;
    this.#first = runningSums(firstAttempts);
    this.#good = runningSums(goodput);
    const first = Array.from(firstAttempts).findIndex((count) => count > 0);
    this.firstComesMs = first < 0 ? Number.POSITIVE_INFINITY : startMs + first * bucketMs;
  }

  firstBetween(fromMs: number, toMs: number): number {
    return toMs <= fromMs ? 0 : this.#at(this.#first, toMs) - this.#at(this.#first, fromMs);
  }

  firstPerS(fromMs: number, toMs: number): number {
    return toMs <= fromMs ? 0 : (this.firstBetween(fromMs, toMs) * 1_000) / (toMs - fromMs);
  }

  goodBetween(fromMs: number, toMs: number): number {
    return toMs <= fromMs ? 0 : this.#at(this.#good, toMs) - this.#at(this.#good, fromMs);
  }

  goodPerS(fromMs: number, toMs: number): number {
    return toMs <= fromMs ? 0 : (this.goodBetween(fromMs, toMs) * 1_000) / (toMs - fromMs);
  }

  #at(sums: Float64Array, atMs: number): number {
    const position = Math.min(Math.max(0, (atMs - this.#startMs) / this.bucketMs), sums.length - 1);
    const bucket = Math.floor(position);
    const before = sums[bucket] ?? 0;
    return before + ((sums[bucket + 1] ?? before) - before) * (position - bucket);
  }
}

/** Sums of all buckets before each border: one more than there are buckets. */
function runningSums(counts: ArrayLike<number>): Float64Array {
  const sums = new Float64Array(counts.length + 1);
  for (let index = 0; index < counts.length; index += 1) {
    sums[index + 1] = (sums[index] ?? 0) + (counts[index] ?? 0);
  }
  return sums;
}
