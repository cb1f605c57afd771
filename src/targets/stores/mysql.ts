import mysql, {
  type Connection,
  type ConnectionOptions,
  type ExecuteValues,
  type Pool,
  type PoolConnection,
  type ResultSetHeader,
  type RowDataPacket,
} from 'mysql2/promise';
import { assert } from '../../core/assert.ts';
import { messageOf, systemCodeOf } from '../../core/errors.ts';
import type { MysqlConnection } from './mysql-url.ts';
import { CommitUnknownError, TransactionAbortedError } from './transaction-errors.ts';

/** Settings of a pool. */
export interface MysqlOptions {
  /** Connections at most, 1 to 60; 10 unless told. All processes together should stay at 20. */
  readonly poolMax?: number;
  /** Shown in `performance_schema.session_connect_attrs`. */
  readonly applicationName?: string;
  /** Database that unqualified names are looked up in; lower-case letters, digits and `_`. */
  readonly database?: string;
}

/** Values a statement may be given. Numbers must be integers. */
type MysqlValue = string | number | null;

/** What a statement came to. */
interface MysqlOutcome<T> {
  readonly rows: readonly T[];
  /** Rows inserted, deleted or really changed; an upsert that updated counts two. */
  readonly changed: number;
  /** The statement's AUTO_INCREMENT or `LAST_INSERT_ID(expression)`; 0 for none. May be negative. */
  readonly insertId: number;
}

/** Something that statements can be sent to: the pool, or one transaction. */
export interface MysqlQueryable {
  /**
   * Runs one statement. With `values` it is prepared, once per connection. `T` is the row's shape as
   * the caller knows it: BIGINT and COUNT(*) arrive as numbers.
   */
  query<T extends object>(text: string, values?: readonly MysqlValue[]): Promise<MysqlOutcome<T>>;
}

/** What a transaction begins with, and what the connection needs afterwards to be as it was. */
export interface MysqlFrame {
  readonly begin: (db: MysqlQueryable) => Promise<void>;
  /** After COMMIT or ROLLBACK. A connection on which it fails is closed, which ends its locks too. */
  readonly end?: (db: MysqlQueryable) => Promise<void>;
}

/** A pool of connections to one MySQL or MariaDB, at READ COMMITTED and strict about values. */
export interface MysqlStore extends MysqlQueryable {
  /**
   * Runs `work` in a transaction on one connection. A throw of `work` rolls back and is passed on.
   *
   * @param frame READ COMMITTED unless told
   * @throws {CommitUnknownError} when the connection was lost while the answer to COMMIT was awaited
   */
  transaction<T>(work: (db: MysqlQueryable) => Promise<T>, frame?: MysqlFrame): Promise<T>;
  /** Waits for what is under way, then closes every connection. May be called twice. */
  close(): Promise<void>;
}

const begin = (...statements: readonly string[]): MysqlFrame => ({
  begin: async (db) => {
    for (const statement of statements) await db.query(statement);
  },
});

/** Frames that need nothing but an isolation level. */
export const mysqlFrames = {
  /** The level that the pool sets for all its connections. */
  readCommitted: begin('START TRANSACTION'),
  serializable: begin('SET TRANSACTION ISOLATION LEVEL SERIALIZABLE', 'START TRANSACTION'),
  /** Sees one instant, and may write nothing. */
  snapshot: begin(
    'SET TRANSACTION ISOLATION LEVEL REPEATABLE READ',
    'START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY',
  ),
} as const;

/** Number of an error that the server sent (1062), else undefined. */
export function mysqlErrorOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('sqlState' in error) || !('errno' in error)) return undefined;
  return typeof error.errno === 'number' ? error.errno : undefined;
}

/**
 * Errors with which the server undid the whole transaction: deadlock, and a row that was changed after
 * the snapshot (MariaDB's innodb_snapshot_isolation). It may be run again.
 */
const undone = new Set([1213, 1020]);

/** True when the server undid the whole transaction, so that running it again is safe. */
export function isTransactionUndone(error: unknown): boolean {
  return undone.has(mysqlErrorOf(error) ?? 0);
}

