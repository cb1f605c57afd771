import { FlashsimError, messageOf, systemCodeOf } from '../../core/errors.ts';
import {
  isMysqlConnectionLost,
  type MysqlFrame,
  type MysqlQueryable,
  mysqlErrorOf,
  mysqlFrames,
  openMysql,
} from './mysql.ts';
import { mysqlDatabaseOf, parseMysqlUrl } from './mysql-url.ts';
import { ReadError, type ReadOnlyStore, type Row } from './read-only-store.ts';

/** A READ ONLY transaction; and a time limit that was exceeded, of MySQL and of MariaDB. */
const [readOnlyError, timeoutErrors] = [1792, new Set([3024, 1969])];

/**
 * Reads a MySQL or MariaDB that is somebody else's: each time on a connection of its own, in one READ ONLY
 * transaction with a consistent snapshot, each statement with a time limit.
 *
 * @param timeoutMs most time for one statement
 */
export function mysqlReader(url: string, timeoutMs: number): ReadOnlyStore {
  return {
    read: async (work) => {
      const store = openMysql(parseMysqlUrl(url), {
        poolMax: 1,
        applicationName: 'flashsim-probe',
      });
      try {
        const frame = frameOf(mysqlDatabaseOf(url), timeoutMs);
        return await store.transaction((db) => work({ query: (sql) => rowsOf(db, sql) }), frame);
      } catch (error) {
        // What became of a query was said when it failed.
        if (error instanceof ReadError || error instanceof FlashsimError) throw error;
        throw new ReadError('unreachable', systemCodeOf(error) ?? messageOf(error));
      } finally {
        await store.close().catch(() => undefined);
      }
    },
  };
}

function frameOf(database: string | undefined, timeoutMs: number): MysqlFrame {
  return {
    begin: async (db) => {
      if (database !== undefined) await db.query(`USE \`${database.replaceAll('`', '``')}\``);
      await limitTime(db, timeoutMs);
      // A statement that defines something commits first: the session has to refuse it.
      await db.query('SET SESSION TRANSACTION READ ONLY');
      await mysqlFrames.snapshot.begin(db);
    },
  };
}

/** The two servers call it by different names, and count in different units. */
async function limitTime(db: MysqlQueryable, timeoutMs: number): Promise<void> {
  try {
    await db.query(`SET SESSION max_execution_time = ${Math.round(timeoutMs)}`);
  } catch {
    await db.query(`SET SESSION max_statement_time = ${timeoutMs / 1_000}`);
  }
}

async function rowsOf(db: MysqlQueryable, sql: string): Promise<readonly Row[]> {
  try {
    const { rows } = await db.query<Record<string, unknown>>(sql);
    return rows;
  } catch (error) {
    const number = mysqlErrorOf(error) ?? 0;
    if (number === readOnlyError) throw new ReadError('write', messageOf(error));
    if (timeoutErrors.has(number)) throw new ReadError('timeout', messageOf(error));
    if (isMysqlConnectionLost(error)) throw new ReadError('unreachable', messageOf(error));
    throw new ReadError('refused', messageOf(error));
  }
}
