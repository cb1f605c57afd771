import type { PostgresStore } from '../stores/postgres.ts';
import { openRedis, type RedisStore } from '../stores/redis.ts';
import { CacheDesk, type ServerProcesses } from './cache/cache-desk.ts';
import { type CacheBooks, createCacheBooks } from './cache/create-caches.ts';
import { type CacheSettings, cacheUses } from './cache/process-caches.ts';
import type { SaleDatabase } from './orders/order-database.ts';
import type { CacheUse } from './stock/stock-strategy.ts';

/** What the caches are seen with from outside the server. */
export interface TargetCachesParts {
  readonly settings: CacheSettings;
  readonly postgres: PostgresStore;
  readonly database: SaleDatabase;
  readonly processes: ServerProcesses;
}

/** The cached counts as the process that runs the target sees them: on connections of its own. */
export class TargetCaches {
  readonly desk: CacheDesk;
  readonly #redis: RedisStore | undefined;
  readonly #books: CacheBooks;
  readonly #uses: readonly (CacheUse | undefined)[];

  constructor({ settings, postgres, database, processes }: TargetCachesParts) {
    const { redis, schema: prefix, recovery, warmUp, strategies } = settings;
    this.#redis = redis === null ? undefined : openRedis(redis);
    const useOf = cacheUses(settings);
    this.#books = createCacheBooks(
      {
        postgres,
        database,
        redis: this.#redis,
        prefix,
        recovery,
        inFlightEverywhere: async (productId) =>
          (await processes.cacheReports(productId)).flatMap(({ inFlight }) => inFlight),
      },
      warmUp,
    );
    this.desk = new CacheDesk({ useOf, books: this.#books, processes });
    this.#uses = [useOf(''), ...strategies.map(([productId]) => useOf(productId))];
  }

  /** Whether an order's answer tells the stock right after it: a count that others undo does not. */
  get tellsExactly(): boolean {
    return !this.#uses.some((use) => use?.kind === 'redis' && use.stockIn === 'cache');
  }

  /** Redis, for whoever else looks at what the servers keep in it; undefined where there is none. */
  get redis(): RedisStore | undefined {
    return this.#redis;
  }

  /** Removes what the run left in a Redis that is not ours. */
  async drop(): Promise<void> {
    await this.#books.redis?.counter.clear();
  }

  close(): void {
    this.#redis?.close();
  }
}
