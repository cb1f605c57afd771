import type { OrderRequest } from '../orders/order-store.ts';
import type { AnnouncedLoad, LoadableCounter, LoadedCount, Take } from './stock-counter.ts';

interface Count {
  units: number;
  supply: number;
  /** Units by the key that took them from this count. */
  readonly taken: Map<string, number>;
  /** Units by the user who took them. */
  readonly used: Map<string, number>;
}

/** Counts in the memory of this process: every call is one step, because nothing in it waits. */
export class ProcessCounter implements LoadableCounter {
  readonly #counts = new Map<string, Count>();
  readonly #loads = new Map<string, string>();

  read(productId: string): Promise<number | undefined> {
    return Promise.resolve(this.#counts.get(productId)?.units);
  }

  /** Units of every product that has a count. */
  all(): ReadonlyMap<string, number> {
    return new Map([...this.#counts].map(([id, { units }]) => [id, units]));
  }

  write(productId: string, units: number): Promise<void> {
    this.#countOf(productId).units = units;
    return Promise.resolve();
  }

  adjust(productId: string, delta: number): Promise<number> {
    const count = this.#countOf(productId);
    count.units += delta;
    return Promise.resolve(count.units);
  }

  take(order: OrderRequest, limitPerUser: number | undefined): Promise<Take> {
    return Promise.resolve(this.#take(order, limitPerUser));
  }

  #take({ productId, key, userId, quantity }: OrderRequest, limit: number | undefined): Take {
    const count = this.#counts.get(productId);
    if (count === undefined) return { kind: 'not-loaded' };
    if (count.taken.has(key)) return { kind: 'already-taken' };
    const used = count.used.get(userId) ?? 0;
    if (limit !== undefined && used + quantity > limit) return { kind: 'limit-per-user' };
    if (count.units < quantity) return { kind: 'sold-out' };
    count.units -= quantity;
    count.taken.set(key, quantity);
    count.used.set(userId, used + quantity);
    return { kind: 'taken', remaining: count.units };
  }

  undo(order: OrderRequest): Promise<number | undefined> {
    const { productId, quantity } = order;
    const count = this.#counts.get(productId);
    if (count === undefined) this.#loads.delete(productId);
    else if (forget(count, order)) count.units += quantity;
    return Promise.resolve(count?.units);
  }

  putBack(
    order: Pick<OrderRequest, 'productId' | 'key' | 'userId' | 'quantity'>,
  ): Promise<number | undefined> {
    const { productId, quantity } = order;
    const count = this.#counts.get(productId);
    if (count === undefined) this.#loads.delete(productId);
    else {
      forget(count, order);
      count.units += quantity;
    }
    return Promise.resolve(count?.units);
  }

  beginLoad({ productId, token, replace }: AnnouncedLoad): Promise<'begun' | 'there' | 'busy'> {
    if (replace) this.#counts.delete(productId);
    else if (this.#counts.has(productId)) return Promise.resolve('there');
    else if (this.#loads.has(productId)) return Promise.resolve('busy');
    this.#loads.set(productId, token);
    return Promise.resolve('begun');
  }

  finishLoad({ productId, token, replace }: AnnouncedLoad, loaded: LoadedCount): Promise<boolean> {
    if (this.#loads.get(productId) !== token) return Promise.resolve(false);
    this.#loads.delete(productId);
    if (!replace && this.#counts.has(productId)) return Promise.resolve(false);
    const { units, supply } = loaded;
    const count: Count = { units, supply, taken: new Map(), used: new Map() };
    for (const { key, userId, delta } of loaded.taken) {
      count.taken.set(key, -delta);
      count.used.set(userId, (count.used.get(userId) ?? 0) - delta);
    }
    this.#counts.set(productId, count);
    return Promise.resolve(true);
  }

  abandonLoad({ productId, token }: AnnouncedLoad): Promise<void> {
    if (this.#loads.get(productId) === token) this.#loads.delete(productId);
    return Promise.resolve();
  }

  supply(productId: string, supply: number): Promise<void> {
    const count = this.#counts.get(productId);
    if (count === undefined) this.#loads.delete(productId);
    else if (supply > count.supply) {
      count.units += supply - count.supply;
      count.supply = supply;
    }
    return Promise.resolve();
  }

  clear(): Promise<void> {
    this.#counts.clear();
    this.#loads.clear();
    return Promise.resolve();
  }

  #countOf(productId: string): Count {
    const count = this.#counts.get(productId) ?? {
      units: 0,
      supply: 0,
      taken: new Map<string, number>(),
      used: new Map<string, number>(),
    };
    this.#counts.set(productId, count);
    return count;
  }
}

/** Whether the key had taken anything from this count. */
function forget(
  { taken, used }: Count,
  { key, userId, quantity }: Pick<OrderRequest, 'key' | 'userId' | 'quantity'>,
): boolean {
  if (!taken.delete(key)) return false;
  used.set(userId, (used.get(userId) ?? 0) - quantity);
  return true;
}
