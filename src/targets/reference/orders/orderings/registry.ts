import { async } from './async.ts';
import type { OrderingEntry } from './ordering-entry.ts';
import { publishOrPending } from './publish-or-pending.ts';
import { publishOrRelease } from './publish-or-release.ts';
import { sync } from './sync.ts';

/** Every way in which an order is dealt with, by the name it has in a scenario. */
export const orderings = {
  sync,
  async,
  'publish-or-release': publishOrRelease,
  'publish-or-pending': publishOrPending,
} as const satisfies Record<string, OrderingEntry>;

export type OrderingName = keyof typeof orderings;
