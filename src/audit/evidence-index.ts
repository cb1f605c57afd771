import type { TruthOrder, TruthSnapshot } from '../history/truth.ts';
import { clockProblemsOf } from './clock.ts';
import type { Evidence } from './evidence.ts';
import type { KeyReuse } from './key-reuses.ts';
import { type LogicalOrder, liveRows, noDetails, wasFound } from './logical-order.ts';
import { OrderTable } from './order-table.ts';
import { ProductDraft, type ProductView } from './product-view.ts';
import { readAttempts } from './read-attempts.ts';
import { RecordedTimes } from './recorded-times.ts';

export type { ProductView, Restock, StrangerRow } from './product-view.ts';

/**
 * How far the snapshot can be trusted: `settled` was taken at rest; `unsettled` was not, so that only
 * what it contains is certain, not what it lacks; `absent` there is none.
 */
export type SnapshotState = 'settled' | 'unsettled' | 'absent';

/** What all invariants judge by, computed once in near-linear time. */
export interface EvidenceIndex {
  /** Logical orders: one for each idempotency key that an order was attempted under. */
  readonly orderCount: number;
  /** Those of which more is known than refusals: see {@link hasTraces}. */
  readonly traced: readonly LogicalOrder[];
  readonly products: readonly ProductView[];
  readonly snapshot: SnapshotState;
  /** Why the snapshot is not settled; empty when it is. */
  readonly snapshotNote: string;
  /** What is wrong with the times of the record, for people: where anything is, they prove nothing. */
  readonly clockProblems: readonly string[];
  /** The snapshot, when there is one of this run. */
  readonly truth: TruthSnapshot | undefined;
  /** Attempts that sent the key of an order with another payload. */
  readonly reuses: readonly KeyReuse[];
  /** When the store says that orders were made, as far as it says. */
  readonly recorded: RecordedTimes;
  /** True when some key was looked up at least twice. */
  readonly lookedUpTwice: boolean;
  /** Keys seen: ordinals of logical orders are below this. */
  readonly keyCount: number;
  /** The logical order of a key; undefined for a key under which nothing was sent. */
  readonly orderOf: (intent: number, keyVariant: number) => LogicalOrder | undefined;
  readonly hasOrderOf: (intent: number, keyVariant: number) => boolean;
}

/** Reads all evidence once and joins it by key. */
export function buildIndex(evidence: Evidence): EvidenceIndex {
  const table = new OrderTable();
  const clockProblems = clockProblemsOf(evidence);
  const { reuses, lookedUpTwice } = readAttempts(evidence, table, clockProblems.length === 0);
  const truth = evidence.truth?.runId === evidence.runId ? evidence.truth : undefined;
  const views = evidence.contract.products.map((contract, index) => {
    return new ProductDraft(evidence, truth, contract, index, table);
  });
  for (const reuse of reuses) {
    if (reuse.outcome !== 'fail') views[reuse.product]?.reuses.push(reuse);
  }
  const recorded = new RecordedTimes();
  if (truth !== undefined) attributeRows(evidence, truth, table, views, recorded);
  const snapshot = truth === undefined ? 'absent' : evidence.quiesced ? 'settled' : 'unsettled';
  return {
    ...sortOrders(table, views, snapshot),
    products: views,
    snapshot,
    snapshotNote: noteOf(evidence),
    clockProblems,
    truth,
    reuses,
    recorded,
    lookedUpTwice,
    keyCount: table.length,
    orderOf: (intent, keyVariant) => table.get(intent, keyVariant),
    hasOrderOf: (intent, keyVariant) => (table.get(intent, keyVariant)?.attempts ?? 0) > 0,
  };
}

function noteOf({ runId, truth, truthNote, quiesced }: Evidence): string {
  if (truth === undefined) return withNote('there is no snapshot of the store', truthNote);
  if (truth.runId !== runId) return `the snapshot belongs to another run (${truth.runId})`;
  return quiesced ? '' : withNote('not quiesced', truthNote);
}

function withNote(text: string, note: string | undefined): string {
  return note === undefined || note === text ? text : `${text}: ${note}`;
}

function attributeRows(
  evidence: Evidence,
  truth: TruthSnapshot,
  table: OrderTable,
  views: readonly ProductDraft[],
  recorded: RecordedTimes,
): void {
  const viewById = new Map(views.map((view) => [view.contract.id, view]));
  const rowsWithoutKey = truth.orders.some(({ key }) => key === null);
  const byOrderId = rowsWithoutKey ? ordersById(table) : new Map<string, LogicalOrder>();
  for (const row of truth.orders) {
    const key = row.key === null ? undefined : evidence.names.parseKey(row.key);
    const attempted = key === undefined ? undefined : table.get(key.intent, key.keyVariant);
    const order = row.key === null ? byOrderId.get(row.id) : attempted;
    const view = viewById.get(row.productId);
    if (order !== undefined && order.attempts > 0) {
      const wanted = view?.index === order.product;
      countRow(order, row, wanted ? row.quantity : 0);
      recorded.note(order.ordinal, row);
      view?.countUnits(row, false);
      if (row.status === 'cancelled') continue;
      if (!wanted) view?.otherRows.push(row);
      else if (isOfAnother(row, evidence.names.userOf(order.user))) view.misnamedRows.push(row);
      continue;
    }
    const ofThisRun = key !== undefined;
    // Its order may be missing from an interrupted record while its cancellation is there.
    const mayBeGone = !evidence.quiesced && (attempted?.cancel ?? 'none') !== 'none';
    const certain = (ofThisRun || evidence.exclusive) && !mayBeGone;
    view?.countUnits(row, !certain);
    const home = view ?? (ofThisRun ? views[0] : undefined);
    if (row.status !== 'cancelled') home?.strangers.push({ row, ofThisRun, certain });
  }
}

