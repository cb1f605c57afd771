import { wallClockMs } from '../../../core/clock.ts';
import { FlashsimError, messageOf } from '../../../core/errors.ts';
import { Secrets } from '../../../core/secrets.ts';
import { userIdOf } from '../../../history/attempt.ts';
import type { CheckRecord } from '../../../history/run-record.ts';
import type { TruthSnapshot } from '../../../history/truth.ts';
import type { TargetContext } from '../../reference/options.ts';
import { requireConsent } from '../../remote-consent.ts';
import { parseMysqlUrl } from '../../stores/mysql-url.ts';
import { postgresAddressOf } from '../../stores/postgres-url.ts';
import { ReadError, type ReadFailure } from '../../stores/read-only-store.ts';
import { redisAddressOf } from '../../stores/redis-url.ts';
import type { TlsMaterial } from '../../target.ts';
import type { Feeders } from '../template-spec.ts';
import { compileText } from '../templates/compile-request.ts';
import { shopperGetters } from '../templates/placeholders.ts';
import type { TruthOptions, TruthPart } from './options.ts';
import {
  ordersOf,
  productsOf,
  RowMistake,
  type RowReading,
  sessionsOf,
  type TruthRow,
} from './rows.ts';
import { httpSource, redisSource, type Source, sqlSource } from './sources.ts';

/** What a {@link TruthReader} is made with. */
export interface TruthReaderOptions {
  readonly truth: TruthOptions;
  readonly context: TargetContext;
  readonly baseUrl: string;
  readonly tls: TlsMaterial | undefined;
  readonly feeders: Feeders;
  /** When the run began: a query may leave older rows out. */
  readonly startedAtMs: number;
}

/** Throws REMOTE_NOT_ALLOWED for stores outside loopback without both consents, and for unreadable URLs. */
export function checkTruthHosts(truth: TruthOptions, context: TargetContext): void {
  const { postgres, mysql, redis, http } = truth;
  const allow = (host: string, name: string): void =>
    requireConsent(host, `\`target.http.truth.${name}\``, context);
  if (postgres !== undefined) allow(postgresAddressOf(postgres.url).host, 'postgres.url');
  if (mysql !== undefined) allow(parseMysqlUrl(mysql.url).host, 'mysql.url');
  if (redis !== undefined) allow(redisAddressOf(redis.url).host, 'redis.url');
  if (http?.baseUrl !== undefined) allow(new URL(http.baseUrl).hostname, 'http.baseUrl');
}

/** Opens what the truth comes from; nothing is asked yet. */
export async function openTruthReader(options: TruthReaderOptions): Promise<TruthReader> {
  const { truth, context, startedAtMs } = options;
  const { postgres, mysql, redis, http } = truth;
  const sourceContext = {
    products: context.products,
    runValues: {
      'run.id': context.runId,
      'run.startedAt': new Date(startedAtMs).toISOString(),
    },
  };
  const sources = [
    ...(postgres === undefined ? [] : [sqlSource('postgres', postgres, sourceContext)]),
    ...(mysql === undefined ? [] : [sqlSource('mysql', mysql, sourceContext)]),
    ...(redis === undefined ? [] : [await redisSource(redis, sourceContext)]),
    ...(http === undefined ? [] : [httpSource(http, sourceContext, options)]),
  ];
  return new TruthReader(sources, context, {
    products: context.products,
    statuses: truth.statuses ?? {},
    userOf: userNames(truth.user, options.feeders, context.runId),
  });
}

/** Who everybody is by what the store calls them. */
function userNames(
  template: string | undefined,
  feeders: Feeders,
  runId: string,
): RowReading['userOf'] {
  if (template === undefined) return undefined;
  const write = compileText(template, shopperGetters({ runId, feeders, setup: {} }, []));
  const people = Math.max(0, ...Object.values(feeders).map(({ rows }) => rows.length));
  const ids = new Map(
    Array.from({ length: people }, (_, user) => {
      const context = { userId: userIdOf(user), deviceId: '' };
      return [write({ context, session: [] }), userIdOf(user)] as const;
    }),
  );
  return (name) => ids.get(name);
}

/** Looks into the store of a user's own server, read-only. */
export class TruthReader {
  readonly #sources: readonly Source[];
  readonly #context: TargetContext;
  readonly #reading: RowReading;
  readonly #secrets: Secrets;

  constructor(sources: readonly Source[], context: TargetContext, reading: RowReading) {
    this.#sources = sources;
    this.#context = context;
    this.#reading = reading;
    this.#secrets = context.secrets ?? new Secrets();
  }

