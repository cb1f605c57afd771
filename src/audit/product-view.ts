import type { ProductContract } from '../history/contract.ts';
import type { TruthOrder, TruthProduct, TruthSnapshot } from '../history/truth.ts';
import type { Evidence } from './evidence.ts';
import type { KeyReuse } from './key-reuses.ts';
import type { LogicalOrder } from './logical-order.ts';
import { OrderList } from './order-list.ts';
import type { OrderTable } from './order-table.ts';

/** A live row of the store that no attempt of this run accounts for. */
export interface StrangerRow {
  readonly row: TruthOrder;
  /** Its key is of this run, though no attempt used it; else it is somebody else's. */
  readonly ofThisRun: boolean;
  /** This run caused it for certain, and it has not been withdrawn since the snapshot. */
  readonly certain: boolean;
}

/** Units that were brought while the sale ran, within [sentNs, doneNs] (ns since the run's epoch). */
export interface Restock {
  readonly units: number;
  readonly sentNs: number;
  /** Infinity when nobody knows. */
  readonly doneNs: number;
  /** False when nobody knows whether they came at all. */
  readonly certain: boolean;
}

/** One product with everything that concerns it. */
export interface ProductView {
  readonly index: number;
  readonly contract: ProductContract;
  /** `""` when the run has one product, else its id and a colon, to begin a sentence with. */
  readonly prefix: string;
  /** Units for sale when it opened. Two figures when contract and store disagree about them. */
  readonly initialLo: number;
  readonly initialHi: number;
  /** By the time they were asked for. */
  readonly restocks: readonly Restock[];
  /** Units for sale by the end: the initial ones and those restocked, certainly and at most. */
  readonly stockLo: number;
  readonly stockHi: number;
  readonly truth: TruthProduct | undefined;
  readonly orders: OrderList;
  /** Those of them of which more is known than refusals: all that may have sold or held anything. */
  readonly traced: readonly LogicalOrder[];
  /** Confirmed units that this run caused for certain. */
  readonly certainUnits: number;
  /** Units of pending rows under keys of this run. */
  readonly pendingUnits: number;
  /** Live units that may be of somebody else's traffic; 0 when the target is exclusive. */
  readonly foreignUnits: number;
  readonly strangers: readonly StrangerRow[];
  /** Live rows of this product under keys of this run whose orders wanted another product. */
  readonly otherRows: readonly TruthOrder[];
  /** Live rows under keys of this run that the store has under another person than the one who asked. */
  readonly misnamedRows: readonly TruthOrder[];
  /** Attempts for this product under the key of another order that were not refused. */
  readonly reuses: readonly KeyReuse[];
  /** When an order's last unit may have come back to the stock, ns; -Infinity when none did. */
  readonly lastReleaseNs: number;
  /** The same with restocks. */
  readonly lastReturnNs: number;
}

/** A {@link ProductView} while the evidence is being joined. */
export class ProductDraft implements ProductView {
  readonly index: number;
  readonly contract: ProductContract;
  readonly prefix: string;
  readonly initialLo: number;
  readonly initialHi: number;
  readonly restocks: readonly Restock[];
  readonly stockLo: number;
  readonly stockHi: number;
  readonly truth: TruthProduct | undefined;
  readonly orders: OrderList;
  readonly traced: LogicalOrder[] = [];
  certainUnits = 0;
  pendingUnits = 0;
  foreignUnits = 0;
  readonly strangers: StrangerRow[] = [];
  readonly otherRows: TruthOrder[] = [];
  readonly misnamedRows: TruthOrder[] = [];
  readonly reuses: KeyReuse[] = [];
  lastReleaseNs = Number.NEGATIVE_INFINITY;

  constructor(
    evidence: Evidence,
    truth: TruthSnapshot | undefined,
    contract: ProductContract,
    index: number,
    table: OrderTable,
  ) {
    this.index = index;
    this.orders = new OrderList(table);
    this.contract = contract;
    this.prefix = evidence.contract.products.length > 1 ? `${contract.id}: ` : '';
    this.truth = truth?.products.find(({ id }) => id === contract.id);
    const initial = this.truth?.initial ?? contract.stock;
    this.initialLo = Math.min(contract.stock, initial);
    this.initialHi = Math.max(contract.stock, initial);
    this.restocks = restocksOf(evidence, contract.id);
    this.stockLo = this.initialLo + unitsOf(this.restocks.filter(({ certain }) => certain));
    this.stockHi = this.initialHi + unitsOf(this.restocks);
  }

  get lastReturnNs(): number {
    return this.restocks.reduce((last, { doneNs }) => Math.max(last, doneNs), this.lastReleaseNs);
  }

  countUnits(row: TruthOrder, foreign: boolean): void {
    if (row.status === 'cancelled') return;
    if (foreign) this.foreignUnits += row.quantity;
    else if (row.status === 'pending') this.pendingUnits += row.quantity;
    else this.certainUnits += row.quantity;
  }

  noteRelease(atNs: number): void {
    this.lastReleaseNs = Math.max(this.lastReleaseNs, atNs);
  }
}

/** Why the stock of a product is not known exactly; undefined when it is. */
export function stockDoubt(product: ProductView): string | undefined {
  const { initialLo, initialHi, restocks } = product;
  if (initialLo !== initialHi) {
    return `contract and store disagree about the stock (${initialLo}, ${initialHi})`;
  }
  const units = unitsOf(restocks.filter(({ certain }) => !certain));
  return units === 0 ? undefined : `nobody knows whether ${units} units were restocked`;
}

function unitsOf(restocks: readonly Restock[]): number {
  return restocks.reduce((sum, { units }) => sum + units, 0);
}

function restocksOf({ events }: Evidence, productId: string): Restock[] {
  const restocks: Restock[] = [];
  for (const { event, outcome, sentNs, doneNs } of events) {
    if (event.kind !== 'restock' || event.productId !== productId || outcome === 'fail') continue;
    restocks.push({
      units: event.quantity,
      sentNs: Number.isNaN(sentNs) ? Number.NEGATIVE_INFINITY : sentNs,
      doneNs: outcome === 'info' || Number.isNaN(doneNs) ? Number.POSITIVE_INFINITY : doneNs,
      certain: outcome === 'ok',
    });
  }
  return restocks.sort((a, b) => a.sentNs - b.sentNs);
}
