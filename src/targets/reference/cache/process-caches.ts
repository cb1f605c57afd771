import { wallClockMs } from '../../../core/clock.ts';
import { messageOf } from '../../../core/errors.ts';
import type { PostgresStore } from '../../stores/postgres.ts';
import { openRedis, type RedisStore } from '../../stores/redis.ts';
import type { RedisConnection } from '../../stores/redis-connection.ts';
import { controlProductId } from '../control-product.ts';
import type { OrderDatabase } from '../orders/order-database.ts';
import type { RecoveryPolicyName } from '../stock/recovery/registry.ts';
import { type StockStrategyName, stockStrategy } from '../stock/registry.ts';
import type { StrategySettings, WarmUpSetting } from '../stock/settings.ts';
import type { CacheUse } from '../stock/stock-strategy.ts';
import { CacheDesk, type CacheReport, type ServerProcesses } from './cache-desk.ts';
import { createServerCaches, type ServerCaches } from './create-caches.ts';
import type { StrategyCaches } from './strategy-caches.ts';

/** What the settings of a server say of its caches. Plain, because it crosses process borders. */
export interface CacheSettings {
  /** null where nothing needs it. */
  readonly redis: RedisConnection | string | null;
  /** Name of the run in every store: all keys in Redis begin with it. */
  readonly schema: string;
  /** Server processes that share the port. */
  readonly processes: number;
  readonly strategy: StockStrategyName;
  /** Products with a strategy of their own. */
  readonly strategies: readonly (readonly [productId: string, name: StockStrategyName])[];
  readonly strategySettings: StrategySettings;
  readonly warmUp: WarmUpSetting;
  readonly recovery: RecoveryPolicyName;
}

/** What the caches of a server process are made with. */
export interface ProcessCachesParts {
  readonly settings: CacheSettings;
  readonly postgres: PostgresStore;
  readonly database: OrderDatabase;
  readonly instance: number;
  readonly processes: ServerProcesses;
  /** Tells whoever started the server what went wrong without anybody having asked. */
  readonly tell: (incident: string) => void;
}

/** How the strategy of each product caches its stock. */
export function cacheUses({
  strategy,
  strategies,
}: Pick<CacheSettings, 'strategy' | 'strategies'>): (productId: string) => CacheUse | undefined {
  const byProduct = new Map(strategies);
  return (productId) =>
    productId === controlProductId
      ? undefined
      : stockStrategy(byProduct.get(productId) ?? strategy)?.cache;
}

/** The caches of one server process, as its routes and its primary use them. */
export class ProcessCaches {
  readonly desk: CacheDesk;
  readonly #parts: ProcessCachesParts;
  readonly #redis: RedisStore | undefined;
  readonly #caches: ServerCaches;
  readonly #useOf: (productId: string) => CacheUse | undefined;
  #runId: string | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(parts: ProcessCachesParts) {
    const { settings, postgres, database, instance, processes } = parts;
    this.#parts = parts;
    this.#redis = settings.redis === null ? undefined : openRedis(settings.redis);
    this.#useOf = cacheUses(settings);
    const cacheParts = {
      postgres,
      database,
      redis: this.#redis,
      prefix: settings.schema,
      recovery: settings.recovery,
      inFlightEverywhere: async (productId: string) =>
        (await processes.cacheReports(productId)).flatMap(({ inFlight }) => inFlight),
    };
    this.#caches = createServerCaches(cacheParts, settings.warmUp, settings.strategySettings.lock, {
      instance,
      count: settings.processes,
    });
    this.desk = new CacheDesk({ useOf: this.#useOf, books: this.#caches.books, processes });
  }

  get strategies(): StrategyCaches {
    return this.#caches.strategies;
  }

  async report(productId: string): Promise<CacheReport> {
    const { local, strategies } = this.#caches;
    const inFlight = await strategies.inFlight.report(productId);
    const units = local.all().get(productId) ?? null;
    return { instance: this.#parts.instance, units, inFlight };
  }

  /** Loads what this process counts in its memory; nothing for what is counted elsewhere. */
  async warmUpMemory(productId: string): Promise<void> {
    const { process, share } = this.#caches.strategies;
    const kind = this.#useOf(productId)?.kind;
    if (kind === 'process') await process.loader.warmUp(productId);
    if (kind === 'share') {
      await share.loader.fill(productId);
      await share.claimMore(productId);
    }
  }

  /** Forgets every count: those in Redis too. */
  async forget(): Promise<void> {
    await this.#caches.local.clear();
    await this.#caches.books.redis?.counter.clear();
  }

  /** Hears of the sale: counts of another one are void, and a scheduled warm-up is due before it opens. */
  onSale({
    runId,
    opensAtMs,
  }: {
    readonly runId: string;
    readonly opensAtMs: number | null;
  }): void {
    if (this.#runId !== undefined && this.#runId !== runId) void this.#caches.local.clear();
    this.#runId = runId;
    clearTimeout(this.#timer);
    const { warmUp } = this.#parts.settings;
    if (warmUp.kind !== 'scheduled' || opensAtMs === null) return;
    const waitMs = Math.max(0, opensAtMs - warmUp.leadMs - wallClockMs());
    this.#timer = setTimeout(() => {
      this.#warmUpOnTime().catch((error: unknown) => {
        this.#parts.tell(`the scheduled warm-up failed: ${messageOf(error)}`);
      });
    }, waitMs);
    this.#timer.unref();
  }

  /** Of what is counted in Redis the first process takes care; of its memory each one. */
  async #warmUpOnTime(): Promise<void> {
    const { database, instance } = this.#parts;
    const { warmUps } = this.#caches.books;
    const { products } = await database.truth('warm-up');
    for (const { id } of products) {
      const kind = this.#useOf(id)?.kind;
      if (kind === 'process' || kind === 'share') {
        await this.warmUpMemory(id);
        await warmUps.noteWarm(id);
      }
      // One that replaces a process that died must not do again what that one has done.
      if (kind === 'redis' && instance === 1 && !(await warmUps.isWarm(id))) {
        await this.desk.warmUp(id);
      }
    }
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#redis?.close();
  }
}
