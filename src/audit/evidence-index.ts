import type { ProductContract } from '../history/contract.ts';
import type { TruthOrder, TruthProduct, TruthSnapshot } from '../history/truth.ts';
import type { Evidence } from './evidence.ts';
import { type LogicalOrder, liveRows, OrderTable } from './logical-order.ts';
import { readAttempts } from './read-attempts.ts';

/**
 * How far the snapshot can be trusted: `settled` was taken at rest; `unsettled` was not, so that only
 * what it contains is certain, not what it lacks; `absent` there is none.
 */
export type SnapshotState = 'settled' | 'unsettled' | 'absent';

/** A live row of the store that no attempt of this run accounts for. */
export interface StrangerRow {
  readonly row: TruthOrder;
  /** Its key is of this run, though no attempt used it; else it is somebody else's. */
  readonly ofThisRun: boolean;
  /** This run caused it for certain, and it has not been withdrawn since the snapshot. */
  readonly certain: boolean;
}

/** One product with everything that concerns it. */
export interface ProductView {
  readonly index: number;
  readonly contract: ProductContract;
  /** `""` when the run has one product, else its id and a colon, to begin a sentence with. */
  readonly prefix: string;
  /** Units for sale. Two figures when contract and store disagree about them. */
  readonly stockLo: number;
  readonly stockHi: number;
  readonly truth: TruthProduct | undefined;
  readonly orders: readonly LogicalOrder[];
  /** Confirmed units that this run caused for certain. */
  readonly certainUnits: number;
  /** Units of pending rows under keys of this run. */
  readonly pendingUnits: number;
  /** Live units that may be of somebody else's traffic; 0 when the target is exclusive. */
  readonly foreignUnits: number;
  readonly strangers: readonly StrangerRow[];
  /** When the last unit may have come back to the stock, ns; -Infinity when none did. */
  readonly lastReturnNs: number;
}

/** What all invariants judge by, computed once in near-linear time. */
export interface EvidenceIndex {
  /** One per idempotency key that an order was attempted under. */
  readonly orders: readonly LogicalOrder[];
  readonly products: readonly ProductView[];
  readonly snapshot: SnapshotState;
  /** Why the snapshot is not settled; empty when it is. */
  readonly snapshotNote: string;
  /** The snapshot, when there is one of this run. */
  readonly truth: TruthSnapshot | undefined;
  readonly hasOrderOf: (intent: number, keyVariant: number) => boolean;
}