/** True when a lock was waited for as long as innodb_lock_wait_timeout or lock_wait_timeout allows. */
export function isLockTimeout(error: unknown): boolean {
  return mysqlErrorOf(error) === 1205;
}

/** Shutdown, killed connection, idle for too long, network errors as the server sees them. */
const lostErrors = new Set([1053, 1077, 1078, 1079, 1158, 1159, 1160, 1161, 1927, 4031]);

/**
 * True when the connection broke, or the server announced that it closes it: whatever was sent last
 * may or may not have happened.
 */
export function isMysqlConnectionLost(error: unknown): boolean {
  const number = mysqlErrorOf(error);
  if (number !== undefined) return lostErrors.has(number);
  if (systemCodeOf(error) !== undefined) return true;
  // What the driver says of a connection that has ended already; it gives that no code.
  return error instanceof Error && 'fatal' in error && error.fatal === true;
}

const connectTimeoutMs = 5_000;

function driverOptions(
  where: MysqlConnection,
  { applicationName = 'flashsim', database }: MysqlOptions,
): ConnectionOptions {
  const { host, port, socketPath, user, password, sslMode } = where;
  return {
    ...(socketPath === undefined ? { host, port } : { socketPath }),
    user,
    ...(password === undefined ? {} : { password }),
    ...(database === undefined ? {} : { database }),
    ...(sslMode === 'disabled'
      ? {}
      : {
          ssl: {
            rejectUnauthorized: sslMode === 'verify-identity',
            verifyIdentity: sslMode === 'verify-identity',
          },
        }),
    connectTimeout: connectTimeoutMs,
    connectAttributes: { program_name: applicationName },
    charset: 'utf8mb4',
    // Otherwise a DATETIME, which has no zone, would become an instant of this process's zone.
    dateStrings: true,
    // Changed rows instead of found ones tell an upsert that did nothing. No server may ask for files.
    flags: ['-FOUND_ROWS', '-LOCAL_FILES'],
  };
}

/**
 * Whatever the server's defaults are. MySQL's own isolation level is REPEATABLE READ, where a plain
 * SELECT reads the past and an UPDATE the present; READ COMMITTED is what PostgreSQL defaults to, and
 * what makes the two comparable.
 */
const sessionSettings = [
  `SET SESSION autocommit = 1, sql_mode = 'TRADITIONAL', time_zone = '+00:00'`,
  'SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED',
];

/** One connection with the settings of the pool's. */
export interface MysqlSession extends MysqlQueryable {
  close(): Promise<void>;
}

/** Logs in at once. */
export async function connectMysql(where: MysqlConnection): Promise<MysqlSession> {
  const connection = await mysql.createConnection(driverOptions(where, {}));
  connection.on('error', () => undefined);
  try {
    for (const setting of sessionSettings) await connection.query(setting);
  } catch (error) {
    connection.destroy();
    throw error;
  }
  return { ...queryable(connection), close: () => connection.end() };
}

/** Opens a pool. Connects lazily: nothing is sent before the first statement. */
export function openMysql(where: MysqlConnection, options: MysqlOptions = {}): MysqlStore {
  const { poolMax = 10, database } = options;
  assert(Number.isInteger(poolMax) && poolMax >= 1 && poolMax <= 60, `poolMax is ${poolMax}`);
  assert(
    database === undefined || /^[a-z_][a-z0-9_]{0,63}$/.test(database),
    `database is ${database ?? ''}`,
  );
  const pool = mysql.createPool({ ...driverOptions(where, options), connectionLimit: poolMax });
  const checkOut = connectionsOf(pool);
  const underWay = new Set<Promise<void>>();
  const tracked = <T>(work: Promise<T>): Promise<T> => {
    const settled = work.then(
      () => undefined,
      () => undefined,
    );
    underWay.add(settled);
    void settled.then(() => underWay.delete(settled));
    return work;
  };
  const close = async (): Promise<void> => {
    // The driver would close connections in the middle of their work.
    await Promise.all(underWay);
    await pool.end();
  };
  let closed: Promise<void> | undefined;
  return {
    query: (text, values) => tracked(sendOn(checkOut, text, values)),
    transaction: (work, frame) => tracked(inTransaction(checkOut, work, frame)),
    close: () => (closed ??= close()),
  };
}

