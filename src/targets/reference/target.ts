import { randomUUID } from 'node:crypto';
import { defined } from '../../core/assert.ts';
import { FlashsimError, messageOf } from '../../core/errors.ts';
import type { Contract } from '../../history/contract.ts';
import type { TruthSnapshot } from '../../history/truth.ts';
import { requireConsent } from '../remote-consent.ts';
import type { EmbeddedPostgres } from '../stores/embedded-postgres.ts';
import { checkPostgres, openPostgres, type PostgresStore } from '../stores/postgres.ts';
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
import type { ReferenceOptions, TargetContext } from './options.ts';
import { createSchema, dropSchema, resetSale, schemaNameOf } from './postgres/schema.ts';
import { readTruth } from './postgres/truth.ts';
import { PrimaryClient } from './primary-client.ts';
import type { ServerSettings } from './services.ts';
import { type StockStrategyName, stockStrategies } from './stock/registry.ts';

const host = '127.0.0.1';
/** Connections that all server processes share: 20 less one for the truth and one to spare. */
const serverConnections = 18;
/** Requests that one server process works on before it answers 503. */
const maxInFlight = 10_000;
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
  const { strategy } = options.stock;
  if (!Object.hasOwn(stockStrategies, strategy)) {
    throw new FlashsimError('SCENARIO_INVALID', {
      what: `There is no stock strategy \`${strategy}\`.`,
      fix: `Use one of: ${Object.keys(stockStrategies).join(', ')}.`,
    });
  }
  const { processes } = options;
  if (!Number.isInteger(processes) || processes < 1 || processes > serverConnections) {
    throw new FlashsimError('SCENARIO_INVALID', {
      what: `\`processes\` is ${processes}.`,
      why: 'Every process needs a database connection, and all share a small number of them.',
      fix: `Use an integer from 1 to ${serverConnections}.`,
    });
  }
  const url = options.stores.postgres;
  if (url !== undefined) requireConsent(postgresAddressOf(url).host, 'PostgreSQL', context);
  return new ReferenceTarget(options, context, extras);
}

class ReferenceTarget implements Target {
  readonly #options: ReferenceOptions;
  readonly #context: TargetContext;
  readonly #extras: ReferenceExtras;
  readonly #schema: string;
  #embedded: EmbeddedPostgres | undefined;
  #store: PostgresStore | undefined;
  #ownsSchema = false;
  #primary: PrimaryClient | undefined;
  #terms: SaleTerms | undefined;
  #starting: Promise<ProtocolSpec> | undefined;
  #stopping: Promise<void> | undefined;

  constructor(options: ReferenceOptions, context: TargetContext, extras: ReferenceExtras) {
    this.#options = options;
    this.#context = context;
    this.#extras = extras;
    // The run id alone may be long or, on a shared server, somebody else's too.
    this.#schema = schemaNameOf(`${randomUUID().slice(0, 8)}_${context.runId}`);
  }

  start(): Promise<ProtocolSpec> {
    this.#starting ??= this.#start();
    return this.#starting;
  }

  async #start(): Promise<ProtocolSpec> {
    this.#throwIfStopped();
    const database = await this.#startDatabase();
    this.#throwIfStopped();
    const store = openPostgres(database, {
      poolMax: 1,
      applicationName: 'flashsim-truth',
      schema: this.#schema,
    });
    this.#store = store;
    await this.#provision(store);
    this.#throwIfStopped();
    const primary = new PrimaryClient();
    this.#primary = primary;
    const { processes, port, sessions, rateLimiter, stock } = this.#options;
    const settings: ServerSettings = {
      database,
      schema: this.#schema,
      poolMax: Math.max(1, Math.floor(serverConnections / processes)),
      strategy: stock.strategy as StockStrategyName,
      sessions,
      rateLimiter: rateLimiter ?? null,
      maxInFlight,
      admin: this.#extras.admin === true,
    };
    const sale = { runId: this.#context.runId, opensAtMs: null, closesAtMs: null };
    const boundPort = await primary.start({ host, port, processes, settings, sale });
    return { target: 'reference', endpoint: { host, port: boundPort, tls: false }, basePath: '' };
  }

  async #startDatabase(): Promise<ServerSettings['database']> {
    const url = this.#options.stores.postgres;
    if (url !== undefined) {
      await checkPostgres(url);
      return url;
    }
    const { startEmbeddedPostgres } = await import('../stores/embedded-postgres.ts');
    this.#embedded = await startEmbeddedPostgres();
    return this.#embedded.connection;
  }

  async #provision(store: PostgresStore): Promise<void> {
    try {
      await createSchema(store, this.#schema);
      this.#ownsSchema = true;
      await resetSale(store, this.#context.products);
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
    const { sessions, rateLimiter } = this.#options;
    const { maximumSessions, onExceed } = sessions;
    const closesAtMs = this.#terms?.closesAtMs;
    return {
      products: this.#context.products,
      graceMs: 0,
      ...(maximumSessions === undefined ? {} : { maximumSessions, onExceed }),
      ...(rateLimiter === undefined
        ? {}
        : {
            rateLimit: {
              algorithm: rateLimiter.algorithm,
              key: rateLimiter.key,
              limit: rateLimiter.burstCapacity,
              // The window in which an empty bucket fills: limit / window is the refill rate.
              windowMs: (rateLimiter.burstCapacity * 1000) / rateLimiter.replenishRatePerS,
            },
          }),
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

  apply(): Promise<AppliedEvent> {
    return Promise.resolve({ outcome: 'fail', detail: 'not built yet' });
  }

  control(): Promise<ControlSale | undefined> {
    return Promise.resolve(undefined);
  }

  async inFlight(): Promise<number | undefined> {
    const answer = await this.#running().ask({ kind: 'in-flight' });
    return answer.kind === 'count' ? answer.count : undefined;
  }

  async truth(): Promise<TruthSnapshot> {
    const runId = this.#terms?.runId ?? this.#context.runId;
    return readTruth(defined(this.#store, 'the database of a started target'), runId);
  }

  incidents(): readonly string[] {
    return this.#primary?.incidents() ?? [];
  }

  processIds(): readonly number[] {
    const database = this.#embedded === undefined ? [] : [this.#embedded.pid];
    return [...(this.#primary?.processIds() ?? []), ...database];
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
      if (store !== undefined && this.#ownsSchema && this.#embedded === undefined) {
        await dropSchema(store, this.#schema);
      }
    } finally {
      await store?.close().catch(() => undefined);
      await this.#embedded?.stop();
    }
  }

  #running(): PrimaryClient {
    return defined(this.#primary, 'the process of a started target');
  }
}