/** Reads all evidence once and joins it by key. */
export function buildIndex(evidence: Evidence): EvidenceIndex {
  const table = new OrderTable();
  readAttempts(evidence, table);
  const orders = table.all.filter(({ attempts }) => attempts > 0);
  const truth = evidence.truth?.runId === evidence.runId ? evidence.truth : undefined;
  const views = evidence.contract.products.map((contract, index) => {
    return new ProductDraft(evidence, truth, contract, index);
  });
  for (const order of orders) views[order.product]?.orders.push(order);
  if (truth !== undefined) attributeRows(evidence, truth, table, orders, views);
  noteReturns(table, views);
  return {
    orders,
    products: views,
    snapshot: truth === undefined ? 'absent' : evidence.quiesced ? 'settled' : 'unsettled',
    snapshotNote: noteOf(evidence),
    truth,
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

class ProductDraft implements ProductView {
  readonly index: number;
  readonly contract: ProductContract;
  readonly prefix: string;
  readonly stockLo: number;
  readonly stockHi: number;
  readonly truth: TruthProduct | undefined;
  readonly orders: LogicalOrder[] = [];
  certainUnits = 0;
  pendingUnits = 0;
  foreignUnits = 0;
  readonly strangers: StrangerRow[] = [];
  lastReturnNs = Number.NEGATIVE_INFINITY;

  constructor(
    evidence: Evidence,
    truth: TruthSnapshot | undefined,
    contract: ProductContract,
    index: number,
  ) {
    this.index = index;
    this.contract = contract;
    this.prefix = evidence.contract.products.length > 1 ? `${contract.id}: ` : '';
    this.truth = truth?.products.find(({ id }) => id === contract.id);
    const initial = this.truth?.initial ?? contract.stock;
    this.stockLo = Math.min(contract.stock, initial);
    this.stockHi = Math.max(contract.stock, initial);
  }

  countUnits(row: TruthOrder, foreign: boolean): void {
    if (row.status === 'cancelled') return;
    if (foreign) this.foreignUnits += row.quantity;
    else if (row.status === 'pending') this.pendingUnits += row.quantity;
    else this.certainUnits += row.quantity;
  }
}

function attributeRows(
  evidence: Evidence,
  truth: TruthSnapshot,
  table: OrderTable,
  orders: readonly LogicalOrder[],
  views: readonly ProductDraft[],
): void {
  const viewById = new Map(views.map((view) => [view.contract.id, view]));
  const rowsWithoutKey = truth.orders.some(({ key }) => key === null);
  const byOrderId = rowsWithoutKey ? ordersById(orders) : new Map<string, LogicalOrder>();
  for (const row of truth.orders) {
    const key = row.key === null ? undefined : evidence.names.parseKey(row.key);
    const attempted = key === undefined ? undefined : table.get(key.intent, key.keyVariant);
    const order = row.key === null ? byOrderId.get(row.id) : attempted;
    const view = viewById.get(row.productId);
    if (order !== undefined && order.attempts > 0) {
      countRow(order, row);
      view?.countUnits(row, false);
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

/** Cancellations, those of orders that are not recorded included, and orders that the server withdrew. */
function noteReturns(table: OrderTable, views: readonly ProductDraft[]): void {
  for (const order of table.all) {
    const withdrawnByServer = order.cancel === 'none' && order.cancelledRows > 0;
    if (order.cancel === 'none' && !withdrawnByServer) continue;
    const atNs = withdrawnByServer ? Number.POSITIVE_INFINITY : order.details.cancelDoneNs;
    const concerned = views[order.product];
    for (const view of concerned === undefined ? views : [concerned]) {
      view.lastReturnNs = Math.max(view.lastReturnNs, atNs);
    }
  }
}

function ordersById(orders: readonly LogicalOrder[]): Map<string, LogicalOrder> {
  const byId = new Map<string, LogicalOrder>();
  for (const order of orders) for (const id of order.orderIds) byId.set(id, order);
  return byId;
}

function countRow(order: LogicalOrder, row: TruthOrder): void {
  if (row.status === 'cancelled') {
    order.cancelledRows += 1;
    return;
  }
  if (row.status === 'pending') order.pendingRows += 1;
  else order.confirmedRows += 1;
  order.rowIds = [...order.rowIds, row.id];
}

/** Acknowledged: an answer said ok, or a look-up found the order (and nobody withdrew it). */
export function isAcknowledged(order: LogicalOrder): boolean {
  return order.outcome === 'ok' || (order.lookUp === 'found' && order.cancel === 'none');
}

/** Still open after look-up and snapshot: nobody knows whether it was sold. */
export function isUnresolved(order: LogicalOrder, snapshot: SnapshotState): boolean {
  if (order.outcome !== 'info' || snapshot === 'settled') return false;
  return order.lookUp === 'none' && liveRows(order) === 0;
}

/** Perhaps sold, perhaps not: neither a row nor an answer makes it certain, and nothing rules it out. */
export function mayStand(order: LogicalOrder, snapshot: SnapshotState): boolean {
  if (snapshot === 'settled' || order.confirmedRows > 0 || order.cancel === 'ok') return false;
  if (isAcknowledged(order) && order.cancel === 'none') return false;
  return order.outcome === 'ok' || order.lookUp === 'found' || isUnresolved(order, snapshot);
}
