import { createHash } from 'node:crypto';
import { nsPerMs } from '../core/clock.ts';
import { exponential, type Rng, rngFor } from '../core/rng.ts';
import type { ArrivalProcess } from '../policies/arrivals/arrival-process.ts';
import { arrivalProcesses } from '../policies/arrivals/registry.ts';
import { popularities } from '../policies/popularity/registry.ts';
import { peopleOfShapes } from '../scenarios/arrival-shares.ts';
import { type Group, groupIndexOf, groupsOf } from '../scenarios/groups.ts';
import type { ArrivalOptions, Scenario } from '../scenarios/schema.ts';
import { applyMoods } from './moods-plan.ts';
import { drawFollowUps, drawPurchases, type FollowUps } from './sessions-plan.ts';
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
 * A device sets out for one purchase, and in closed and partly-open models for further ones: each is
 * an intent. The first clicks of its own accord; each further one follows the one before it.
 * Instants are nanoseconds from t = 0.
 */
export interface Plan {
  readonly users: number;
  /** Devices of each user. */
  readonly devicesOf: Uint8Array;
  /** Per intent. Intents are numbered user by user, device by device, purchase by purchase. */
  readonly user: Uint32Array;
  readonly device: Uint8Array;
  /** Which of the device's purchases it is, from 0. */
  readonly purchase: Uint16Array;
  readonly product: Uint16Array;
  readonly quantity: Uint16Array;
  /** Infinity for one that follows another, and for a person who stays at home. */
  readonly arrivalNs: Float64Array;
  /** When the person stops trying; Infinity without `patience`. */
  readonly givesUpNs: Float64Array;
  readonly followUps: FollowUps;
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
  const { workload } = scenario;
  const groups = groupsOf(workload);
  const devicesOf = drawDevices(groups, workload.users, seed);
  const columns = listIntents(scenario, seed, devicesOf);
  const { user, device, purchase } = columns;
  const members = (intent: number): Group | undefined =>
    groups[groupIndexOf(groups, user[intent] ?? 0)];
  const { arrivalNs, herd } = drawArrivals(groups, seed, openingNs, columns);
  const leavesNs = applyMoods(groups, { seed, openingNs, ...columns, arrivalNs });
  const patienceOf = (intent: number): number | undefined => members(intent)?.patience?.exponential;
  const givesUpNs = Float64Array.from(arrivalNs, (atNs, index) => {
    const patience = patienceOf(index);
    return patience === undefined
      ? Number.POSITIVE_INFINITY
      : atNs + exponential(rngFor(seed, 'patience', index), patience) * nsPerMs;
  });
  return {
    users: workload.users,
    devicesOf,
    ...columns,
    quantity: drawQuantities(scenario, seed, user),
    arrivalNs,
    givesUpNs,
    followUps: drawFollowUps(scenario, seed, purchase, patienceOf),
    herd,
    ...drawRefreshes(scenario, seed, { arrivalNs, purchase, leavesNs }, members),
    cancels: drawCancels(scenario, seed, user.length),
    probes: drawProbes(scenario, seed, openingNs, { user, device, purchase, devicesOf }),
  };
}

/** Whose each intent is, and what for. */
function listIntents(
  { workload, sale }: Scenario,
  seed: number,
  devicesOf: Uint8Array,
): Pick<Plan, 'user' | 'device' | 'purchase' | 'product'> {
  const { purchasesOf, intents } = drawPurchases(workload, seed, devicesOf);
  const user = new Uint32Array(intents);
  const device = new Uint8Array(intents);
  const purchase = new Uint16Array(intents);
  const product = new Uint16Array(intents);
  const choose = chooserOf(workload.popularity, sale.products.length);
  let intent = 0;
  let deviceNumber = 0;
  devicesOf.forEach((devices, who) => {
    for (let which = 0; which < devices; which += 1) {
      const purchases = purchasesOf[deviceNumber] ?? 1;
      deviceNumber += 1;
      for (let time = 0; time < purchases; time += 1) {
        user[intent] = who;
        device[intent] = which;
        purchase[intent] = time;
        // One person wants one product at a time, on whichever device.
        const ids = time === 0 ? [who] : [who, time];
        product[intent] = choose(rngFor(seed, 'product', ...ids).next());
        intent += 1;
      }
    }
  });
  return { user, device, purchase, product };
}

function chooserOf(
  popularity: Scenario['workload']['popularity'],
  products: number,
): (draw: number) => number {
  return popularity === 'uniform'
    ? popularities.uniform.chooser(undefined, products)
    : popularities.zipf.chooser(popularity.zipf, products);
}

