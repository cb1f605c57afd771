import { setImmediate as nextTurn } from 'node:timers/promises';
import { assert } from '../../../core/assert.ts';
import type {
  Claim,
  OrderRequest,
  OrderStore,
  OrderTransaction,
  StockMovement,
  StoredOrder,
  VersionedStock,
} from '../orders/order-store.ts';
import {
  type MemoryTables,
  type Movement,
  type OrderRow,
  type ProductRow,
  quotaKey,
} from './tables.ts';

type KeyedMovement = Omit<StockMovement, 'key'> & { readonly key: string | null };

/**
 * A transaction over the tables, as a database at read committed has it: what it reads is committed or
 * its own, what it writes is locked from then on and seen by others once all of it is. Every step gives
 * way to the other requests first, as a round trip to a database does: that is where they race.
 */
class MemoryTransaction {
  readonly #tables: MemoryTables;
  readonly #locked = new Set<string>();
  readonly #products = new Map<string, ProductRow>();
  readonly #orders = new Map<string, OrderRow>();
  readonly #quota = new Map<string, number>();
  readonly #ledger: Movement[] = [];

  constructor(tables: MemoryTables) {
    this.#tables = tables;
  }

  async claim(order: OrderRequest, limitPerUser: number | undefined): Promise<Claim> {
    const { orderId, key, userId, productId, quantity } = order;
    await this.#lock('key', key);
    if (this.#tables.orderByKey(key) !== undefined) return 'key-taken';
    const quota = quotaKey(userId, productId);
    await this.#lock('quota', quota);
    const used = this.#tables.used(userId, productId) + quantity;
    if (limitPerUser !== undefined && used > limitPerUser) return 'limit-per-user';
    this.#orders.set(key, { orderId, key, userId, productId, quantity, status: 'confirmed' });
    this.#quota.set(quota, used);
    return 'claimed';
  }

  async withdraw({ key, userId, productId, quantity }: StoredOrder): Promise<boolean> {
    await this.#lock('key', key);
    const order = this.#tables.orderByKey(key);
    if (order?.status !== 'confirmed') return false;
    const quota = quotaKey(userId, productId);
    await this.#lock('quota', quota);
    const { orderId } = order;
    const status = 'cancelled';
    this.#orders.set(key, { orderId, key, userId, productId, quantity, status });
    this.#quota.set(quota, this.#tables.used(userId, productId) - quantity);
    return true;
  }

  async readStock(productId: string): Promise<number> {
    await nextTurn();
    return this.#product(productId).stock;
  }

  async lockStock(productId: string): Promise<number> {
    await this.#lock('stock', productId);
    return this.#product(productId).stock;
  }

  async writeStock(movement: KeyedMovement, stockAfter: number): Promise<void> {
    await this.#lock('stock', movement.productId);
    this.#write(movement, stockAfter);
  }

  async moveStock(movement: KeyedMovement): Promise<number | undefined> {
    const { productId, delta } = movement;
    await this.#lock('stock', productId);
    const stockAfter = this.#product(productId).stock + delta;
    if (delta < 0 && stockAfter < 0) return undefined;
    this.#write(movement, stockAfter);
    return stockAfter;
  }

  async readVersioned(productId: string): Promise<VersionedStock> {
    await nextTurn();
    const { stock, version } = this.#product(productId);
    return { stock, version };
  }

  async writeVersioned(
    movement: StockMovement,
    stockAfter: number,
    version: number,
  ): Promise<boolean> {
    await this.#lock('stock', movement.productId);
    if (this.#product(movement.productId).version !== version) return false;
    this.#write(movement, stockAfter);
    return true;
  }

  async adjustStock(movement: StockMovement): Promise<number> {
    await this.#lock('stock', movement.productId);
    const stockAfter = this.#product(movement.productId).stock + movement.delta;
    this.#write(movement, stockAfter);
    return stockAfter;
  }

  async recordMovement(
    { key, productId, delta }: StockMovement,
    stockAfter: number,
  ): Promise<void> {
    await nextTurn();
    this.#ledger.push({ key, productId, delta, stockAfter });
  }

  commit(): void {
    this.#tables.commit({
      products: this.#products,
      orders: this.#orders,
      quota: this.#quota,
      ledger: this.#ledger,
    });
  }

