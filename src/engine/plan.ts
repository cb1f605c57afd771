import { createHash } from 'node:crypto';
import { nsPerMs } from '../core/clock.ts';
import { exponential, type Rng, rngFor } from '../core/rng.ts';
import type { ArrivalProcess } from '../policies/arrivals/arrival-process.ts';
import { arrivalProcesses } from '../policies/arrivals/registry.ts';
import type { ArrivalOptions, Scenario } from '../scenarios/schema.ts';
import {
  drawCancels,
  drawProbes,
  drawQuantities,
  type IntentTimes,
  type ProbePlan,
} from './stimuli-plan.ts';

/**
 * Everything that shoppers mean to do, computed before anything is sent: a pure function of
 * scenario and seed, the same in every process.
 *
 * Every device of a person is one intent: it wants one purchase and clicks once of its own accord.
 * Instants are nanoseconds from t = 0.
 */
export interface Plan {
  readonly users: number;
  /** Devices of each user. */
  readonly devicesOf: Uint8Array;
  /** Per intent. Intents are numbered user by user, device by device. */
  readonly user: Uint32Array;
  readonly device: Uint8Array;
  readonly product: Uint16Array;
  readonly quantity: Uint16Array;
  readonly arrivalNs: Float64Array;
  /** When the person stops trying; Infinity without `patience`. */
  readonly givesUpNs: Float64Array;
  /** 1 when the arrival belongs to a herd. */
  readonly herd: Uint8Array;
  /** Page reloads while waiting: parallel lists, in intent order. */
  readonly refreshIntent: Uint32Array;
  readonly refreshNs: Float64Array;
  /** Orders that are withdrawn: ns from their acknowledgement. */
  readonly cancels: IntentTimes;
  readonly probes: ProbePlan;
}

/** Makes the plan. `openingNs` is the opening, from t = 0. */
export function makePlan(scenario: Scenario, seed: number, openingNs: number): Plan {
  const { workload, sale } = scenario;
  const devicesOf = drawDevices(workload.devicesPerUser, workload.users, seed);
  const intents = devicesOf.reduce((sum, devices) => sum + devices, 0);
  const user = new Uint32Array(intents);
  const device = new Uint8Array(intents);
  const product = new Uint16Array(intents);
  let intent = 0;
  devicesOf.forEach((devices, who) => {
    // One person wants one product, on whichever device.
    const wanted = Math.floor(rngFor(seed, 'product', who).next() * sale.products.length);
    for (let which = 0; which < devices; which += 1) {
      user[intent] = who;
      device[intent] = which;
      product[intent] = wanted;
      intent += 1;
    }
  });
  const { arrivalNs, herd } = drawArrivals(scenario, seed, openingNs, user);
  const givesUpNs = Float64Array.from(arrivalNs, (atNs, index) =>
    workload.patience === undefined
      ? Number.POSITIVE_INFINITY
      : atNs +
        exponential(rngFor(seed, 'patience', index), workload.patience.exponential) * nsPerMs,
  );
  return {
    users: workload.users,
    devicesOf,
    user,
    device,
    product,
    quantity: drawQuantities(scenario, seed, user),
    arrivalNs,
    givesUpNs,
    herd,
    ...drawRefreshes(scenario, seed, arrivalNs),
    cancels: drawCancels(scenario, seed, intents),
    probes: drawProbes(scenario, seed, openingNs, { user, device, devicesOf }),
  };
}

function drawDevices(
  devicesPerUser: Scenario['workload']['devicesPerUser'],
  users: number,
  seed: number,
): Uint8Array {
  if (typeof devicesPerUser === 'number') return new Uint8Array(users).fill(devicesPerUser);
  const shares = Object.entries(devicesPerUser).map(([devices, share]) => ({
    devices: Number(devices),
    share,
  }));
  return Uint8Array.from({ length: users }, (_, who) => {
    let left = rngFor(seed, 'devices', who).next();
    for (const { devices, share } of shares) {
      left -= share;
      if (left < 0) return devices;
    }
    return shares.at(-1)?.devices ?? 1;
  });
}

