import type { SessionOptions } from '../policies/models/workload-model.ts';
import { sizesOf } from './groups.ts';
import type { Scenario } from './schema.ts';

type Workload = Scenario['workload'];

/** Devices that a scenario logs in, on average. */
export function expectedDevices({
  groups,
  ...everybody
}: Pick<Workload, 'users' | 'devicesPerUser'> & Partial<Pick<Workload, 'groups'>>): number {
  const { users, devicesPerUser } = everybody;
  if (groups !== undefined) {
    const sizes = sizesOf(groups, users);
    return groups.reduce(
      (sum, own, index) =>
        sum +
        expectedDevices({
          users: sizes[index] ?? 0,
          devicesPerUser: own.devicesPerUser ?? devicesPerUser,
        }),
      0,
    );
  }
  if (typeof devicesPerUser === 'number') return users * devicesPerUser;
  const mean = Object.entries(devicesPerUser).reduce(
    (sum, [devices, share]) => sum + Number(devices) * share,
    0,
  );
  return Math.round(users * mean);
}

/** Enough for a run of some seconds, and a bound for a think time of nothing. */
const maxPurchasesDefault = 100;

/** How often a device may come back. */
export function sessionOptions({
  maxPurchases = maxPurchasesDefault,
  stayProbability = 0,
}: Pick<Workload, 'maxPurchases' | 'stayProbability'>): SessionOptions {
  return { maxPurchases, stayProbability };
}

/** Purchases that a device sets out for, on average. */
export function expectedPurchases(
  workload: Pick<Workload, 'model' | 'maxPurchases' | 'stayProbability'>,
): number {
  const { maxPurchases, stayProbability } = sessionOptions(workload);
  switch (workload.model) {
    case 'open':
      return 1;
    case 'closed':
      return maxPurchases;
    case 'partly-open':
      return stayProbability === 1
        ? maxPurchases
        : (1 - stayProbability ** maxPurchases) / (1 - stayProbability);
  }
}
