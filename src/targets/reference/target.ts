import { randomBytes, randomUUID } from 'node:crypto';
import { defined } from '../../core/assert.ts';
import { sleep, wallClockMs } from '../../core/clock.ts';
import { FlashsimError, messageOf } from '../../core/errors.ts';
import type { Contract, RateLimitContract } from '../../history/contract.ts';
import type { SaleEvent } from '../../history/run-record.ts';
import type { TruthSnapshot } from '../../history/truth.ts';
import { type LimiterSettings, quotaOf } from '../../policies/limiters/limiter-settings.ts';
import { requireConsent } from '../remote-consent.ts';
import { isConnectionLost, openPostgres, type PostgresStore } from '../stores/postgres.ts';
import { postgresAddressOf } from '../stores/postgres-url.ts';
import type {
  AppliedEvent,
  ControlSale,
  Fault,
  InjectedFault,
  ProtocolSpec,
  SaleTerms,
  Target,
} from '../target.ts';
import { BackingStores } from './backing-stores.ts';
import { controlProductId } from './control-product.ts';
import type { GatewayLimit } from './gateway/limit-settings.ts';
import type { ReferenceOptions, TargetContext } from './options.ts';
import { openOrderDatabase } from './orders/open-order-database.ts';
import type { OrderDatabase } from './orders/order-database.ts';
import { queueDepth } from './postgres/order-queue.ts';
import { createSchema, dropSchema, schemaNameOf } from './postgres/schema.ts';
import { postgresRegistry } from './postgres/session-registry.ts';
import { PrimaryClient } from './primary-client.ts';
import { connectionsOf } from './queue-consumer.ts';
import type { ServerSettings } from './services.ts';
import { sessionDefaults } from './sessions/settings.ts';
import { type StockStrategyName, stockStrategies } from './stock/registry.ts';
import { strategyDefaults } from './stock/settings.ts';

const host = '127.0.0.1';
/** Connections that all server processes share: 20 less one for the truth and one to spare. */
const serverConnections = 18;
/** Requests that one server process works on before it answers 503. */
const maxInFlight = 10_000;
/** Queue consumers of one server process, where there are connections for them. */
const consumersPerProcess = 2;
/**
 * How long a queued order may stay undecided: what the server promises. A backlog of the biggest
 * built-in opening is gone in a few seconds; the rest is for slow machines and killed processes.
 */
const completionMs = 30_000;
/** A restock that takes longer may still happen: nobody knows. */
const restockTimeoutMs = 10_000;
/** What faults call the processes that answer requests. */
const orderServer = 'order-server';

/** How the target is started, beyond what a scenario can say. */
export interface ReferenceExtras {
  /** Adds the routes of `serve`: the truth and new sales over HTTP. */
  readonly admin?: boolean;
}

/**
 * The bundled order server. Throws SCENARIO_INVALID for settings that cannot work and
 * REMOTE_NOT_ALLOWED for a PostgreSQL elsewhere without both consents.
 */
export function createReferenceTarget(
  options: ReferenceOptions,
  context: TargetContext,
  extras: ReferenceExtras = {},
): Target {
  checkStrategies(options.stock);
  checkProcesses(options);
  if (context.products.some(({ id }) => id === controlProductId)) {
    throw new FlashsimError('SCENARIO_INVALID', {
      what: `A product is called \`${controlProductId}\`.`,
      why: 'That is the product of the positive control.',
      fix: 'Give it another `id`.',
    });
  }
  const url = options.stores.postgres;
  if (url !== undefined) requireConsent(postgresAddressOf(url).host, 'PostgreSQL', context);
  return new ReferenceTarget(options, context, extras);
}

function checkStrategies({ strategy, strategies = {} }: ReferenceOptions['stock']): void {
  const unknown = [strategy, ...Object.values(strategies)].find(
    (name) => !Object.hasOwn(stockStrategies, name),
  );
  if (unknown === undefined) return;
  throw new FlashsimError('SCENARIO_INVALID', {
    what: `There is no stock strategy \`${unknown}\`.`,
    fix: `Use one of: ${Object.keys(stockStrategies).join(', ')}.`,
  });
}