/** Which arrival component each user belongs to: a seeded shuffle, cut by the shares. */
function assignComponents(
  arrivals: readonly ArrivalOptions[],
  users: number,
  seed: number,
): Uint8Array {
  const named = arrivals.reduce((sum, { users: share }) => sum + (share ?? 0), 0);
  const unnamed = arrivals.filter(({ users: share }) => share === undefined).length;
  const order = Uint32Array.from({ length: users }, (_, index) => index);
  const rng = rngFor(seed, 'components');
  for (let last = users - 1; last > 0; last -= 1) {
    const other = Math.floor(rng.next() * (last + 1));
    const kept = order[last] ?? 0;
    order[last] = order[other] ?? 0;
    order[other] = kept;
  }
  const component = new Uint8Array(users).fill(notComing);
  let cumulative = 0;
  let next = 0;
  arrivals.forEach(({ users: share }, index) => {
    cumulative += share ?? Math.max(0, 1 - named) / unnamed;
    const until = Math.min(users, Math.round(cumulative * users));
    for (; next < until; next += 1) component[order[next] ?? 0] = index;
  });
  return component;
}

/** Component of a user that no share covers: logged in, but never clicks. */
const notComing = 255;

function drawArrivals(
  scenario: Scenario,
  seed: number,
  openingNs: number,
  user: Uint32Array,
): { arrivalNs: Float64Array; herd: Uint8Array } {
  const { arrivals, users } = scenario.workload;
  const component = assignComponents(arrivals, users, seed);
  const arrivalNs = new Float64Array(user.length).fill(Number.POSITIVE_INFINITY);
  const herd = new Uint8Array(user.length);
  arrivals.forEach((options, index) => {
    const members = user.reduce<number[]>((list, who, intent) => {
      if (component[who] === index) list.push(intent);
      return list;
    }, []);
    const rngOf = (member: number): Rng => rngFor(seed, 'arrival', index, members[member] ?? 0);
    // The schema pairs `type` with its options; the registry is keyed by the same names.
    const process = arrivalProcesses[options.type] as ArrivalProcess<ArrivalOptions>;
    const clicksMs = process.clicksMs(options, members.length, rngOf);
    members.forEach((intent, member) => {
      const atNs = openingNs + Math.round((clicksMs[member] ?? 0) * nsPerMs);
      arrivalNs[intent] = Math.max(0, atNs);
      herd[intent] = options.type === 'herd' ? 1 : 0;
    });
  });
  return { arrivalNs, herd };
}

function drawRefreshes(
  scenario: Scenario,
  seed: number,
  arrivalNs: Float64Array,
): { refreshIntent: Uint32Array; refreshNs: Float64Array } {
  const { refresh, endsAt } = scenario.workload;
  const refreshIntent: number[] = [];
  const refreshNs: number[] = [];
  if (refresh !== undefined) {
    const intervalNs = refresh.interval * nsPerMs;
    arrivalNs.forEach((clickNs, intent) => {
      const rng = rngFor(seed, 'refresh', intent);
      const untilNs = Math.min(clickNs, endsAt * nsPerMs);
      for (let atNs = rng.next() * intervalNs; atNs < untilNs; atNs += intervalNs) {
        if (rng.next() >= refresh.probability) continue;
        refreshIntent.push(intent);
        refreshNs.push(Math.round(atNs));
      }
    });
  }
  return {
    refreshIntent: Uint32Array.from(refreshIntent),
    refreshNs: Float64Array.from(refreshNs),
  };
}

/** SHA-256 over every number of the plan: equal plans, equal hashes. */
export function planHash(plan: Plan): string {
  const hash = createHash('sha256');
  for (const column of [
    plan.devicesOf,
    plan.user,
    plan.device,
    plan.product,
    plan.quantity,
    plan.arrivalNs,
    plan.givesUpNs,
    plan.herd,
    plan.refreshIntent,
    plan.refreshNs,
  ]) {
    hash.update(bytesOf(column));
  }
  const { cancels, probes } = plan;
  const { beforeOpen, afterClose, evictedDevice } = probes;
  const lists = { cancels, beforeOpen, afterClose, evictedDevice };
  for (const [name, { intent, ns }] of Object.entries(lists)) {
    // A list that a scenario does not ask for leaves the hash as it was before there were any.
    if (intent.length > 0) hash.update(name).update(bytesOf(intent)).update(bytesOf(ns));
  }
  if (probes.keyReuse.length > 0) hash.update('keyReuse').update(bytesOf(probes.keyReuse));
  return hash.digest('hex');
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** The random stream of one retry decision: the same whatever worker makes it. */
export function retryRng(seed: number, intent: number, attempt: number): Rng {
  return rngFor(seed, 'retry', intent, attempt);
}

/** The random stream of one decision to try a cancel again. */
export function cancelRetryRng(seed: number, intent: number, attempt: number): Rng {
  return rngFor(seed, 'cancel-retry', intent, attempt);
}