/** Whether the store has a row under another person; some stores do not say. */
function isOfAnother({ userId }: TruthOrder, owner: string): boolean {
  return userId !== '' && userId !== owner;
}

/** Hands every order to its product, in one pass: there may be millions. */
function sortOrders(
  table: OrderTable,
  views: readonly ProductDraft[],
  snapshot: SnapshotState,
): Pick<EvidenceIndex, 'orderCount' | 'traced'> {
  const traced: LogicalOrder[] = [];
  let orderCount = 0;
  for (let ordinal = 0; ordinal < table.length; ordinal += 1) {
    const { product, attempts } = table.numbersAt(ordinal);
    const view = views[product];
    // Whatever leaves a trace is written by way of the order's object.
    const order = table.objectAt(ordinal);
    const isTraced = order !== undefined && hasTraces(order);
    if (isTraced) noteRelease(order, view === undefined ? views : [view], snapshot);
    if (attempts === 0) continue;
    orderCount += 1;
    view?.orders.add(ordinal);
    if (!isTraced) continue;
    traced.push(order);
    view?.traced.push(order);
  }
  return { orderCount, traced };
}

/**
 * Whether more is known of an order than that every attempt was refused: an answer that was ok or left
 * it open, a look-up, a cancellation, or a row. Any other order sold nothing and held nothing, because
 * a refusal has no effect; of a sale's many orders these are most.
 */
function hasTraces(order: LogicalOrder): boolean {
  if (order.outcome !== 'fail' || order.details !== noDetails) return true;
  return liveRows(order) + order.cancelledRows > 0;
}

/**
 * Units that came back: by a cancellation, also of an order that is not recorded; of an order that the
 * server withdrew; and of one that it accepted for later and then did not make.
 */
function noteRelease(
  order: LogicalOrder,
  views: readonly ProductDraft[],
  snapshot: SnapshotState,
): void {
  const atNs = releaseNs(order, snapshot);
  if (atNs === Number.NEGATIVE_INFINITY) return;
  for (const view of views) view.noteRelease(atNs);
}

function releaseNs(order: LogicalOrder, snapshot: SnapshotState): number {
  const { details, lookUp } = order;
  const withdrawn = order.cancelledRows > 0 || lookUp === 'cancelled';
  if (order.cancel !== 'none') return details.cancelDoneNs;
  if (withdrawn) return Number.POSITIVE_INFINITY;
  if (details.acceptedAttempt < 0) return Number.NEGATIVE_INFINITY;
  if (lookUp === 'refused') {
    // Refused for want of stock it never had any.
    return details.lookUpSoldOut ? Number.NEGATIVE_INFINITY : details.lookUpNs;
  }
  const made = order.outcome === 'ok' || wasFound(order) || liveRows(order) > 0;
  const vanished = !made && (snapshot === 'settled' || lookUp === 'not-found');
  return vanished ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
}

/** Orders that were told to have an id have objects. */
function ordersById(table: OrderTable): Map<string, LogicalOrder> {
  const byId = new Map<string, LogicalOrder>();
  for (let ordinal = 0; ordinal < table.length; ordinal += 1) {
    const order = table.objectAt(ordinal);
    if (order === undefined || order.attempts === 0) continue;
    for (const id of order.details.acceptedIds) byId.set(id, order);
    for (const id of order.orderIds) byId.set(id, order);
  }
  return byId;
}

/** @param units of the order's own product */
function countRow(order: LogicalOrder, row: TruthOrder, units: number): void {
  if (row.status === 'cancelled') {
    order.cancelledRows += 1;
    return;
  }
  if (row.status === 'pending') {
    order.pendingRows += 1;
    order.pendingUnits += units;
  } else {
    order.confirmedRows += 1;
    order.confirmedUnits += units;
  }
  order.rowIds = [...order.rowIds, row.id];
}

/** Acknowledged: an answer said ok, or a look-up found the order (and nobody withdrew it). */
export function isAcknowledged(order: LogicalOrder): boolean {
  return order.outcome === 'ok' || (wasFound(order) && order.cancel === 'none');
}

/** Still open after look-up and snapshot: nobody knows whether it was sold. */
export function isUnresolved(order: LogicalOrder, snapshot: SnapshotState): boolean {
  if (order.outcome !== 'info' || snapshot === 'settled') return false;
  return order.lookUp === 'none' && !wasFound(order) && liveRows(order) === 0;
}

/** Perhaps sold, perhaps not: neither a row nor an answer makes it certain, and nothing rules it out. */
export function mayStand(order: LogicalOrder, snapshot: SnapshotState): boolean {
  if (snapshot === 'settled' || order.confirmedRows > 0 || order.cancel === 'ok') return false;
  if (isAcknowledged(order) && order.cancel === 'none') return false;
  return order.outcome === 'ok' || wasFound(order) || isUnresolved(order, snapshot);
}
