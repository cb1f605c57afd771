import pg from 'pg';
import { messageOf, systemCodeOf } from '../../core/errors.ts';
import { isConnectionLost, sqlStateOf } from './postgres.ts';
import { parsePostgresUrl } from './postgres-url.ts';
import { ReadError, type ReadOnlyStore, type Row } from './read-only-store.ts';

const connectTimeoutMs = 5_000;

const { TIMESTAMP, DATE } = pg.types.builtins;
const zoneless: ReadonlySet<number> = new Set([TIMESTAMP, DATE]);

/** The driver would make what has no zone an instant of this process's zone: it stays text. */
const types: pg.CustomTypesConfig = {
  getTypeParser: (oid, format) =>
    zoneless.has(oid) && format !== 'binary'
      ? (text: string): unknown => text
      : (pg.types.getTypeParser(oid, format) as (text: string) => unknown),
};

/**
 * Reads a PostgreSQL that is somebody else's: each time on a connection of its own, in one REPEATABLE READ
 * transaction that is READ ONLY, one statement at a time, each with a time limit.
 *
 * @param timeoutMs most time for one statement
 */
export function postgresReader(url: string, timeoutMs: number): ReadOnlyStore {
  return {
    read: async (work) => {
      const client = new pg.Client({
        connectionString: parsePostgresUrl(url).href,
        application_name: 'flashsim-probe',
        connectionTimeoutMillis: connectTimeoutMs,
        types,
      });
      client.on('error', () => undefined);
      try {
        await connected(client, timeoutMs);
        return await work({ query: (sql) => rowsOf(client, sql) });
      } finally {
        await client.end().catch(() => undefined);
      }
    },
  };
}

async function connected(client: pg.Client, timeoutMs: number): Promise<void> {
  try {
    await client.connect();
    // A statement that ends the transaction would find the session to be read-only as well.
    await client.query('SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY');
    // Whatever the server's default is: times are read as ISO 8601.
    await client.query('SET DateStyle = ISO');
    await client.query(`SET statement_timeout = ${Math.round(timeoutMs)}`);
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    // From its first query on a transaction cannot be made one that writes.
    await client.query('SELECT 1');
  } catch (error) {
    throw new ReadError('unreachable', systemCodeOf(error) ?? messageOf(error));
  }
}

async function rowsOf(client: pg.Client, sql: string): Promise<readonly Row[]> {
  try {
    // The extended protocol takes one statement, never a list of them.
    const query = { text: sql, queryMode: 'extended' } as pg.QueryConfig;
    const { rows } = await client.query<Record<string, unknown>>(query);
    return rows;
  } catch (error) {
    const state = sqlStateOf(error);
    if (state === '25006') throw new ReadError('write', messageOf(error));
    if (state === '57014') throw new ReadError('timeout', messageOf(error));
    if (isConnectionLost(error)) throw new ReadError('unreachable', messageOf(error));
    throw new ReadError('refused', messageOf(error));
  }
}
