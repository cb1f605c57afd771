import pg from 'pg';
import { assert } from '../../core/assert.ts';
import { FlashsimError, messageOf, systemCodeOf } from '../../core/errors.ts';
import { parsePostgresUrl, redactPostgresUrl } from './postgres-url.ts';
import { CommitUnknownError, TransactionAbortedError } from './transaction-errors.ts';

/** Where a PostgreSQL server listens and who logs in. Plain, so that it can be sent to a process. */
export interface PostgresConnection {
  /** A host name, an address, or the folder of a Unix socket (starting with `/`). */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
  readonly password?: string;
}

/** Settings of a pool. */
export interface PostgresOptions {
  /** Connections at most, 1 to 60; 10 unless told. All processes together should stay at 20. */
  readonly poolMax?: number;
  /** Shown in `pg_stat_activity`. */
  readonly applicationName?: string;
  /** Schema that unqualified names are looked up in; lower-case letters, digits and `_`. */
  readonly schema?: string;
}

/** Values a statement may be given. */
type SqlValue = string | number | boolean | bigint | Date | Buffer | null | readonly SqlValue[];

/** What a statement came to. */
interface QueryOutcome<T> {
  readonly rows: readonly T[];
  /** Rows returned or changed. */
  readonly rowCount: number;
}

/** Something that statements can be sent to: the pool, or one transaction. */
export interface PostgresQueryable {
  /**
   * Runs one statement. `name` makes it a prepared statement, parsed once per connection; one name
   * must always carry the same text. `T` is the row's shape as the caller knows it: int8 and count(*)
   * arrive as numbers, numeric as strings.
   */
  query<T extends object>(
    text: string,
    values?: readonly SqlValue[],
    name?: string,
  ): Promise<QueryOutcome<T>>;
}

/** Isolation levels of the SQL standard that PostgreSQL tells apart. */
type IsolationLevel = 'read committed' | 'repeatable read' | 'serializable';

/** A pool of connections to one PostgreSQL. */
export interface PostgresStore extends PostgresQueryable {
  /**
   * Runs `work` between BEGIN and COMMIT on one connection. A throw of `work` rolls back and is
   * passed on.
   *
   * @throws {CommitUnknownError} when the connection was lost while the answer to COMMIT was awaited
   */
  transaction<T>(
    work: (transaction: PostgresQueryable) => Promise<T>,
    isolation?: IsolationLevel,
  ): Promise<T>;
  /** Waits for what is under way, then closes every connection. May be called twice. */
  close(): Promise<void>;
}

/** SQLSTATE of an error that the server sent (`23505`), else undefined. */
export function sqlStateOf(error: unknown): string | undefined {
  return error instanceof pg.DatabaseError ? error.code : undefined;
}

/** Name of the constraint that a statement violated, else undefined. */
export function constraintOf(error: unknown): string | undefined {
  return error instanceof pg.DatabaseError ? error.constraint : undefined;
}

/**
 * True when the connection broke, or the server announced that it closes it: whatever was sent last
 * may or may not have happened.
 */
export function isConnectionLost(error: unknown): boolean {
  if (error instanceof pg.DatabaseError) {
    const { severity = '', code = '' } = error;
    return severity === 'FATAL' || severity === 'PANIC' || /^(08|57P)/.test(code);
  }
  if (systemCodeOf(error) !== undefined) return true;
  // What the driver itself says of a socket that ended; it gives these no code.
  return /^Connection terminated|not queryable/.test(messageOf(error));
}

function parseInt8(text: string): number {
  const value = Number(text);
  assert(Number.isSafeInteger(value), `int8 ${text} is beyond what a number holds exactly`);
  return value;
}

/** The driver gives int8 as text; counts and sequence numbers here stay far below 2^53. */
const types: pg.CustomTypesConfig = {
  getTypeParser: (oid, format): unknown =>
    oid === pg.types.builtins.INT8 && format !== 'binary'
      ? parseInt8
      : pg.types.getTypeParser(oid, format),
};

function clientConfig(where: PostgresConnection | string): pg.ClientConfig {
  if (typeof where === 'string') return { connectionString: parsePostgresUrl(where).href };
  const { host, port, user, database, password } = where;
  // An explicit `ssl: false` keeps PGSSLMODE of the environment out of a socket of our own.
  return {
    host,
    port,
    user,
    database,
    ssl: false,
    ...(password === undefined ? {} : { password }),
  };
}

/** Opens a pool. Connects lazily: nothing is sent before the first statement. */
export function openPostgres(
  where: PostgresConnection | string,
  options: PostgresOptions = {},
): PostgresStore {
  const { poolMax = 10, applicationName = 'flashsim', schema } = options;
  assert(Number.isInteger(poolMax) && poolMax >= 1 && poolMax <= 60, `poolMax is ${poolMax}`);
  assert(
    schema === undefined || /^[a-z_][a-z0-9_]{0,62}$/.test(schema),
    `schema is ${schema ?? ''}`,
  );
  const pool = new pg.Pool({
    ...clientConfig(where),
    max: poolMax,
    application_name: applicationName,
    idleTimeoutMillis: 0,
    keepAlive: true,
    types,
    ...(schema === undefined ? {} : { options: `-c search_path=${schema}` }),
  });
  // An idle connection that breaks is dropped by the pool; the next statement gets a new one.
  pool.on('error', () => undefined);
  // One that breaks just as it is handed over has no listener of the pool any more, and none yet of
  // whoever gets it: that error would end the process. The next statement on it fails all the same.
  pool.on('connect', (client) => client.on('error', () => undefined));
  let closed: Promise<void> | undefined;
  return {
    query: (text, values, name) => send(pool, text, values, name),
    transaction: (work, isolation) => inTransaction(pool, work, isolation),
    close: () => (closed ??= pool.end()),
  };
}