function drawDevices(groups: readonly Group[], users: number, seed: number): Uint8Array {
  const devicesOf = new Uint8Array(users);
  for (const { first, users: members, devicesPerUser } of groups) {
    if (typeof devicesPerUser === 'number') {
      devicesOf.fill(devicesPerUser, first, first + members);
      continue;
    }
    const shares = Object.entries(devicesPerUser).map(([devices, share]) => ({
      devices: Number(devices),
      share,
    }));
    for (let who = first; who < first + members; who += 1) {
      devicesOf[who] = drawShare(shares, rngFor(seed, 'devices', who).next());
    }
  }
  return devicesOf;
}

function drawShare(
  shares: readonly { readonly devices: number; readonly share: number }[],
  drawn: number,
): number {
  let left = drawn;
  for (const { devices, share } of shares) {
    left -= share;
    if (left < 0) return devices;
  }
  return shares.at(-1)?.devices ?? 1;
}

/** Which arrival component each user of a group belongs to: a seeded shuffle, cut by the shares. */
function assignComponents(group: Group, rng: Rng): Uint8Array {
  const { users } = group;
  const order = Uint32Array.from({ length: users }, (_, index) => index);
  for (let last = users - 1; last > 0; last -= 1) {
    const other = Math.floor(rng.next() * (last + 1));
    const kept = order[last] ?? 0;
    order[last] = order[other] ?? 0;
    order[other] = kept;
  }
  const component = new Uint8Array(users).fill(notComing);
  let next = 0;
  peopleOfShapes(group).forEach((people, index) => {
    for (const until = next + people; next < until; next += 1) {
      component[order[next] ?? 0] = index;
    }
  });
  return component;
}

/** Component of a user that no share covers: logged in, but never clicks. */
const notComing = 255;

function drawArrivals(
  groups: readonly Group[],
  seed: number,
  openingNs: number,
  { user, purchase }: Pick<Plan, 'user' | 'purchase'>,
): { arrivalNs: Float64Array; herd: Uint8Array } {
  const arrivalNs = new Float64Array(user.length).fill(Number.POSITIVE_INFINITY);
  const herd = new Uint8Array(user.length);
  groups.forEach((group, number) => {
    const { first, users, arrivals } = group;
    // A workload without groups draws as it did before there were any.
    const ids = groups.length === 1 ? [] : [number];
    const component = assignComponents(group, rngFor(seed, 'components', ...ids));
    arrivals.forEach((options, index) => {
      const members = user.reduce<number[]>((list, who, intent) => {
        const isMember = who >= first && who < first + users;
        if (isMember && component[who - first] === index && purchase[intent] === 0) {
          list.push(intent);
        }
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
  });
  return { arrivalNs, herd };
}

/** How long an intent's page is reloaded. */
interface Waiting extends Pick<Plan, 'arrivalNs' | 'purchase'> {
  /** When the person leaves without having clicked; Infinity for one who stays. */
  readonly leavesNs: Float64Array;
}

function drawRefreshes(
  { workload: { endsAt } }: Scenario,
  seed: number,
  { arrivalNs, purchase, leavesNs }: Waiting,
  groupOf: (intent: number) => Group | undefined,
): { refreshIntent: Uint32Array; refreshNs: Float64Array } {
  const refreshIntent: number[] = [];
  const refreshNs: number[] = [];
  arrivalNs.forEach((clickNs, intent) => {
    const refresh = groupOf(intent)?.refresh;
    if (refresh === undefined || purchase[intent] !== 0) return;
    const intervalNs = refresh.interval * nsPerMs;
    const rng = rngFor(seed, 'refresh', intent);
    const untilNs = Math.min(clickNs, endsAt * nsPerMs, leavesNs[intent] ?? 0);
    for (let atNs = rng.next() * intervalNs; atNs < untilNs; atNs += intervalNs) {
      if (rng.next() >= refresh.probability) continue;
      refreshIntent.push(intent);
      refreshNs.push(Math.round(atNs));
    }
  });
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
  const { cancels, probes, followUps } = plan;
  const { beforeOpen, afterClose, evictedDevice, logout, logoutEverywhere } = probes;
  const lists = { cancels, beforeOpen, afterClose, evictedDevice, logout, logoutEverywhere };
  for (const [name, { intent, ns }] of Object.entries(lists)) {
    // A list that a scenario does not ask for leaves the hash as it was before there were any.
    if (intent.length > 0) hash.update(name).update(bytesOf(intent)).update(bytesOf(ns));
  }
  if (followUps.thinkNs.length > 0) {
    hash.update('followUps').update(bytesOf(plan.purchase));
    hash.update(bytesOf(followUps.thinkNs)).update(bytesOf(followUps.patienceNs));
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