  /** Why there is no snapshot; undefined when there is one. */
  get hidden(): string | undefined {
    return this.#has('orders')
      ? undefined
      : 'target.http.truth shows no orders; a query for `orders` would';
  }

  #has(part: TruthPart): boolean {
    return this.#sources.some(({ parts }) => parts.includes(part));
  }

  /**
   * What the store holds now; undefined when it shows no orders: nothing can be joined then.
   *
   * @throws FlashsimError STORE_UNAVAILABLE or STORE_REFUSED, with the probe that failed
   */
  async read(): Promise<TruthSnapshot | undefined> {
    const rows: Partial<Record<TruthPart, readonly TruthRow[]>> = {};
    for (const source of this.#sources)
      Object.assign(rows, await source.read(this.#naming(source)));
    const { stock, orders, sessions } = rows;
    const part = <T>(name: TruthPart, read: () => T): T => this.#inPart(name, read);
    const snapshot = {
      // Rows come in any order: two snapshots of the same store have to be equal.
      products: part('stock', () => productsOf(stock ?? [], this.#reading)).sort(byId),
      orders: part('orders', () => ordersOf(orders ?? [], this.#reading)).sort(byId),
      ...(sessions === undefined ? {} : { sessions: part('sessions', () => sessionsOf(sessions)) }),
    };
    if (orders === undefined) return undefined;
    return {
      schemaVersion: 1,
      runId: this.#context.runId,
      takenAtMs: wallClockMs(),
      ...snapshot,
    };
  }

  #inPart<T>(part: TruthPart, read: () => T): T {
    try {
      return read();
    } catch (error) {
      const source = this.#sources.find(({ parts }) => parts.includes(part));
      throw explained(`${source?.name ?? ''}.${part}`, error, this.#secrets);
    }
  }

  #naming({ name }: Source): <T>(part: string, work: () => Promise<T>) => Promise<T> {
    return async (part, work) => {
      try {
        return await work();
      } catch (error) {
        throw explained(part === '' ? name : `${name}.${part}`, error, this.#secrets);
      }
    };
  }

  /** The user's own invariants. Never rejects: one that cannot be judged says why. */
  async checks(): Promise<readonly CheckRecord[]> {
    const found = await Promise.all(
      this.#sources.map((source) => source.check(this.#naming(source))),
    );
    return found.flat().map(({ name, check, value }) => ({
      name,
      expect: String(check.expect),
      value: value instanceof Error ? null : value,
      problem: value instanceof Error ? problemOf(value) : '',
    }));
  }

  close(): void {
    for (const source of this.#sources) source.close();
  }
}

function byId(a: { readonly id: string }, b: { readonly id: string }): number {
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}

function problemOf(error: Error): string {
  return error instanceof FlashsimError ? `${error.what} ${error.why ?? ''}`.trim() : error.message;
}

const fixes: Readonly<Record<ReadFailure, string>> = {
  unreachable: 'Start it, or correct the URL.',
  refused: 'Correct the query; it has to name tables and columns that this login may read.',
  write: 'A probe only reads: flashsim never changes a store of yours. Write a SELECT.',
  timeout: 'Ask for less, or add an index: a probe may take 20 s.',
};

/** An error of a source, with the place in the scenario that it is about. */
function explained(place: string, error: unknown, secrets: Secrets): Error {
  if (error instanceof FlashsimError) return error;
  const at = `\`target.http.truth.${place}\``;
  if (error instanceof ReadError) {
    const { kind, message } = error;
    return new FlashsimError(kind === 'unreachable' ? 'STORE_UNAVAILABLE' : 'STORE_REFUSED', {
      what: kind === 'write' ? `${at} tried to write.` : `${at} could not be read.`,
      why: `${kind === 'unreachable' ? 'No connection: ' : ''}${shortened(secrets.text(message))}`,
      fix: fixes[kind],
    });
  }
  if (error instanceof RowMistake) {
    return new FlashsimError('STORE_REFUSED', {
      what: `${at} cannot be read: ${secrets.text(error.message)}.`,
      fix:
        error.fix ?? 'Name the columns as docs/reference/own-server.md has them (SELECT … AS …).',
    });
  }
  const reply = secrets.text(messageOf(error));
  return new FlashsimError('STORE_UNAVAILABLE', {
    what: `${at} could not be read.`,
    why: shortened(reply),
    fix: 'Start the store, or correct its URL and the command.',
  });
}

function shortened(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ');
  return line.length > 200 ? `${line.slice(0, 199)}…` : line;
}
