import { compileJsonPath } from '../../../core/json-path.ts';
import type { ProductContract } from '../../../history/contract.ts';
import { mysqlReader } from '../../stores/mysql-reader.ts';
import { postgresReader } from '../../stores/postgres-reader.ts';
import { ReadError, type ReadOnlySession } from '../../stores/read-only-store.ts';
import type { RedisStore } from '../../stores/redis.ts';
import type { TlsMaterial } from '../../target.ts';
import { fetchText } from '../fetch-text.ts';
import { fillRunText } from '../sale-requests.ts';
import type {
  HttpSource,
  RedisSource,
  RowsRequest,
  SqlCheck,
  SqlSource,
  TruthPart,
} from './options.ts';
import { truthParts } from './options.ts';
import { isReadOnlySql } from './read-only-sql.ts';
import { isReadCommand, wordsOf } from './redis-commands.ts';
import { numberIn, RowMistake, type TruthRow } from './rows.ts';

/** What one source answered, by what it was asked for. */
type SourceRows = Readonly<Partial<Record<TruthPart, readonly TruthRow[]>>>;

/** What a user's own query came to. */
interface CheckValue {
  readonly name: string;
  readonly check: SqlCheck;
  /** The number, or why there is none. */
  readonly value: number | Error;
}

/** Tells where something went wrong: `orders`, `checks.unpaid`. */
type Naming = <T>(part: string, work: () => Promise<T>) => Promise<T>;

/** A place that parts of the truth come from. */
export interface Source {
  /** As it is called in the scenario. */
  readonly name: string;
  readonly parts: readonly TruthPart[];
  /** Everything that it is asked for, at one instant where it can. */
  read(naming: Naming): Promise<SourceRows>;
  /** The user's own queries; empty when there are none. */
  check(naming: Naming): Promise<readonly CheckValue[]>;
  close(): void;
}

/** What texts of the scenario are filled with, and what is on sale. */
export interface SourceContext {
  readonly runValues: Readonly<Record<string, string>>;
  readonly products: readonly ProductContract[];
}

const statementTimeoutMs = 20_000;
const readTimeoutMs = 30_000;
const answerBytesMax = 512 * 1024 * 1024;

/** A PostgreSQL or a MySQL. */
export function sqlSource(
  name: 'postgres' | 'mysql',
  source: SqlSource,
  { runValues }: SourceContext,
): Source {
  const open = name === 'postgres' ? postgresReader : mysqlReader;
  const store = open(source.url, statementTimeoutMs);
  const parts = partsOf(source);
  const ask = async (session: ReadOnlySession, written: string): Promise<readonly TruthRow[]> => {
    const sql = fillRunText(written, runValues);
    if (!isReadOnlySql(sql)) throw new ReadError('write', 'it is no single SELECT');
    return session.query(sql);
  };
  return {
    name,
    parts,
    read: (naming) =>
      naming('', () =>
        store.read(async (session) => {
          const rows: Partial<Record<TruthPart, readonly TruthRow[]>> = {};
          for (const part of parts) {
            rows[part] = await naming(part, () => ask(session, source[part] ?? ''));
          }
          return rows;
        }),
      ),
    // Each by itself: one that fails must not take the others with it.
    check: async (naming) => {
      const values: CheckValue[] = [];
      for (const [key, check] of Object.entries(source.checks ?? {})) {
        const value = await naming(`checks.${key}`, () =>
          store.read(async (session) => onlyNumber(await ask(session, check.query))),
        ).catch((error: unknown) => (error instanceof Error ? error : new Error(String(error))));
        values.push({ name: key, check, value });
      }
      return values;
    },
    close: () => undefined,
  };
}

function partsOf(source: Partial<Record<TruthPart, unknown>>): readonly TruthPart[] {
  return truthParts.filter((part) => source[part] !== undefined);
}

function onlyNumber(rows: readonly TruthRow[]): number {
  const [row = {}] = rows;
  const values = Object.values(row);
  const value = numberIn(values[0]);
  if (rows.length === 1 && values.length === 1 && value !== undefined) return value;
  throw new RowMistake(
    `the query should answer one number, and it answers ${rows.length} rows of ${values.length} columns`,
  );
}

