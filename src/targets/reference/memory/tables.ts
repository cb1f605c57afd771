import { assert, defined } from '../../../core/assert.ts';
import { wallClockMs } from '../../../core/clock.ts';
import type { ProductContract } from '../../../history/contract.ts';
import type { LedgerEntry } from '../../../history/truth.ts';
import { controlProductId } from '../control-product.ts';
import type { OrderTruth, TruthScope } from '../orders/order-database.ts';
import type { StoredOrder } from '../orders/order-store.ts';
import { RowLocks } from './row-locks.ts';

/** A product as the tables hold it. */
export interface ProductRow {
  readonly id: string;
  /** Units at first. */
  readonly initial: number;
  readonly stock: number;
  readonly limitPerUser: number | undefined;
  /** How often the row was written. */
  readonly version: number;
}

/** A ledger row that is not numbered yet. */
export type Movement = Omit<LedgerEntry, 'seq'>;

/** What a transaction changes, to be applied at once. */
export interface Changes {
  readonly products: ReadonlyMap<string, ProductRow>;
  readonly orders: ReadonlyMap<string, OrderRow>;
  /** Units per {@link quotaKey}. */
  readonly quota: ReadonlyMap<string, number>;
  readonly ledger: readonly Movement[];
}

/** An order as the tables hold it; what it left of the stock is in the ledger. */
export type OrderRow = Omit<StoredOrder, 'remaining'>;

/** The row that counts what a user has of a product. */
export function quotaKey(userId: string, productId: string): string {
  return JSON.stringify([userId, productId]);
}

/** The committed state of one sale, and the locks of its rows. Every method is one synchronous step. */
export class MemoryTables {
  readonly locks = new RowLocks();
  readonly #products = new Map<string, ProductRow>();
  readonly #orders = new Map<string, OrderRow>();
  readonly #keysById = new Map<string, string>();
  readonly #quota = new Map<string, number>();
  readonly #ledger: LedgerEntry[] = [];
  /** Stock after an order, by the order's key. */
  readonly #remaining = new Map<string, number>();
  /** When an order was made, by the order's key; wall clock, ms since 1970. */
  readonly #createdAtMs = new Map<string, number>();

  /** An id that is taken is an error. */
  insertProducts(products: readonly ProductContract[]): void {
    for (const { id, stock, limitPerUser } of products) {
      assert(!this.#products.has(id), `the product ${id} is new`);
      this.#products.set(id, { id, initial: stock, stock, limitPerUser, version: 0 });
    }
  }

  product(id: string): ProductRow | undefined {
    return this.#products.get(id);
  }

  existingProduct(id: string): ProductRow {
    return defined(this.#products.get(id), 'the product');
  }

  orderByKey(key: string): StoredOrder | undefined {
    const row = this.#orders.get(key);
    return row === undefined ? undefined : { ...row, remaining: this.#remaining.get(key) };
  }

  orderById(id: string): StoredOrder | undefined {
    const key = this.#keysById.get(id);
    return key === undefined ? undefined : this.orderByKey(key);
  }

  used(userId: string, productId: string): number {
    return this.#quota.get(quotaKey(userId, productId)) ?? 0;
  }

  /** All of it or, when this process dies before, nothing. */
  commit({ products, orders, quota, ledger }: Changes): void {
    for (const [id, row] of products) this.#products.set(id, row);
    for (const [key, row] of orders) {
      if (!this.#orders.has(key)) this.#createdAtMs.set(key, wallClockMs());
      this.#orders.set(key, row);
      this.#keysById.set(row.orderId, key);
    }
    for (const [key, used] of quota) this.#quota.set(key, used);
    for (const movement of ledger) {
      this.#ledger.push({ seq: this.#ledger.length + 1, ...movement });
      const { key, delta, stockAfter } = movement;
      if (key !== null && delta < 0) this.#remaining.set(key, stockAfter);
    }
  }

  truth(runId: string, scope: TruthScope = 'sale'): OrderTruth {
    const inScope = (productId: string): boolean =>
      (productId === controlProductId) === (scope === 'control');
    return {
      schemaVersion: 1,
      runId,
      takenAtMs: wallClockMs(),
      products: [...this.#products.values()]
        .filter(({ id }) => inScope(id))
        .map(({ id, initial, stock }) => ({ id, initial, remaining: stock }))
        .sort((a, b) => (a.id < b.id ? -1 : 1)),
      orders: [...this.#orders.values()]
        .filter(({ productId }) => inScope(productId))
        .map(({ orderId, ...order }) => ({
          id: orderId,
          ...order,
          createdAtMs: defined(this.#createdAtMs.get(order.key), 'when the order was made'),
        })),
      ledger: this.#ledger.filter(({ productId }) => inScope(productId)),
    };
  }
}
