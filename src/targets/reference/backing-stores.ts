import type { EmbeddedPostgres } from '../stores/embedded-postgres.ts';
import { checkPostgres, type PostgresConnection } from '../stores/postgres.ts';
import type { ReferenceOptions } from './options.ts';
import type { OrderDatabaseSpec } from './orders/open-order-database.ts';

/** Where the servers' stores listen. Plain, because it crosses process borders. */
export interface StoreSpecs {
  readonly postgres: PostgresConnection | string;
  readonly orders: OrderDatabaseSpec;
}

/**
 * The database servers behind the order server: those of the user's own, looked at once, and those
 * that flashsim starts for the run and ends after it.
 */
export class BackingStores {
  readonly #options: ReferenceOptions;
  #postgres: EmbeddedPostgres | undefined;

  constructor(options: ReferenceOptions) {
    this.#options = options;
  }

  /**
   * Starts or looks up every server that the settings need.
   *
   * @throws {FlashsimError} STORE_UNAVAILABLE when one cannot be started or reached
   */
  async start(): Promise<StoreSpecs> {
    return { postgres: await this.#startPostgres(), orders: { kind: 'postgres' } };
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

  /** True when everything that the run left in PostgreSQL goes with its server. */
  get isPostgresPrivate(): boolean {
    return this.#postgres !== undefined;
  }

  /** The PostgreSQL that was started for the run; undefined when it is the user's own. */
  get privatePostgres(): EmbeddedPostgres | undefined {
    return this.#postgres;
  }

  /** Of the servers that were started. */
  processIds(): readonly number[] {
    return this.#postgres === undefined ? [] : [this.#postgres.pid];
  }

  /** Ends what {@link start} began. May be called twice. */
  async stop(): Promise<void> {
    await this.#postgres?.stop();
  }
}
