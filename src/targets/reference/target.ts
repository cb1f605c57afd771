import { randomBytes, randomUUID } from 'node:crypto';
import { defined } from '../../core/assert.ts';
import { wallClockMs } from '../../core/clock.ts';
import { FlashsimError, messageOf } from '../../core/errors.ts';
import type { Contract } from '../../history/contract.ts';
import type { SaleEvent } from '../../history/run-record.ts';
import type { TruthSnapshot } from '../../history/truth.ts';
import { openPostgres, type PostgresStore } from '../stores/postgres.ts';
import type {
  AppliedEvent,
  ControlSale,
  Fault,
  InjectedFault,
  ProtocolSpec,
  SaleTerms,
  Target,
} from '../target.ts';
import { restock, warmUp } from './apply-event.ts';
import { BackingStores, type StoreSpecs } from './backing-stores.ts';
import { checkOptions, serverConnections } from './check-options.ts';
import { connectionPlan } from './connection-plan.ts';
import { controlProductId } from './control-product.ts';
import { Faults } from './faults.ts';
import { openRegistry } from './gateway/gateway.ts';
import type { GatewayReport } from './gateway/gateway-report.ts';
import { promisedLimit } from './gateway/promised-limit.ts';
import { promisedRoom } from './gateway/promised-room.ts';
import type { ReferenceOptions, TargetContext } from './options.ts';
import { openOrderDatabase } from './orders/open-order-database.ts';
import type { SaleDatabase } from './orders/order-database.ts';
import { orderings } from './orders/orderings/registry.ts';
import { ordersOfServer } from './orders/server-orders.ts';
import { queueDepth } from './postgres/order-queue.ts';
import { createSchema, dropSchema, schemaNameOf } from './postgres/schema.ts';
import { PrimaryClient } from './primary-client.ts';
import { processesBy } from './processes-by.ts';
import type { ServerSettings } from './services.ts';
import { sessionDefaults } from './sessions/settings.ts';
import type { StockStrategyName } from './stock/registry.ts';
import { strategyDefaults } from './stock/settings.ts';
import { TargetCaches } from './target-caches.ts';

const host = '127.0.0.1';
/** Requests that one server process works on before it answers 503. */
const maxInFlight = 10_000;
const publishTimeoutMs = 250;
/**
 * How long a queued order may stay undecided: what the server promises. A backlog of the biggest
 * built-in opening is gone in a few seconds; the rest is for slow machines and killed processes.
 */
const completionMs = 30_000;

/** How the target is started, beyond what a scenario can say. */
export interface ReferenceExtras {
  /** Adds the routes of `serve`: the truth and new sales over HTTP. */
  readonly admin?: boolean;
}

/**
 * The bundled order server.
 *
 * @throws {FlashsimError} as {@link checkOptions} does
 */
export function createReferenceTarget(
  options: ReferenceOptions,
  context: TargetContext,
  extras: ReferenceExtras = {},
): Target {
  checkOptions(options, context);
  return new ReferenceTarget(options, context, extras);
}

class ReferenceTarget implements Target {
  readonly #options: ReferenceOptions;
  readonly #context: TargetContext;
  readonly #extras: ReferenceExtras;
  readonly #schema: string;
  readonly #stores: BackingStores;
  readonly #tokenKey = randomBytes(32).toString('base64url');
  #store: PostgresStore | undefined;
  #database: SaleDatabase | undefined;
  #ownsSchema = false;
  #caches: TargetCaches | undefined;
  #primary: PrimaryClient | undefined;
  #faults: Faults | undefined;
  #terms: SaleTerms | undefined;
  #starting: Promise<ProtocolSpec> | undefined;
  #stopping: Promise<readonly string[]> | undefined;

