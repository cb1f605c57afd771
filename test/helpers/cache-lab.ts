import type { ServerProcesses } from '../../src/targets/reference/cache/cache-desk.ts';
import { ProcessCaches } from '../../src/targets/reference/cache/process-caches.ts';
import { type Failpoints, noFailpoints } from '../../src/targets/reference/failpoints.ts';
import type { OrderDatabase } from '../../src/targets/reference/orders/order-database.ts';
import { createSchema, resetGate } from '../../src/targets/reference/postgres/schema.ts';
import type { RecoveryPolicyName } from '../../src/targets/reference/stock/recovery/registry.ts';
import type { StockStrategyName } from '../../src/targets/reference/stock/registry.ts';
import {
  type StrategySettings,
  strategyDefaults,
  type WarmUpSetting,
} from '../../src/targets/reference/stock/settings.ts';
import type {
  StockStrategy,
  StockStrategyEntry,
} from '../../src/targets/reference/stock/stock-strategy.ts';
import { startEmbeddedPostgres } from '../../src/targets/stores/embedded-postgres.ts';
import { openPostgres, type PostgresStore } from '../../src/targets/stores/postgres.ts';
import {
  findRedisServer,
  type RedisServer,
  startRedisServer,
} from '../../src/targets/stores/redis-server.ts';
import { ensureProgram } from './ensure-program.ts';

const schema = 'flashsim_caches';

/** A server process as a test sees it: a strategy with the caches that it has there. */
export interface LabProcess {
  readonly strategy: StockStrategy;
  readonly caches: ProcessCaches;
}

/** How the processes count. Whatever is left out is as a scenario that says nothing has it. */
export interface LabOptions {
  readonly recovery?: RecoveryPolicyName;
  readonly warmUp?: WarmUpSetting;
  readonly settings?: Partial<StrategySettings>;
  readonly failpoints?: Failpoints;
  /** What is told without being asked. */
  readonly tell?: (incident: string) => void;
}

/** A real Redis and the books of the caches in a real PostgreSQL, for strategies of any order store. */
export class CacheLab {
  readonly redis: RedisServer;
  readonly postgres: PostgresStore;
  readonly #ends: (() => Promise<void> | void)[];

  private constructor(
    redis: RedisServer,
    postgres: PostgresStore,
    ends: (() => Promise<void> | void)[],
  ) {
    this.redis = redis;
    this.postgres = postgres;
    this.#ends = ends;
  }

  static async open(): Promise<CacheLab> {
    await ensureProgram({ find: findRedisServer, aptPackage: 'redis-server' });
    const server = await startEmbeddedPostgres();
    const postgres = openPostgres(server.connection, { poolMax: 4, schema });
    await createSchema(postgres, schema);
    const redis = await startRedisServer();
    return new CacheLab(redis, postgres, [
      () => postgres.close(),
      () => server.stop(),
      () => redis.stop(),
    ]);
  }

  /** As before the first sale. */
  async forget(): Promise<void> {
    await this.redis.flush();
    await resetGate(this.postgres);
  }

  /** As many server processes of a strategy as there are databases. */
  processes(
    entry: StockStrategyEntry,
    databases: readonly OrderDatabase[],
    options: LabOptions = {},
  ): readonly LabProcess[] {
    const made: LabProcess[] = [];
    const processes: ServerProcesses = {
      cacheReports: (productId) => Promise.all(made.map(({ caches }) => caches.report(productId))),
      warmUpMemories: async (productId) => {
        await Promise.all(made.map(({ caches }) => caches.warmUpMemory(productId)));
      },
    };
    const { recovery = 'from-orders', warmUp = { kind: 'none' } } = options;
    const strategySettings = { ...strategyDefaults, ...options.settings };
    for (const [index, database] of databases.entries()) {
      const caches = new ProcessCaches({
        settings: {
          redis: this.redis.connection,
          schema,
          processes: databases.length,
          strategy: entry.name as StockStrategyName,
          strategies: [],
          strategySettings,
          warmUp,
          recovery,
        },
        postgres: this.postgres,
        database,
        instance: index + 1,
        processes,
        tell: options.tell ?? (() => undefined),
      });
      this.#ends.unshift(() => caches.close());
      const strategy = entry.create({
        store: database.orders,
        settings: strategySettings,
        failpoints: options.failpoints ?? noFailpoints,
        caches: caches.strategies,
      });
      made.push({ strategy, caches });
    }
    return made;
  }

  async close(): Promise<void> {
    for (const end of this.#ends) await end();
  }
}