async function send<T extends object>(
  target: pg.Pool | pg.PoolClient,
  text: string,
  values: readonly SqlValue[] = [],
  name?: string,
): Promise<QueryOutcome<T>> {
  const result = await target.query<T>({
    text,
    values: [...values],
    ...(name === undefined ? {} : { name }),
  });
  return { rows: result.rows, rowCount: result.rowCount ?? 0 };
}

async function inTransaction<T>(
  pool: pg.Pool,
  work: (transaction: PostgresQueryable) => Promise<T>,
  isolation: IsolationLevel = 'read committed',
): Promise<T> {
  const client = await pool.connect();
  // Without a listener, a connection that breaks between two statements would end the process.
  let broken: Error | undefined;
  const onError = (error: Error): void => {
    broken = error;
  };
  client.on('error', onError);
  try {
    await client.query(`BEGIN ISOLATION LEVEL ${isolation}`);
    const value = await work({
      query: (text, values, name) => send(client, text, values, name),
    });
    await commit(client);
    return value;
  } catch (error) {
    const lost = error instanceof CommitUnknownError || !(await rollback(client));
    if (lost) broken ??= new Error(messageOf(error));
    throw error;
  } finally {
    // The pool puts its own listener back first, so no error can fall between the two.
    client.release(broken);
    client.off('error', onError);
  }
}

async function commit(client: pg.PoolClient): Promise<void> {
  let command: string;
  try {
    ({ command } = await client.query('COMMIT'));
  } catch (error) {
    // The server's own refusal (40001, a deferred constraint) is an answer; all else is none.
    if (error instanceof pg.DatabaseError && !isConnectionLost(error)) throw error;
    throw new CommitUnknownError(`no answer to COMMIT: ${messageOf(error)}`, { cause: error });
  }
  if (command === 'COMMIT') return;
  throw new TransactionAbortedError(`COMMIT was answered by ${command}: a statement had failed`);
}

/** True when the connection is clean again. */
async function rollback(client: pg.PoolClient): Promise<boolean> {
  try {
    await client.query('ROLLBACK');
    return true;
  } catch {
    return false;
  }
}

/** What {@link checkPostgres} found. */
export interface PostgresCheck {
  /** Version as the server gives it, such as `18.4`. */
  readonly version: string;
}

const connectTimeoutMs = 5_000;

/**
 * Logs in once and looks whether a schema could be created. Reads only.
 *
 * @throws {FlashsimError} STORE_UNAVAILABLE when the server cannot be reached, STORE_REFUSED when it
 *   refuses the login, the database is missing, or a right is lacking
 */
export async function checkPostgres(where: PostgresConnection | string): Promise<PostgresCheck> {
  const shown =
    typeof where === 'string' ? redactPostgresUrl(where) : `${where.host}:${where.port}`;
  let client: pg.Client | undefined;
  try {
    client = new pg.Client({
      ...clientConfig(where),
      application_name: 'flashsim-check',
      connectionTimeoutMillis: connectTimeoutMs,
    });
    client.on('error', () => undefined);
    await client.connect();
    const { rows } = await client.query<{ version: string; mayCreate: boolean; standby: boolean }>(
      `SELECT current_setting('server_version') AS version, pg_is_in_recovery() AS standby,
              has_database_privilege(current_database(), 'CREATE') AS "mayCreate"`,
    );
    const [found] = rows;
    if (found?.standby === true) throw refusedBecause(shown, 'it is a read-only standby');
    if (found?.mayCreate !== true) {
      throw refusedBecause(shown, 'the user may not create a schema (GRANT CREATE ON DATABASE)');
    }
    return { version: found.version.split(' ')[0] ?? found.version };
  } catch (error) {
    throw error instanceof FlashsimError ? error : connectFailure(shown, error);
  } finally {
    await client?.end().catch(() => undefined);
  }
}

function refusedBecause(shown: string, why: string): FlashsimError {
  return new FlashsimError('STORE_REFUSED', {
    what: `PostgreSQL at ${shown} cannot be used: ${why}.`,
    fix: 'Correct the login, the database name or its rights, or leave the URL out to use the embedded server.',
  });
}

/** Server states in which another try may succeed: starting up, shutting down, no slot free. */
const transientStates = /^(08|53|57P)/;

function connectFailure(shown: string, error: unknown): FlashsimError {
  const state = sqlStateOf(error);
  if (state !== undefined && !transientStates.test(state)) {
    return refusedBecause(shown, messageOf(error));
  }
  // Raised by the driver itself, before anything was sent.
  if (/client password must be|does not support SSL/.test(messageOf(error))) {
    return refusedBecause(shown, messageOf(error));
  }
  const reason = systemCodeOf(error) ?? messageOf(error);
  return new FlashsimError('STORE_UNAVAILABLE', {
    what: `PostgreSQL at ${shown} could not be reached (${reason}).`,
    fix: 'Start it or correct the URL, or leave the URL out to use the embedded server.',
  });
}