  constructor(options: ReferenceOptions, context: TargetContext, extras: ReferenceExtras) {
    this.#options = options;
    this.#context = context;
    this.#extras = extras;
    // The run id alone may be long or, on a shared server, somebody else's too.
    this.#schema = schemaNameOf(`${randomUUID().slice(0, 8)}_${context.runId}`);
    this.#stores = new BackingStores(options, {
      database: this.#schema,
      products: context.products,
    });
  }

  start(): Promise<ProtocolSpec> {
    this.#starting ??= this.#start();
    return this.#starting;
  }

  async #start(): Promise<ProtocolSpec> {
    this.#throwIfStopped();
    const specs = await this.#stores.start();
    this.#throwIfStopped();
    const store = openPostgres(specs.postgres, {
      poolMax: 1,
      applicationName: 'flashsim-truth',
      schema: this.#schema,
    });
    this.#store = store;
    const database = await this.#openOrders(specs.orders, store);
    this.#database = database;
    await this.#provision(store, database);
    this.#throwIfStopped();
    const primary = new PrimaryClient();
    this.#primary = primary;
    const { processes, port, sessions, rateLimiter, stock, ordering, threadPool } = this.#options;
    const poolMax = Math.max(1, Math.floor(serverConnections / processes));
    const settings: ServerSettings = {
      ...specs,
      schema: this.#schema,
      processes,
      poolMax,
      connections: connectionPlan(ordering, poolMax),
      ordering,
      publishTimeoutMs: this.#options.publishTimeoutMs ?? publishTimeoutMs,
      strategy: stock.strategy as StockStrategyName,
      strategies: Object.entries(stock.strategies ?? {}) as [string, StockStrategyName][],
      strategySettings: { ...strategyDefaults, ...stock.settings },
      warmUp: stock.warmUp ?? { kind: 'none' },
      recovery: stock.recovery ?? 'none',
      gateway: {
        sessions: { ...sessionDefaults, ...sessions },
        rateLimiter: rateLimiter ?? null,
        waitingRoom: this.#options.waitingRoom ?? null,
        tokenKey: this.#tokenKey,
      },
      threadPool,
      maxInFlight,
      admin: this.#extras.admin === true,
      trustProxy: this.#options.trustProxy === true,
    };
    const caches = new TargetCaches({
      settings,
      postgres: store,
      database,
      processes: processesBy((question) => primary.ask(question)),
    });
    this.#caches = caches;
    this.#faults = new Faults({
      primary,
      caches,
      stores: this.#stores,
      postgres: specs.postgres,
      hasMysql: specs.orders.kind === 'mysql',
      hasRedis: specs.redis !== null,
      schema: this.#schema,
    });
    const sale = { runId: this.#context.runId, opensAtMs: null, closesAtMs: null };
    const boundPort = await primary.start({ host, port, processes, settings, sale });
    return { target: 'reference', endpoint: { host, port: boundPort, tls: false }, basePath: '' };
  }

  async #openOrders(spec: StoreSpecs['orders'], store: PostgresStore): Promise<SaleDatabase> {
    if (spec.kind !== 'memory') {
      const applicationName = 'flashsim-truth';
      return openOrderDatabase(spec, { postgres: store, poolMax: 1, applicationName });
    }
    return ordersOfServer(async (question) => {
      const answer = await this.#running().ask({ kind: 'orders', question });
      if (answer.kind === 'orders') return answer.answer;
      throw new Error(answer.kind === 'not-done' ? answer.detail : 'the answer was not understood');
    });
  }

  async #provision(store: PostgresStore, database: SaleDatabase): Promise<void> {
    try {
      await createSchema(store, this.#schema);
      this.#ownsSchema = true;
      await database.create(this.#context.products);
    } catch (error) {
      if (error instanceof FlashsimError) throw error;
      throw new FlashsimError('STORE_UNAVAILABLE', {
        what: 'The tables of the order server could not be created.',
        why: messageOf(error),
        fix: 'See that the user may create schemas and tables, and that the server stays up.',
      });
    }
  }

  /** A stop in the middle of the start must not leave behind what the start would still begin. */
  #throwIfStopped(): void {
    if (this.#stopping === undefined) return;
    throw new FlashsimError('INTERRUPTED', {
      what: 'The order server was stopped while it started.',
      fix: 'Start again.',
    });
  }

  contract(): Contract {
    const { sessions, rateLimiter, waitingRoom, ordering } = this.#options;
    const { maximumSessions, onExceed, tokens } = { ...sessionDefaults, ...sessions };
    const closesAtMs = this.#terms?.closesAtMs;
    return {
      products: this.#context.products,
      graceMs: 0,
      ...(tokens.kind === 'jwt' ? { sessionLifeMs: tokens.ttlMs } : {}),
      endsOnLogout: true,
      exactRemaining: this.#caches?.tellsExactly ?? true,
      rejectsKeyReuse: true,
      ...(orderings[ordering].queues === 'none' ? {} : { completionMs }),
      ...(maximumSessions === undefined ? {} : { maximumSessions, onExceed }),
      ...(rateLimiter === undefined ? {} : { rateLimit: promisedLimit(rateLimiter) }),
      ...(waitingRoom === undefined ? {} : { waitingRoom: promisedRoom(waitingRoom) }),
      ...(this.#terms === undefined ? {} : { opensAtMs: this.#terms.opensAtMs }),
      ...(closesAtMs === undefined ? {} : { closesAtMs }),
    };
  }

  async openSale(terms: SaleTerms): Promise<void> {
    const { runId, opensAtMs, closesAtMs } = terms;
    const sale = { runId, opensAtMs, closesAtMs: closesAtMs ?? null };
    const answer = await this.#running().ask({ kind: 'set-sale', sale });
    if (answer.kind !== 'done') {
      throw new FlashsimError('TARGET_UNAVAILABLE', {
        what: 'The order server could not be told when to open.',
        ...(answer.kind === 'not-done' ? { why: answer.detail } : {}),
        fix: 'Run again; if it happens again, the machine may be overloaded.',
      });
    }
    this.#terms = terms;
  }

  inject(fault: Fault, over: AbortSignal): Promise<InjectedFault> {
    return defined(this.#faults, 'the faults of a started target').inject(fault, over);
  }

  async apply(event: SaleEvent): Promise<AppliedEvent> {
    switch (event.kind) {
      case 'close':
        return this.#close();
      case 'restock':
        return restock(event, { database: this.#database, caches: this.#caches?.desk });
      case 'warm-up':
        return warmUp(event.productId, this.#caches?.desk);
    }
  }

  /** What the contract says of closing stays as it was: the event tells when it took effect. */
  async #close(): Promise<AppliedEvent> {
    const primary = this.#primary;
    const terms = this.#terms;
    if (primary === undefined || terms === undefined) {
      return { outcome: 'fail', detail: 'there is no sale that could be closed' };
    }
    const closesAtMs = Math.min(wallClockMs(), terms.closesAtMs ?? Number.POSITIVE_INFINITY);
    const { runId, opensAtMs } = terms;
    const sale = { runId, opensAtMs, closesAtMs };
    const answer = await primary.ask({ kind: 'set-sale', sale });
    return answer.kind === 'done'
      ? { outcome: 'ok', detail: 'the sale is closed' }
      : { outcome: 'info', detail: answer.kind === 'not-done' ? answer.detail : answer.kind };
  }

  async control(stock: number): Promise<ControlSale> {
    const database = this.#startedDatabase();
    await database.insertProducts([{ id: controlProductId, stock }]);
    const truth = (): Promise<TruthSnapshot> => database.truth(this.#runId(), 'control');
    return { productId: controlProductId, truth };
  }

  async inFlight(): Promise<number | undefined> {
    const answer = await this.#running().ask({ kind: 'in-flight' });
    if (answer.kind !== 'count') return undefined;
    if (orderings[this.#options.ordering].queues === 'none') return answer.count;
    // After the requests: one that was under way has queued its order by now.
    return answer.count + (await queueDepth(this.#startedStore()));
  }

  async truth(): Promise<TruthSnapshot> {
    const rows = await this.#startedDatabase().truth(this.#runId());
    const orders = (await this.#caches?.desk.truth(rows)) ?? rows;
    return { ...orders, ...(await this.#gatewayTruth()) };
  }

  /** Sessions are read where they are, so that a dying server process cannot hide them. */
  async #gatewayTruth(): Promise<Pick<TruthSnapshot, 'sessions' | 'limiter'>> {
    const { sessions, rateLimiter } = this.#options;
    const wanted = { ...sessionDefaults, ...sessions };
    const isInMemory = wanted.store === 'memory';
    const report = isInMemory || rateLimiter?.failOpen === true ? await this.#report() : undefined;
    const stores = {
      postgres: this.#startedStore(),
      redis: this.#caches?.redis,
      schema: this.#schema,
    };
    const found = isInMemory ? report?.sessions : await openRegistry(wanted, stores).truth();
    return {
      ...(found === null || found === undefined ? {} : { sessions: found }),
      ...(rateLimiter?.failOpen === true && report !== undefined
        ? { limiter: { failedOpen: report.failedOpen } }
        : {}),
    };
  }

  async #report(): Promise<GatewayReport | undefined> {
    const answer = await this.#running().ask({ kind: 'gateway-report' });
    return answer.kind === 'gateway-report' ? answer.report : undefined;
  }

  #runId(): string {
    return this.#terms?.runId ?? this.#context.runId;
  }

  #startedStore(): PostgresStore {
    return defined(this.#store, 'the PostgreSQL of a started target');
  }

  #startedDatabase(): SaleDatabase {
    return defined(this.#database, 'the database of a started target');
  }

  incidents(): readonly string[] {
    return [...this.#stores.warnings(), ...(this.#primary?.incidents() ?? [])];
  }

  processIds(): readonly number[] {
    return [...(this.#primary?.processIds() ?? []), ...this.#stores.processIds()];
  }

  stop(): Promise<readonly string[]> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<readonly string[]> {
    await this.#faults?.stop();
    // What has been started so far can go at once; the rest of the start is waited for.
    await this.#primary?.stop();
    await this.#starting?.catch(() => undefined);
    await this.#primary?.stop();
    const left = await this.#removeFromOwnServers();
    this.#caches?.close();
    await this.#database?.close().catch(() => undefined);
    await this.#store?.close().catch(() => undefined);
    await this.#stores.stop();
    return left;
  }

  /** From servers that outlive the run. What was left there, and why. */
  async #removeFromOwnServers(): Promise<readonly string[]> {
    const left: string[] = [];
    const remove = async (what: string, removal: Promise<void> | undefined): Promise<void> => {
      try {
        await removal;
      } catch (error) {
        left.push(`${what} could not be removed: ${messageOf(error)}`);
      }
    };
    const store = this.#store;
    if (store !== undefined && this.#ownsSchema && !this.#stores.isPostgresPrivate) {
      await remove(`schema ${this.#schema} of your PostgreSQL`, dropSchema(store, this.#schema));
    }
    if (!this.#stores.areOrdersPrivate) {
      await remove(`database ${this.#schema} of your MySQL`, this.#database?.drop());
    }
    if (this.#stores.redis === undefined) {
      await remove(`keys ${this.#schema}:* of your Redis`, this.#caches?.drop());
    }
    return left;
  }

  #running(): PrimaryClient {
    return defined(this.#primary, 'the process of a started target');
  }
}
