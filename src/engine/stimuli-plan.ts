import { nsPerMs } from '../core/clock.ts';
import { exponential, rngFor } from '../core/rng.ts';
import { probeTimes } from '../scenarios/probe-times.ts';
import { quantityShares } from '../scenarios/quantities.ts';
import type { Scenario } from '../scenarios/schema.ts';

/** Intents and an instant or a delay of each: parallel lists, in intent order. */
export interface IntentTimes {
  readonly intent: Uint32Array;
  /** Nanoseconds. */
  readonly ns: Float64Array;
}

/** Requests that deliberately test a rule. */
export interface ProbePlan {
  /** Intents whose key is sent again with another quantity once its order is acknowledged. */
  readonly keyReuse: Uint32Array;
  /** Orders before the opening, ns from t = 0. */
  readonly beforeOpen: IntentTimes;
  /** Orders after the closing, ns from the closing. */
  readonly afterClose: IntentTimes;
  /** Calls on every device of some people, ns from t = 0; two for each device. */
  readonly evictedDevice: IntentTimes;
  /** Logouts of the one device, ns from t = 0. */
  readonly logout: IntentTimes;
  /** Logouts of all devices of the person from this one, ns from t = 0. */
  readonly logoutEverywhere: IntentTimes;
}

/** Who is who: parallel columns, by intent. */
export interface IntentColumns {
  readonly user: Uint32Array;
  readonly device: Uint8Array;
  /** Which of the device's purchases it is, from 0. */
  readonly purchase: Uint16Array;
  /** Devices of each user. */
  readonly devicesOf: Uint8Array;
}

/** Units that each person wants, whichever device the click comes from. */
export function drawQuantities(scenario: Scenario, seed: number, user: Uint32Array): Uint16Array {
  const { quantity } = scenario.workload;
  if (typeof quantity === 'number') return new Uint16Array(user.length).fill(quantity);
  const shares = quantityShares(quantity);
  return Uint16Array.from(user, (who) => {
    let left = rngFor(seed, 'quantity', who).next();
    for (const { quantity: units, share } of shares) {
      left -= share;
      if (left < 0) return units;
    }
    return shares.at(-1)?.quantity ?? 1;
  });
}

/** Which orders are withdrawn, and how long after they were acknowledged. */
export function drawCancels(scenario: Scenario, seed: number, intents: number): IntentTimes {
  const { cancel } = scenario.workload;
  const list = new ListBuilder();
  if (cancel !== undefined) {
    const { probability, delay } = cancel;
    for (let intent = 0; intent < intents; intent += 1) {
      const rng = rngFor(seed, 'cancel', intent);
      if (rng.next() >= probability) continue;
      const delayMs = typeof delay === 'number' ? delay : exponential(rng, delay.exponential);
      list.add(intent, Math.round(delayMs * nsPerMs));
    }
  }
  return list.times();
}

/** Which people test which rule, and when. `openingNs` is the opening, from t = 0. */
export function drawProbes(
  scenario: Scenario,
  seed: number,
  openingNs: number,
  columns: IntentColumns,
): ProbePlan {
  const { probes, target, workload } = scenario;
  const { user, device, purchase, devicesOf } = columns;
  const [keyReuse, beforeOpen] = [new ListBuilder(), new ListBuilder()];
  const [afterClose, evictedDevice] = [new ListBuilder(), new ListBuilder()];
  const [logout, logoutEverywhere] = [new ListBuilder(), new ListBuilder()];
  const { onExceed } = target.reference?.sessions ?? target.http?.contract ?? {};
  const beforeNs = openingNs - probeTimes.beforeOpenMarginMs * nsPerMs;
  const { afterCloseStartMs, afterCloseEndMs } = probeTimes;
  const lastLogoutNs = workload.endsAt * nsPerMs - probeTimes.afterLogoutEndMs * nsPerMs;
  user.forEach((who, intent) => {
    const devices = devicesOf[who] ?? 1;
    // The device that is sure to be logged in: the one a cap on devices leaves its session.
    const isLive = device[intent] === (onExceed === 'deny' ? 0 : devices - 1);
    if (takesPart(probes.keyReuse, seed, 'key-reuse', who)) keyReuse.add(intent, 0);
    // The others are a matter of the device, however much it buys.
    if (purchase[intent] !== 0) return;
    if (isLive && beforeNs > 0 && takesPart(probes.beforeOpen, seed, 'before-open', who)) {
      beforeOpen.add(intent, Math.round(rngFor(seed, 'before-open-at', who).next() * beforeNs));
    }
    if (isLive && takesPart(probes.afterClose, seed, 'after-close', who)) {
      const spanMs = rngFor(seed, 'after-close-at', who).next();
      const atMs = afterCloseStartMs + spanMs * (afterCloseEndMs - afterCloseStartMs);
      afterClose.add(intent, Math.round(atMs * nsPerMs));
    }
    const leaves = (['logout-everywhere', 'logout'] as const).find((probe) =>
      takesPart(probes[probe === 'logout' ? probe : 'logoutEverywhere'], seed, probe, who),
    );
    if (isLive && leaves !== undefined) {
      const atNs = rngFor(seed, 'logout-at', who).next() * (lastLogoutNs - openingNs);
      const list = leaves === 'logout' ? logout : logoutEverywhere;
      list.add(intent, Math.round(openingNs + Math.max(0, atNs)));
    }
    if (devices > 1 && takesPart(probes.evictedDevice, seed, 'evicted-device', who)) {
      const rng = rngFor(seed, 'evicted-device-at', intent);
      for (let call = 0; call < 2; call += 1) {
        evictedDevice.add(intent, Math.round(rng.next() * openingNs));
      }
    }
  });
  return {
    keyReuse: keyReuse.times().intent,
    beforeOpen: beforeOpen.times(),
    afterClose: afterClose.times(),
    evictedDevice: evictedDevice.times(),
    logout: logout.times(),
    logoutEverywhere: logoutEverywhere.times(),
  };
}

function takesPart(share: number | undefined, seed: number, probe: string, who: number): boolean {
  return share !== undefined && share > 0 && rngFor(seed, probe, who).next() < share;
}

class ListBuilder {
  readonly #intent: number[] = [];
  readonly #ns: number[] = [];

  add(intent: number, ns: number): void {
    this.#intent.push(intent);
    this.#ns.push(ns);
  }

  times(): IntentTimes {
    return { intent: Uint32Array.from(this.#intent), ns: Float64Array.from(this.#ns) };
  }
}
