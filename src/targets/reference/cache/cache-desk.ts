import type { TruthProduct } from '../../../history/truth.ts';
import type { OrderTruth } from '../orders/order-database.ts';
import type { CacheUse } from '../stock/stock-strategy.ts';
import type { CacheBooks } from './create-caches.ts';
import type { InFlightUnits } from './in-flight.ts';

/** What one server process tells of a product. */
export interface CacheReport {
  readonly instance: number;
  /** Units that it counts in its own memory; null when it has no count. */
  readonly units: number | null;
  readonly inFlight: readonly InFlightUnits[];
}

/** What only the server processes know or can do, all of them asked at once. */
export interface ServerProcesses {
  /** @throws {Error} when one does not answer */
  cacheReports(productId: string): Promise<readonly CacheReport[]>;
  /** Has every process load what it counts in its memory. @throws {Error} when one could not */
  warmUpMemories(productId: string): Promise<void>;
}

/** What the desk works with. */
export interface CacheDeskParts {
  /** How the strategy of a product caches its stock; undefined when it does not. */
  readonly useOf: (productId: string) => CacheUse | undefined;
  readonly books: CacheBooks;
  readonly processes: ServerProcesses;
}

/** Where a back office deals with cached counts: warm-ups, restocks, and what they show. */
export class CacheDesk {
  readonly #useOf: CacheDeskParts['useOf'];
  readonly #books: CacheBooks;
  readonly #processes: ServerProcesses;

  constructor({ useOf, books, processes }: CacheDeskParts) {
    this.#useOf = useOf;
    this.#books = books;
    this.#processes = processes;
  }

  /** Whether the product has a count beside the database. */
  isCached(productId: string): boolean {
    const kind = this.#useOf(productId)?.kind;
    return kind !== undefined && kind !== 'redis-lock';
  }

  /**
   * Loads the counts of a product, over those that are there. What it did, in words; undefined when
   * nothing is cached.
   *
   * @throws {Error} when a cache or a process did not do its part
   */
  async warmUp(productId: string): Promise<string | undefined> {
    const use = this.#useOf(productId);
    const { redis, warmUps } = this.#books;
    switch (use?.kind) {
      case undefined:
      case 'redis-lock':
        return undefined;
      case 'redis': {
        const units = (await redis?.loader.warmUp(productId)) ?? 0;
        await warmUps.noteWarm(productId);
        return `Redis has ${units} units of ${productId}`;
      }
      case 'process':
      case 'share':
        await this.#processes.warmUpMemories(productId);
        await warmUps.noteWarm(productId);
        return `every server process has loaded ${productId}`;
    }
  }

  /** Brings units that the database has already to where they are counted. */
  async restocked(productId: string): Promise<void> {
    const use = this.#useOf(productId);
    if (use?.kind !== 'redis' && use?.kind !== 'share') return;
    const { initial, restocked } = await this.#books.tally(productId);
    const supply = initial + restocked;
    if (use.kind === 'share') await this.#books.shares.supply(productId, supply);
    else await this.#books.redis?.counter.supply(productId, supply);
  }

  /** Units that a buyer would find of a product whose stock is a count; undefined where the database tells. */
  async remaining(productId: string): Promise<number | undefined> {
    const use = this.#useOf(productId);
    if (use?.kind !== 'redis' || use.stockIn !== 'cache') return undefined;
    return this.#books.redis?.counter.read(productId);
  }

  /** Adds to what the database holds what the caches do. Writes nothing. */
  async truth(truth: OrderTruth): Promise<OrderTruth> {
    if (!truth.products.some(({ id }) => this.isCached(id))) return truth;
    const products = await Promise.all(truth.products.map((product) => this.#withCache(product)));
    return { ...truth, products };
  }

  async #withCache(product: TruthProduct): Promise<TruthProduct> {
    const { id } = product;
    const use = this.#useOf(id);
    switch (use?.kind) {
      case undefined:
      case 'redis-lock':
        return product;
      case 'process':
        return { ...product, cached: await this.#inMemories(id, (units) => Math.max(...units)) };
      case 'share': {
        const total = (units: readonly number[]): number => units.reduce((a, b) => a + b, 0);
        const claimed = await this.#inMemories(id, total);
        const unclaimed = await this.#books.shares.unclaimed(id);
        const isKnown = claimed !== null && unclaimed !== undefined;
        return { ...product, cached: isKnown ? claimed + unclaimed : null };
      }
      case 'redis': {
        const cached = (await this.#books.redis?.counter.read(id)) ?? null;
        // Where there is no count, what is left is what the next buyer would have loaded.
        if (use.stockIn === 'database') return { ...product, cached };
        const remaining = cached ?? (await this.#books.figure(id)).units;
        return { ...product, remaining, cached, ledgerOrdered: false };
      }
    }
  }

  /** null when no process has a count, or not all of them answer. */
  async #inMemories(
    productId: string,
    combine: (units: readonly number[]) => number,
  ): Promise<number | null> {
    const reports = await this.#processes.cacheReports(productId).catch(() => []);
    const units = reports.flatMap((report) => (report.units === null ? [] : [report.units]));
    return units.length === 0 ? null : combine(units);
  }
}