function checkProcesses({ processes, ordering }: ReferenceOptions): void {
  const connections = 1 + (ordering === 'async' ? connectionsOf(1) : 0);
  const most = Math.floor(serverConnections / connections);
  if (Number.isInteger(processes) && processes >= 1 && processes <= most) return;
  throw new FlashsimError('SCENARIO_INVALID', {
    what: `\`processes\` is ${processes}.`,
    why: `Every process needs ${connections} database connection(s) with \`ordering: ${ordering}\`, and all share ${serverConnections}.`,
    fix: `Use an integer from 1 to ${most}.`,
  });
}

/** As many consumers as leave a connection for the requests. */
function consumersFor(poolMax: number): number {
  return connectionsOf(consumersPerProcess) < poolMax ? consumersPerProcess : 1;
}

/**
 * What a limiter promises. Those that only come near one are held to it: a bucket that refills in whole
 * seconds to a bucket, two weighed counters to a sliding window.
 */
function promisedLimit({ limiter, key }: GatewayLimit): RateLimitContract {
  const algorithms: Partial<Record<LimiterSettings['algorithm'], string>> = {
    'spring-cloud-gateway': 'token-bucket',
    'sliding-counter': 'sliding-window',
  };
  const algorithm = algorithms[limiter.algorithm] ?? limiter.algorithm;
  return { algorithm, key, ...quotaOf(limiter), operations: ['order', 'page'] };
}

class ReferenceTarget implements Target {
  readonly #options: ReferenceOptions;
  readonly #context: TargetContext;
  readonly #extras: ReferenceExtras;
  readonly #schema: string;
  readonly #stores: BackingStores;
  readonly #tokenKey = randomBytes(32).toString('base64url');
  #store: PostgresStore | undefined;
  #database: OrderDatabase | undefined;
  #ownsSchema = false;
  #primary: PrimaryClient | undefined;
  #terms: SaleTerms | undefined;
  #starting: Promise<ProtocolSpec> | undefined;
  #stopping: Promise<void> | undefined;

