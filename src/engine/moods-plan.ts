import { nsPerMs } from '../core/clock.ts';
import { exponential, rngFor } from '../core/rng.ts';
import type { Group } from '../scenarios/groups.ts';

/** First clicks as they were drawn, by intent; instants are ns from t = 0. */
interface FirstClicks {
  readonly seed: number;
  readonly openingNs: number;
  readonly user: Uint32Array;
  /** Which of the device's purchases it is, from 0. */
  readonly purchase: Uint16Array;
  /** Changed in place. */
  readonly arrivalNs: Float64Array;
}

/**
 * Lets people click too early, and leave before the opening, as their groups say: a click that comes too
 * early is moved before the opening, and of a person who has left there is none.
 *
 * @returns when the person of each intent leaves without having clicked; Infinity for one who stays
 */
export function applyMoods(
  groups: readonly Group[],
  { seed, openingNs, user, purchase, arrivalNs }: FirstClicks,
): Float64Array {
  const leavesNs = new Float64Array(user.length).fill(Number.POSITIVE_INFINITY);
  for (const { first, users, waits, earlyClicks } of groups) {
    if (waits === undefined && earlyClicks === undefined) continue;
    user.forEach((who, intent) => {
      const clickNs = arrivalNs[intent] ?? Number.POSITIVE_INFINITY;
      if (who < first || who >= first + users || purchase[intent] !== 0) return;
      if (earlyClicks !== undefined && clickNs >= openingNs && Number.isFinite(clickNs)) {
        const rng = rngFor(seed, 'early-click', intent);
        if (rng.next() < earlyClicks.probability) {
          const earlyNs = Math.round(rng.next() * earlyClicks.lead * nsPerMs);
          arrivalNs[intent] = Math.max(0, openingNs - earlyNs);
        }
      }
      if (waits === undefined) return;
      // One person leaves, with all their devices.
      const staysNs = exponential(rngFor(seed, 'waits', who), waits.exponential) * nsPerMs;
      if (staysNs >= openingNs || staysNs >= (arrivalNs[intent] ?? 0)) return;
      leavesNs[intent] = staysNs;
      arrivalNs[intent] = Number.POSITIVE_INFINITY;
    });
  }
  return leavesNs;
}
