import type { RunOutcome } from '../engine/run-outcome.ts';
import { probeAttempt, userIdOf } from '../history/attempt.ts';
import { operationIndexOfKind } from '../history/chunk.ts';
import type { TruthSnapshot } from '../history/truth.ts';
import { operations } from '../history/vocabulary.ts';
import { type Group, groupIndexOf, groupsOf } from '../scenarios/groups.ts';
import type { Scenario } from '../scenarios/schema.ts';

/** What a group of people did, and what it got. */
export interface GroupSummary {
  readonly name: string;
  readonly people: number;
  /** Users, of whom a person may have several. */
  readonly accounts: number;
  readonly devices: number;
  /** Requests of any kind that were sent, logins left out. */
  readonly requests: number;
  /** Those of them that were answered `limited`. */
  readonly limited: number;
  /** Attempts on orders. */
  readonly attempts: number;
  /** Orders and units that are confirmed in the store; null when it is not known. */
  readonly orders: number | null;
  readonly units: number | null;
  /** Share of all units sold; null when nothing was sold. */
  readonly share: number | null;
  /** People with an order, and the most orders that one person has, over all accounts and devices. */
  readonly buyers: number | null;
  readonly ordersPerPersonMax: number | null;
}

/** The groups of a scenario, one by one; none where it names none. */
export function groupFigures(
  { workload }: Pick<Scenario, 'workload'>,
  outcome: Pick<RunOutcome, 'attempts'>,
  truth: TruthSnapshot | undefined,
): GroupSummary[] {
  if (workload.groups === undefined) return [];
  const groups = groupsOf(workload);
  const traffic = countTraffic(groups, outcome);
  const sold = truth === undefined ? undefined : countSold(groups, truth);
  const allUnits = sold?.reduce((sum, { units }) => sum + units, 0) ?? 0;
  return groups.map(({ name, users, accountsPerPerson }, index) => {
    const own = sold?.[index];
    const { requests = 0, limited = 0, attempts = 0, devices = 0 } = traffic[index] ?? {};
    return {
      name,
      people: Math.ceil(users / accountsPerPerson),
      accounts: users,
      devices,
      requests,
      limited,
      attempts,
      orders: own?.orders ?? null,
      units: own?.units ?? null,
      share: own === undefined || allUnits === 0 ? null : own.units / allUnits,
      buyers: own?.byPerson.size ?? null,
      ordersPerPersonMax: own === undefined ? null : most(own.byPerson.values()),
    };
  });
}

const loginOperation = operations.indexOf('login');
const orderOperation = operations.indexOf('order');

interface Traffic {
  requests: number;
  limited: number;
  attempts: number;
  devices: number;
}

function countTraffic(
  groups: readonly Group[],
  { attempts }: Pick<RunOutcome, 'attempts'>,
): readonly Traffic[] {
  const counts = groups.map((): Traffic => ({ requests: 0, limited: 0, attempts: 0, devices: 0 }));
  const devices = new Set<number>();
  for (const { length, kind, user, device, attempt, code, codes, sentNs } of attempts.chunks()) {
    const limited = codes.indexOf('limited');
    for (let row = 0; row < length; row += 1) {
      const who = user[row] ?? 0;
      const own = counts[groupIndexOf(groups, who)];
      if (own === undefined || Number.isNaN(sentNs[row])) continue;
      const operation = operationIndexOfKind(kind[row] ?? 0);
      const number = who * 256 + (device[row] ?? 0);
      if (!devices.has(number)) {
        devices.add(number);
        own.devices += 1;
      }
      if (operation === loginOperation) continue;
      own.requests += 1;
      if (code[row] === limited) own.limited += 1;
      if (operation === orderOperation && attempt[row] !== probeAttempt) own.attempts += 1;
    }
  }
  return counts;
}

interface Sold {
  orders: number;
  units: number;
  /** Orders by person. */
  readonly byPerson: Map<number, number>;
}

function countSold(groups: readonly Group[], { orders }: TruthSnapshot): readonly Sold[] {
  const counts = groups.map((): Sold => ({ orders: 0, units: 0, byPerson: new Map() }));
  for (const { userId, quantity, status } of orders) {
    const user = userOf(userId);
    if (status !== 'confirmed' || user === undefined) continue;
    const index = groupIndexOf(groups, user);
    const [own, group] = [counts[index], groups[index]];
    if (own === undefined || group === undefined) continue;
    own.orders += 1;
    own.units += quantity;
    const person = Math.floor((user - group.first) / group.accountsPerPerson);
    own.byPerson.set(person, (own.byPerson.get(person) ?? 0) + 1);
  }
  return counts;
}

/** The number of a user of this run; undefined for somebody else's. */
function userOf(userId: string): number | undefined {
  const user = Number(userId.slice(1));
  return Number.isSafeInteger(user) && userIdOf(user) === userId ? user : undefined;
}

function most(counts: Iterable<number>): number {
  let largest = 0;
  for (const count of counts) largest = Math.max(largest, count);
  return largest;
}