type CheckOut = () => Promise<PoolConnection>;

/** Connections of the pool, each with {@link sessionSettings} from its first use on. */
function connectionsOf(pool: Pool): CheckOut {
  const ready = new WeakSet<object>();
  return async () => {
    const connection = await pool.getConnection();
    // The driver hands out a new wrapper each time.
    const { connection: itself } = connection;
    if (ready.has(itself)) return connection;
    try {
      for (const setting of sessionSettings) await connection.query(setting);
    } catch (error) {
      connection.destroy();
      throw error;
    }
    ready.add(itself);
    return connection;
  };
}

const queryable = (connection: Connection): MysqlQueryable => ({
  query: (text, values) => send(connection, text, values),
});

/** A whole number as such: the driver would send a double, and arithmetic with it would be in doubles. */
function parameterOf(value: MysqlValue): ExecuteValues {
  if (typeof value !== 'number') return value;
  assert(Number.isSafeInteger(value), `${value} is no integer that a number holds exactly`);
  return mysql.TypedParameter.LONGLONG(value);
}

async function send<T extends object>(
  connection: Connection,
  text: string,
  values?: readonly MysqlValue[],
): Promise<MysqlOutcome<T>> {
  // LOCK TABLES and the like cannot be prepared everywhere.
  const [result] =
    values === undefined
      ? await connection.query<RowDataPacket[] | ResultSetHeader>(text)
      : await connection.execute<RowDataPacket[] | ResultSetHeader>(text, values.map(parameterOf));
  if (Array.isArray(result)) return { rows: result as unknown as T[], changed: 0, insertId: 0 };
  return { rows: [], changed: result.affectedRows, insertId: result.insertId };
}

async function sendOn<T extends object>(
  checkOut: CheckOut,
  text: string,
  values?: readonly MysqlValue[],
): Promise<MysqlOutcome<T>> {
  const connection = await checkOut();
  try {
    return await send<T>(connection, text, values);
  } finally {
    // One that broke has left the pool by itself.
    connection.release();
  }
}

async function inTransaction<T>(
  checkOut: CheckOut,
  work: (db: MysqlQueryable) => Promise<T>,
  frame: MysqlFrame = mysqlFrames.readCommitted,
): Promise<T> {
  const connection = await checkOut();
  const db = queryable(connection);
  let isClean = false;
  try {
    await frame.begin(db);
    const value = await workOn(db, work);
    await commit(connection);
    isClean = true;
    return value;
  } catch (error) {
    isClean =
      !(error instanceof CommitUnknownError) && (await succeeds(connection.query('ROLLBACK')));
    throw error;
  } finally {
    // The outcome stands, whatever becomes of the connection.
    if (isClean && frame.end !== undefined) isClean = await succeeds(frame.end(db));
    if (isClean) connection.release();
    else connection.destroy();
  }
}

/**
 * Once the server has undone the transaction, further statements would be transactions of their own,
 * each committed at once: none is sent.
 */
async function workOn<T>(db: MysqlQueryable, work: (db: MysqlQueryable) => Promise<T>): Promise<T> {
  let cause: unknown;
  const aborted = (): TransactionAbortedError =>
    new TransactionAbortedError('the server had undone the transaction', { cause });
  const value = await work({
    query: async (text, values) => {
      if (cause !== undefined) throw aborted();
      try {
        return await db.query(text, values);
      } catch (error) {
        if (isTransactionUndone(error)) cause = error;
        throw error;
      }
    },
  });
  if (cause !== undefined) throw aborted();
  return value;
}

async function commit(connection: PoolConnection): Promise<void> {
  try {
    await connection.query('COMMIT');
  } catch (error) {
    // The server's own refusal is an answer; all else is none.
    if (mysqlErrorOf(error) !== undefined && !isMysqlConnectionLost(error)) throw error;
    throw new CommitUnknownError(`no answer to COMMIT: ${messageOf(error)}`, { cause: error });
  }
}

async function succeeds(statement: Promise<unknown>): Promise<boolean> {
  try {
    await statement;
    return true;
  } catch {
    return false;
  }
}