  /** After the commit, or instead of it. */
  release(): void {
    this.#tables.locks.release(this.#locked);
  }

  async #lock(table: 'key' | 'quota' | 'stock', row: string): Promise<void> {
    await nextTurn();
    const name = `${table} ${row}`;
    await this.#tables.locks.acquire(name, this);
    this.#locked.add(name);
  }

  #product(id: string): ProductRow {
    return this.#products.get(id) ?? this.#tables.existingProduct(id);
  }

  #write({ productId, key, delta }: KeyedMovement, stockAfter: number): void {
    const row = this.#product(productId);
    this.#products.set(productId, { ...row, stock: stockAfter, version: row.version + 1 });
    this.#ledger.push({ key, productId, delta, stockAfter });
  }
}

/** The port of a transaction: a plain object, because whoever decorates it spreads it. */
function stepsOf(tx: MemoryTransaction): OrderTransaction {
  return {
    claim: (order, limitPerUser) => tx.claim(order, limitPerUser),
    withdraw: (order) => tx.withdraw(order),
    readStock: (productId) => tx.readStock(productId),
    lockStock: (productId) => tx.lockStock(productId),
    writeStock: (movement, stockAfter) => tx.writeStock(movement, stockAfter),
    moveStock: (movement) => tx.moveStock(movement),
    readVersioned: (productId) => tx.readVersioned(productId),
    writeVersioned: (movement, stockAfter, version) =>
      tx.writeVersioned(movement, stockAfter, version),
    adjustStock: (movement) => tx.adjustStock(movement),
    recordMovement: (movement, stockAfter) => tx.recordMovement(movement, stockAfter),
  };
}

/** Runs `work`; its effects are kept when it returns `commit: true`, and undone otherwise. */
async function inTransaction<T>(
  tables: MemoryTables,
  work: (tx: MemoryTransaction) => Promise<{ readonly commit: boolean; readonly value: T }>,
): Promise<T> {
  const tx = new MemoryTransaction(tables);
  try {
    const { commit, value } = await work(tx);
    await nextTurn();
    if (commit) tx.commit();
    return value;
  } finally {
    tx.release();
  }
}

async function movedStock(
  tables: MemoryTables,
  movement: KeyedMovement,
): Promise<number | undefined> {
  return inTransaction(tables, async (tx) => ({
    commit: true,
    value: await tx.moveStock(movement),
  }));
}

/**
 * Adds units to a product on sale in one atomic step, with a ledger row that belongs to no order.
 * The stock afterwards, or undefined when there is no such product.
 */
export async function restock(
  tables: MemoryTables,
  productId: string,
  quantity: number,
): Promise<number | undefined> {
  if (tables.product(productId) === undefined) return undefined;
  return movedStock(tables, { productId, delta: quantity, key: null });
}

/** The order store in this process's memory. `current` gives the tables of the sale that is on. */
export function createMemoryOrderStore(current: () => MemoryTables): OrderStore {
  return {
    outlook: async ({ key, productId, userId }) => {
      await nextTurn();
      const tables = current();
      const product = tables.product(productId);
      return {
        committed: tables.orderByKey(key),
        product:
          product === undefined
            ? undefined
            : { stock: product.stock, limitPerUser: product.limitPerUser },
        used: tables.used(userId, productId),
      };
    },
    transaction: (work, mode = { kind: 'default' }) => {
      // The strategies that need more do not name this store: validation lets none come here.
      assert(mode.kind === 'default', `the memory store has no ${mode.kind} transactions`);
      return inTransaction(current(), (tx) => work(stepsOf(tx)));
    },
    readStock: async (productId) => {
      await nextTurn();
      return current().existingProduct(productId).stock;
    },
    writeStock: (movement, stockAfter) =>
      inTransaction(current(), async (tx) => {
        await tx.writeStock(movement, stockAfter);
        return { commit: true, value: undefined };
      }),
    moveStock: (movement) => movedStock(current(), movement),
  };
}
