import type { Invariant } from './invariant.ts';
import { conservation } from './invariants/conservation.ts';
import { duplicateOrder } from './invariants/duplicate-order.ts';
import { falseRejection } from './invariants/false-rejection.ts';
import { lostOrder } from './invariants/lost-order.ts';
import { negativeStock } from './invariants/negative-stock.ts';
import { nonVacuity } from './invariants/non-vacuity.ts';
import { oversell } from './invariants/oversell.ts';
import { phantomOrder } from './invariants/phantom-order.ts';
import { undersell } from './invariants/undersell.ts';
import { userLimit } from './invariants/user-limit.ts';

/** Every invariant by the name that results and thresholds use. One file and one line each. */
export const invariants = {
  oversell,
  undersell,
  lostOrder,
  falseRejection,
  phantomOrder,
  duplicateOrder,
  userLimit,
  negativeStock,
  conservation,
  nonVacuity,
} as const satisfies Record<string, Invariant>;

export type InvariantName = keyof typeof invariants;

/** The names in the order of the specification. */
export const invariantNames = Object.keys(invariants) as InvariantName[];