/** A Redis. Its commands are sent one after another: it has no instant in common for them. */
export async function redisSource(source: RedisSource, context: SourceContext): Promise<Source> {
  const { openRedis } = await import('../../stores/redis.ts');
  const store = openRedis(source.url, { connectMs: 5_000 });
  const parts = partsOf(source);
  return {
    name: 'redis',
    parts,
    read: async (naming) => {
      const rows: Partial<Record<TruthPart, readonly TruthRow[]>> = {};
      for (const part of parts) {
        rows[part] = await naming(part, () => readPart(store, source, part, context));
      }
      return rows;
    },
    check: () => Promise.resolve([]),
    close: () => store.close(),
  };
}

async function readPart(
  store: RedisStore,
  source: RedisSource,
  part: TruthPart,
  { runValues, products }: SourceContext,
): Promise<readonly TruthRow[]> {
  const send = (command: string, values: Readonly<Record<string, string>>): Promise<unknown> => {
    if (!isReadCommand(command)) throw new ReadError('write', 'it is no command that only reads');
    const [name = '', ...words] = wordsOf(fillRunText(command, values));
    return store.read(name.toUpperCase(), ...words);
  };
  if (part !== 'stock') {
    const { command = '', columns = {} } = source[part] ?? {};
    return jsonRowsOf(await send(command, runValues)).map((row) => pick(row, columns));
  }
  const rows: TruthRow[] = [];
  for (const { id } of products) {
    const remaining = await send(source.stock ?? '', { ...runValues, 'product.id': id });
    // A key that is not there is a stock that nobody knows.
    if (remaining !== null) rows.push({ product: id, remaining });
  }
  return rows;
}

/** JSON texts of an answer: fields between them, as of HGETALL, are passed over. */
function jsonRowsOf(answer: unknown): readonly unknown[] {
  const texts: unknown[] = Array.isArray(answer) ? answer : [answer];
  return texts.flatMap((text) => {
    if (typeof text !== 'string' || !/^\s*[[{]/.test(text)) return [];
    try {
      const value: unknown = JSON.parse(text);
      return Array.isArray(value) ? (value as unknown[]) : [value];
    } catch {
      throw new RowMistake('a row is no JSON');
    }
  });
}

function pick(row: unknown, columns: Readonly<Record<string, string>>): TruthRow {
  return Object.fromEntries(
    Object.entries(columns).flatMap(([name, path]) => {
      const value = compileJsonPath(path)?.(row)[0];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

/** An endpoint of the server itself. */
export function httpSource(
  source: HttpSource,
  { runValues }: SourceContext,
  server: { readonly baseUrl: string; readonly tls: TlsMaterial | undefined },
): Source {
  const parts = partsOf(source);
  const baseUrl = (source.baseUrl ?? server.baseUrl).replace(/\/+$/, '');
  const ask = async ({ path, rows, columns }: RowsRequest): Promise<readonly TruthRow[]> => {
    const { status, text } = await fetchText(`${baseUrl}${fillRunText(path, runValues)}`, {
      method: 'GET',
      headers: source.headers,
      timeoutMs: readTimeoutMs,
      maxBytes: answerBytesMax,
      what: 'the truth',
      tls: server.tls,
    });
    if (status !== 200) throw new RowMistake(`the server answered ${status}`);
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      throw new RowMistake('the answer is no JSON');
    }
    const found = compileJsonPath(rows)?.(value) ?? [];
    return found.map((row) => pick(row, columns));
  };
  return {
    name: 'http',
    parts,
    read: async (naming) => {
      const rows: Partial<Record<TruthPart, readonly TruthRow[]>> = {};
      for (const part of parts) {
        const request = source[part];
        if (request !== undefined) rows[part] = await naming(part, () => ask(request));
      }
      return rows;
    },
    check: () => Promise.resolve([]),
    close: () => undefined,
  };
}
