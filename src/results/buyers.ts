import type { AttemptStore } from '../history/store.ts';
import type { BuyerSummary } from './result.ts';
import type { Sale } from './sales.ts';
import { sum } from './tally.ts';

/** Tries after this one are counted with it. */
const triesMax = 10;
/** Devices of a person that are told apart, as bits. */
const devicesMax = 32;
/** Users are numbered from 0; an import that numbers them otherwise would cost memory for nothing. */
const userNumberMax = 10_000_000;

/** Who got the stock, by the ok answers of the history. */
export function buyersOf(attempts: AttemptStore, sales: readonly Sale[]): BuyerSummary {
  const unitsOf = new Map<number, number>();
  const unitsByTry = new Map<number, number>();
  for (const { user, attempt, units } of sales) {
    unitsOf.set(user, (unitsOf.get(user) ?? 0) + units);
    const number = Math.min(Math.max(attempt, 1), triesMax);
    unitsByTry.set(number, (unitsByTry.get(number) ?? 0) + units);
  }
  return {
    people: unitsOf.size,
    units: sum([...unitsOf.values()]),
    unitsPerPersonMax: Math.max(0, ...new Set(unitsOf.values())),
    byDevices: byDevices(devicesOf(attempts), unitsOf),
    byTry: [...unitsByTry]
      .sort(([a], [b]) => a - b)
      .map(([number, units]) => ({ try: number, units })),
  };
}

/** The devices of each person that appears in the history, as bits; empty when they cannot be told. */
function devicesOf(attempts: AttemptStore): Uint32Array {
  let userMax = -1;
  for (const { length, user } of attempts.chunks()) {
    for (let row = 0; row < length; row += 1) {
      const who = user[row] ?? 0;
      if (who > userMax) userMax = who;
    }
  }
  const masks = new Uint32Array(userMax > userNumberMax ? 0 : userMax + 1);
  for (const { length, user, device } of attempts.chunks()) {
    for (let row = 0; row < length; row += 1) {
      const who = user[row] ?? 0;
      const bit = Math.min(device[row] ?? 0, devicesMax - 1);
      masks[who] = (masks[who] ?? 0) | (1 << bit);
    }
  }
  return masks;
}

function byDevices(
  masks: Uint32Array,
  unitsOf: ReadonlyMap<number, number>,
): BuyerSummary['byDevices'] {
  const groups = new Map<number, { people: number; buyers: number; units: number }>();
  for (const [who, mask] of masks.entries()) {
    if (mask === 0) continue;
    const devices = bitCount(mask);
    const group = groups.get(devices) ?? { people: 0, buyers: 0, units: 0 };
    const units = unitsOf.get(who) ?? 0;
    group.people += 1;
    group.units += units;
    if (units > 0) group.buyers += 1;
    groups.set(devices, group);
  }
  return [...groups].sort(([a], [b]) => a - b).map(([devices, group]) => ({ devices, ...group }));
}

function bitCount(mask: number): number {
  let count = 0;
  for (let rest = mask; rest !== 0; rest &= rest - 1) count += 1;
  return count;
}
