import type { ProductContract } from '../../history/contract.ts';
import type { EmbeddedPostgres } from '../stores/embedded-postgres.ts';
import type { MysqlConnection } from '../stores/mysql-url.ts';
import { checkPostgres, type PostgresConnection } from '../stores/postgres.ts';
import type { PrivateMysql } from '../stores/private-mysql.ts';
import type { RedisConnection } from '../stores/redis-connection.ts';
import type { RedisServer } from '../stores/redis-server.ts';
import { gatewayUsesRedis } from './gateway/uses-redis.ts';
import type { ReferenceOptions } from './options.ts';
import type { OrderDatabaseSpec } from './orders/open-order-database.ts';
import { usesRedis } from './stock/registry.ts';

/** Where the servers' stores listen. Plain, because it crosses process borders. */
export interface StoreSpecs {
  readonly postgres: PostgresConnection | string;
  /** null where nothing needs it. */
  readonly redis: RedisConnection | string | null;
  readonly orders: OrderDatabaseSpec;
}

/** What the stores of one run hold. */
interface StoredSale {
  /** A name that no other run has: lower-case letters, digits and `_`, at most 63. */
  readonly database: string;
  readonly products: readonly ProductContract[];
}

/**
 * The database servers behind the order server: those of the user's own, looked at once, and those
 * that flashsim starts for the run and ends after it.
 */
export class BackingStores {
  readonly #options: ReferenceOptions;
  readonly #sale: StoredSale;
  readonly #warnings: string[] = [];
  #postgres: EmbeddedPostgres | undefined;
  #mysql: PrivateMysql | undefined;
  #redis: RedisServer | undefined;

  constructor(options: ReferenceOptions, sale: StoredSale) {
    this.#options = options;
    this.#sale = sale;
  }

  /**
   * Starts or looks up every server that the settings need.
   *
   * @throws {FlashsimError} STORE_UNAVAILABLE when one cannot be started or reached
   */
  async start(): Promise<StoreSpecs> {
    // One after the other: what was started before a failure is there for stop() to end.
    const postgres = await this.#startPostgres();
    const { strategy, strategies = {} } = this.#options.stock;
    const { sessions, rateLimiter } = this.#options;
    const needsRedis =
      [strategy, ...Object.values(strategies)].some(usesRedis) ||
      gatewayUsesRedis(sessions, rateLimiter);
    const redis = needsRedis ? await this.#startRedis() : null;
    return { postgres, redis, orders: await this.#startOrders() };
  }

  async #startPostgres(): Promise<StoreSpecs['postgres']> {
    const url = this.#options.stores.postgres;
    if (url !== undefined) {
      await checkPostgres(url);
      return url;
    }
    const { startEmbeddedPostgres } = await import('../stores/embedded-postgres.ts');
    this.#postgres = await startEmbeddedPostgres();
    return this.#postgres.connection;
  }

  async #startOrders(): Promise<OrderDatabaseSpec> {
    const { store } = this.#options.stock;
    const { database, products } = this.#sale;
    switch (store) {
      case 'postgres':
        return { kind: store };
      case 'mysql':
        return { kind: store, connection: await this.#startMysql(), database };
      case 'memory':
        return { kind: store, products };
    }
  }

  async #startMysql(): Promise<MysqlConnection> {
    const url = this.#options.stores.mysql;
    if (url !== undefined) {
      const { checkMysql } = await import('../stores/check-mysql.ts');
      return (await checkMysql(url)).connection;
    }
    const { startPrivateMysql } = await import('../stores/private-mysql.ts');
    this.#mysql = await startPrivateMysql();
    return this.#mysql.connection;
  }

  async #startRedis(): Promise<RedisConnection | string> {
    const url = this.#options.stores.redis;
    if (url !== undefined) {
      const { checkRedis } = await import('../stores/check-redis.ts');
      this.#warnings.push(...(await checkRedis(url)).warnings);
      return url;
    }
    const { startRedisServer } = await import('../stores/redis-server.ts');
    this.#redis = await startRedisServer();
    return this.#redis.connection;
  }

  /** The private Redis, for faults; undefined when there is none, or it is the user's own. */
  get redis(): RedisServer | undefined {
    return this.#redis;
  }

  /** What a run should know of the servers that it was given. */
  warnings(): readonly string[] {
    return this.#warnings;
  }

  /** True when everything that the run left in PostgreSQL goes with its server. */
  get isPostgresPrivate(): boolean {
    return this.#postgres !== undefined;
  }

  /** The private PostgreSQL, for faults; undefined when it is the user's own. */
  get postgres(): EmbeddedPostgres | undefined {
    return this.#postgres;
  }

  /** The private MySQL, for faults; undefined when there is none, or it is the user's own. */
  get mysql(): PrivateMysql | undefined {
    return this.#mysql;
  }

  /** True when the orders go with a server of the run's own, or with its processes. */
  get areOrdersPrivate(): boolean {
    return this.#options.stock.store === 'mysql' ? this.#mysql !== undefined : true;
  }

  /** Of the servers that were started. */
  processIds(): readonly number[] {
    return [this.#postgres, this.#mysql, this.#redis].flatMap((server) =>
      server === undefined ? [] : [server.pid],
    );
  }

  /** Ends what {@link start} began. May be called twice. */
  async stop(): Promise<void> {
    await Promise.all([this.#postgres?.stop(), this.#mysql?.stop(), this.#redis?.stop()]);
  }
}
