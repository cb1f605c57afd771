import { nsPerMs } from '../core/clock.ts';
import { formatNs } from '../core/units.ts';
import { runNsOf } from './clock.ts';
import type { Evidence } from './evidence.ts';
import type { EvidenceIndex } from './evidence-index.ts';
import type { LogicalOrder } from './logical-order.ts';

/** An instant that is known to lie between two, ns since the run's epoch. */
interface Interval {
  readonly fromNs: number;
  readonly toNs: number;
}

/** When the rows of an order were made, on the runner's clock, with all doubt about the store's. */
interface OrderTime {
  readonly earliest: Interval;
  readonly latest: Interval;
  /** What the store says of the earliest, ns since the run's epoch by the store's clock. */
  readonly toldNs: number;
  /** Whether each confirmed row of the order has a time. */
  readonly complete: boolean;
}

/** The store's own times of orders, as far as they can be used. */
export type OrderTimes =
  | { readonly kind: 'usable'; readonly of: (order: LogicalOrder) => OrderTime | undefined }
  /** No order tells how far the clock is off. */
  | { readonly kind: 'unchecked' }
  /** `why`, for people. */
  | { readonly kind: 'off'; readonly why: string }
  | { readonly kind: 'none' };

/**
 * What the store's times of orders say on the runner's clock.
 *
 * An order that a single attempt made for sure was made between its sending and its answer, so each bounds how far the
 * store's clock is off: created − done ≤ offset ≤ created − sent, give or take the unit of the store's times. Where the bounds of all
 * orders and the tolerance have no offset in common, the times are off and prove nothing.
 *
 * Source: intervals of clock uncertainty, as of TrueTime (Corbett et al., Spanner, OSDI 2012); intersected
 * as in Marzullo and Owicki, Maintaining the Time in a Distributed System (PODC 1983).
 *
 * @param toleranceNs how far the store's clock and the runner's may differ
 */
export function orderTimesOf(
  evidence: Evidence,
  index: EvidenceIndex,
  toleranceNs: number,
): OrderTimes {
  const { recorded } = index;
  if (recorded.size === 0) return { kind: 'none' };
  const offset = offsetOf(evidence, index);
  if (offset === undefined) return { kind: 'unchecked' };
  const fromNs = Math.max(offset.fromNs, -toleranceNs);
  const toNs = Math.min(offset.toNs, toleranceNs);
  if (fromNs > toNs) return { kind: 'off', why: offReason(offset) };
  const unitNs = recorded.unitMs * nsPerMs;
  const around = (toldNs: number): Interval => ({
    fromNs: toldNs - unitNs - toNs,
    toNs: toldNs + unitNs - fromNs,
  });
  return {
    kind: 'usable',
    of: (order) => {
      const time = recorded.of(order.ordinal);
      if (time === undefined) return undefined;
      const toldNs = runNsOf(evidence, time.earliestMs);
      return {
        earliest: around(toldNs),
        latest: around(runNsOf(evidence, time.latestMs)),
        toldNs,
        complete: time.rows === order.confirmedRows,
      };
    },
  };
}

/** How far the store's clock is ahead of the runner's: the bounds of all orders; undefined without any. */
function offsetOf(evidence: Evidence, index: EvidenceIndex): Interval | undefined {
  const { recorded, traced } = index;
  const unitNs = recorded.unitMs * nsPerMs;
  const reused = new Set(index.reuses.map(({ order }) => order));
  let [fromNs, toNs] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (const order of traced) {
    const time = recorded.of(order.ordinal);
    if (time === undefined || !isOfOneAttempt(order) || reused.has(order)) continue;
    const toldNs = runNsOf(evidence, time.earliestMs);
    fromNs = Math.max(fromNs, toldNs - order.okNs - unitNs);
    toNs = Math.min(toNs, toldNs - order.firstSentNs + unitNs);
  }
  return fromNs === Number.NEGATIVE_INFINITY ? undefined : { fromNs, toNs };
}

/** Whether its only row was made by its only attempt, before that was answered. */
function isOfOneAttempt(order: LogicalOrder): boolean {
  const { attempts, confirmedRows, pendingRows, cancelledRows, details } = order;
  return (
    attempts === 1 &&
    details.acceptedAttempt < 0 &&
    confirmedRows === 1 &&
    pendingRows + cancelledRows === 0 &&
    Number.isFinite(order.firstSentNs) &&
    Number.isFinite(order.okNs)
  );
}

function offReason({ fromNs, toNs }: Interval): string {
  if (fromNs > toNs) {
    return `the store's times are not used: no clock explains them all, they are out by at least ${lengthOf(fromNs - toNs)}; each should tell when its order was decided`;
  }
  const about = (fromNs + toNs) / 2;
  return `the store's times are off by about ${lengthOf(about)}: not used; give them in UTC or with their offset, or raise clockTolerance`;
}

const [nsPerMinute, nsPerHour] = [60_000 * nsPerMs, 3_600_000 * nsPerMs];

/** Time zones are hours and minutes off. */
function lengthOf(offsetNs: number): string {
  const ns = Math.abs(offsetNs);
  const minutes = Math.round(ns / nsPerMinute);
  return ns < nsPerHour ? formatNs(ns) : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
