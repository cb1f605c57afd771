import { formatNs } from '../core/units.ts';
import type { TruthOrder } from '../history/truth.ts';
import type { Evidence } from './evidence.ts';
import type { Witness } from './invariant.ts';
import type { LogicalOrder } from './logical-order.ts';

/** When something happened, for people: from the opening, as every report counts. */
export function whenOf(evidence: Evidence, atNs: number): string {
  if (!Number.isFinite(atNs)) return 'at an unknown time';
  const afterNs = atNs - evidence.openingNs;
  return afterNs < 0
    ? `${formatNs(-afterNs)} before the opening`
    : `${formatNs(afterNs)} after the opening`;
}

/** `5 units`, `1 unit`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** A witness about one logical order. `say` gets its key. */
export function witnessOfOrder(
  evidence: Evidence,
  order: LogicalOrder,
  atNs: number,
  say: (key: string) => string,
): Witness {
  const key = evidence.names.keyOf(order.intent, order.keyVariant);
  const attempts = [
    order.firstAttempt,
    order.okAttempt,
    order.otherOkAttempt,
    order.details.lookUpAttempt,
  ];
  const orderIds = [...new Set([...order.orderIds, ...order.rowIds])];
  return {
    summary: say(key),
    attempts: [...new Set(attempts.filter((index) => index >= 0))].sort((a, b) => a - b),
    keys: [key],
    userId: evidence.names.userOf(order.user),
    ...(orderIds.length === 0 ? {} : { orderIds }),
    ...(Number.isFinite(atNs) ? { atNs } : {}),
  };
}

/** A witness about a row that belongs to no attempt. */
export function witnessOfRow(row: TruthOrder, summary: string): Witness {
  return {
    summary,
    attempts: [],
    orderIds: [row.id],
    userId: row.userId,
    ...(row.key === null ? {} : { keys: [row.key] }),
  };
}
