import type { Invariant } from './invariant.ts';
import { conservation } from './invariants/conservation.ts';
import { deviceLimit } from './invariants/device-limit.ts';
import { duplicateOrder } from './invariants/duplicate-order.ts';
import { fairness } from './invariants/fairness.ts';
import { falseRejection } from './invariants/false-rejection.ts';
import { falseSoldOut } from './invariants/false-sold-out.ts';
import { keyReuse } from './invariants/key-reuse.ts';
import { lostOrder } from './invariants/lost-order.ts';
import { lostUpdate } from './invariants/lost-update.ts';
import { negativeStock } from './invariants/negative-stock.ts';
import { nonVacuity } from './invariants/non-vacuity.ts';
import { orderStatus } from './invariants/order-status.ts';
import { overAdmission } from './invariants/over-admission.ts';
import { oversell } from './invariants/oversell.ts';
import { phantomOrder } from './invariants/phantom-order.ts';
import { reservation } from './invariants/reservation.ts';
import { saleWindow } from './invariants/sale-window.ts';
import { underAdmission } from './invariants/under-admission.ts';
import { undersell } from './invariants/undersell.ts';
import { userLimit } from './invariants/user-limit.ts';

/** Every invariant by the name that results and thresholds use. One file and one line each. */
export const invariants = {
  oversell,
  undersell,
  falseSoldOut,
  lostOrder,
  falseRejection,
  phantomOrder,
  duplicateOrder,
  keyReuse,
  userLimit,
  negativeStock,
  conservation,
  lostUpdate,
  reservation,
  saleWindow,
  orderStatus,
  deviceLimit,
  overAdmission,
  underAdmission,
  fairness,
  nonVacuity,
} as const satisfies Record<string, Invariant>;

export type InvariantName = keyof typeof invariants;

/** The names in the order of their numbers, I1 to I20. */
export const invariantNames = Object.keys(invariants) as InvariantName[];