  constructor(options: ReferenceOptions, context: TargetContext, extras: ReferenceExtras) {
    this.#options = options;
    this.#context = context;
    this.#extras = extras;
    this.#stores = new BackingStores(options);
    // The run id alone may be long or, on a shared server, somebody else's too.
    this.#schema = schemaNameOf(`${randomUUID().slice(0, 8)}_${context.runId}`);
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
    const database = await openOrderDatabase(specs.orders, store);
    this.#database = database;
    await this.#provision(store, database);
    this.#throwIfStopped();
    const primary = new PrimaryClient();
    this.#primary = primary;
    const { processes, port, sessions, rateLimiter, stock, ordering } = this.#options;
    const poolMax = Math.max(1, Math.floor(serverConnections / processes));
    const settings: ServerSettings = {
      ...specs,
      schema: this.#schema,
      poolMax,
      consumers: ordering === 'async' ? consumersFor(poolMax) : 0,
      strategy: stock.strategy as StockStrategyName,
      strategies: Object.entries(stock.strategies ?? {}) as [string, StockStrategyName][],
      strategySettings: { ...strategyDefaults, ...stock.settings },
      gateway: {
        sessions: { ...sessionDefaults, ...sessions },
        rateLimiter: rateLimiter ?? null,
        tokenKey: this.#tokenKey,
      },
      maxInFlight,
      admin: this.#extras.admin === true,
    };
    const sale = { runId: this.#context.runId, opensAtMs: null, closesAtMs: null };
    const boundPort = await primary.start({ host, port, processes, settings, sale });
    return { target: 'reference', endpoint: { host, port: boundPort, tls: false }, basePath: '' };
  }

  async #provision(store: PostgresStore, database: OrderDatabase): Promise<void> {
    try {
      await createSchema(store, this.#schema);
      this.#ownsSchema = true;
      await database.create();
      await database.reset(this.#context.products);
    } catch (error) {
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
    const { sessions, rateLimiter, ordering } = this.#options;
    const { maximumSessions, onExceed } = { ...sessionDefaults, ...sessions };
    const closesAtMs = this.#terms?.closesAtMs;
    return {
      products: this.#context.products,
      graceMs: 0,
      exactRemaining: true,
      rejectsKeyReuse: true,
      ...(ordering === 'async' ? { completionMs } : {}),
      ...(maximumSessions === undefined ? {} : { maximumSessions, onExceed }),
      ...(rateLimiter === undefined ? {} : { rateLimit: promisedLimit(rateLimiter) }),
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

  async inject(fault: Fault): Promise<InjectedFault> {
    if (fault.service !== orderServer) {
      return { fired: false, detail: `there is no service \`${fault.service}\`` };
    }
    const { delayMs, durationMs } = fault.kind === 'slow' ? fault : { delayMs: 0, durationMs: 0 };
    const answer = await this.#running().ask(
      fault.kind === 'kill' ? { kind: 'kill' } : { kind: 'slow', delayMs, durationMs },
    );
    if (answer.kind === 'count') return { fired: false, detail: 'the answer was not understood' };
    return { fired: answer.kind === 'done', detail: answer.detail };
  }

  async apply(event: SaleEvent): Promise<AppliedEvent> {
    return event.kind === 'close' ? this.#close() : this.#restock(event);
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

  /**
   * In the database itself, as a back office would: one atomic step, which a strategy that reads and
   * writes without a lock in the database can overwrite.
   */
  async #restock(event: Extract<SaleEvent, { kind: 'restock' }>): Promise<AppliedEvent> {
    const { productId, quantity } = event;
    if (this.#database === undefined) return { outcome: 'fail', detail: 'there is no sale yet' };
    const unknown = { outcome: 'fail', detail: `there is no product \`${productId}\`` } as const;
    if (productId === controlProductId) return unknown;
    const patience = new AbortController();
    try {
      // The row may be locked by a server process that hangs.
      const late = sleep(restockTimeoutMs, patience.signal).then(() => 'late' as const);
      const stock = await Promise.race([this.#database.restock(productId, quantity), late]);
      if (stock === 'late') return { outcome: 'info', detail: 'the database did not answer' };
      return stock === undefined
        ? unknown
        : { outcome: 'ok', detail: `the stock was ${stock} then` };
    } catch (error) {
      // What the database refused, it did not do.
      return { outcome: isConnectionLost(error) ? 'info' : 'fail', detail: messageOf(error) };
    } finally {
      patience.abort();
    }
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
    if (this.#options.ordering === 'sync') return answer.count;
    // After the requests: one that was under way has queued its order by now.
    return answer.count + (await queueDepth(this.#startedStore()));
  }

  async truth(): Promise<TruthSnapshot> {
    const orders = await this.#startedDatabase().truth(this.#runId());
    return {
      ...orders,
      sessions: await postgresRegistry(this.#startedStore(), sessionDefaults).truth(),
    };
  }

  #runId(): string {
    return this.#terms?.runId ?? this.#context.runId;
  }

  #startedStore(): PostgresStore {
    return defined(this.#store, 'the PostgreSQL of a started target');
  }

  #startedDatabase(): OrderDatabase {
    return defined(this.#database, 'the database of a started target');
  }

  incidents(): readonly string[] {
    return this.#primary?.incidents() ?? [];
  }

  processIds(): readonly number[] {
    return [...(this.#primary?.processIds() ?? []), ...this.#stores.processIds()];
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    // What has been started so far can go at once; the rest of the start is waited for.
    await this.#primary?.stop();
    await this.#starting?.catch(() => undefined);
    await this.#primary?.stop();
    const store = this.#store;
    try {
      if (store !== undefined && this.#ownsSchema && !this.#stores.isPostgresPrivate) {
        await dropSchema(store, this.#schema);
      }
      await this.#database?.drop();
    } finally {
      await this.#database?.close().catch(() => undefined);
      await store?.close().catch(() => undefined);
      await this.#stores.stop();
    }
  }

  #running(): PrimaryClient {
    return defined(this.#primary, 'the process of a started target');
  }
}
