import { randomBytes } from 'node:crypto';
import { defined } from '../../core/assert.ts';
import { FlashsimError, messageOf, systemCodeOf } from '../../core/errors.ts';
import { connectMysql, isMysqlConnectionLost, type MysqlQueryable, mysqlErrorOf } from './mysql.ts';
import { type MysqlConnection, parseMysqlUrl, showMysql } from './mysql-url.ts';

/** What {@link checkMysql} found. */
export interface MysqlCheck {
  readonly product: 'MySQL' | 'MariaDB';
  /** Version as the server gives it, without its suffix: `10.11.19`. */
  readonly version: string;
  /** What the URL says. */
  readonly connection: MysqlConnection;
}

/** The oldest versions that their makers still gave fixes for in 2025. */
const oldest = { MySQL: [8, 0], MariaDB: [10, 5] } as const;

/**
 * Logs in, looks at what the server is, and tries what a run will do: makes a database with one table,
 * sees whether a rollback undoes an insert, and drops it.
 *
 * @throws {FlashsimError} STORE_UNAVAILABLE when the server cannot be reached, STORE_REFUSED when it
 *   refuses the login, lacks a right, is too old, read-only, or keeps tables without transactions
 */
export async function checkMysql(where: MysqlConnection | string): Promise<MysqlCheck> {
  const connection = typeof where === 'string' ? parseMysqlUrl(where) : where;
  const shown = showMysql(connection);
  try {
    const db = await connectMysql(connection);
    try {
      const found = await look(db);
      await probe(db);
      return { ...found, connection };
    } finally {
      await db.close().catch(() => undefined);
    }
  } catch (error) {
    if (error instanceof Unusable) throw refusedBecause(shown, error.message, error.fix);
    throw failure(shown, error);
  }
}

/** What is wrong with a server that answers, and what to do about it. */
class Unusable extends Error {
  readonly fix: string;

  constructor(why: string, fix: string) {
    super(why);
    this.fix = fix;
  }
}

const grantFix =
  'Grant what a run needs: GRANT ALL PRIVILEGES ON `flashsim\\_%`.* TO the user of the URL.';
const loginFix = 'Correct the login or the settings of the server.';
const readOnlyFix = 'Name the primary, or turn read_only off.';
const engineFix = 'Set default_storage_engine=InnoDB (and no enforce_storage_engine but InnoDB).';

interface ServerFacts {
  readonly version: string;
  readonly comment: string;
  readonly readOnly: string;
  readonly engine: string;
  readonly transactions: string | null;
}

async function look(db: MysqlQueryable): Promise<Pick<MysqlCheck, 'product' | 'version'>> {
  const { rows } = await db.query<ServerFacts>(
    `SELECT VERSION() AS version, @@version_comment AS comment,
       CAST(@@global.read_only AS CHAR) AS readOnly, @@default_storage_engine AS engine,
       (SELECT transactions FROM information_schema.engines
         WHERE engine = @@default_storage_engine) AS transactions`,
  );
  const { version, comment, readOnly, engine, transactions } = defined(
    rows[0],
    'the server’s word',
  );
  const product = /mariadb/i.test(version + comment) ? 'MariaDB' : 'MySQL';
  const number = /^\d+\.\d+(?:\.\d+)?/.exec(version)?.[0] ?? version;
  const [major = 0, minor = 0] = number.split('.').map(Number);
  const [oldestMajor, oldestMinor] = oldest[product];
  if (major < oldestMajor || (major === oldestMajor && minor < oldestMinor)) {
    const needed = `${product} ${oldest[product].join('.')}`;
    throw new Unusable(`it is ${product} ${number}`, `Use ${needed} or later.`);
  }
  if (!/^(0|OFF)$/i.test(readOnly))
    throw new Unusable('it is read-only, as replicas are', readOnlyFix);
  if (transactions !== 'YES') throw notTransactional(engine);
  return { product, version: number };
}

const notTransactional = (engine: string): Unusable =>
  new Unusable(
    `its tables are kept by ${engine}, which knows no transactions: nothing could be rolled back`,
    engineFix,
  );

async function probe(db: MysqlQueryable): Promise<void> {
  const name = `flashsim_probe_${randomBytes(6).toString('hex')}`;
  await tried('create a database', () => db.query(`CREATE DATABASE ${name}`));
  try {
    await tried('work in a database that it created', async () => {
      await db.query(`CREATE TABLE ${name}.probe (id INT PRIMARY KEY)`);
      await db.query(`LOCK TABLES ${name}.probe WRITE`);
      await db.query('UNLOCK TABLES');
      await db.query('START TRANSACTION');
      await db.query(`INSERT INTO ${name}.probe VALUES (1)`);
      await db.query('ROLLBACK');
      const { rows } = await db.query<{ kept: number }>(
        `SELECT COUNT(*) AS kept FROM ${name}.probe`,
      );
      // An engine may be enforced whatever the default is.
      if (rows[0]?.kept !== 0) throw notTransactional('another engine than the default');
    });
  } finally {
    await db.query(`DROP DATABASE ${name}`).catch(() => undefined);
  }
}

const deniedErrors = new Set([1044, 1142, 1143, 1227, 1370]);
const readOnlyErrors = new Set([1290, 1792, 1836]);

/** What the server refuses of `work`, as what is wrong with it. */
async function tried(what: string, work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    const number = mysqlErrorOf(error);
    if (number === undefined || isMysqlConnectionLost(error)) throw error;
    if (deniedErrors.has(number)) throw new Unusable(`the user may not ${what}`, grantFix);
    // Of the same number as read_only: enforce_storage_engine, where it is not the default's.
    if (/engine/i.test(messageOf(error))) throw notTransactional('another engine than the default');
    if (readOnlyErrors.has(number)) throw new Unusable('it is read-only', readOnlyFix);
    throw new Unusable(`the user could not ${what}: ${messageOf(error)}`, loginFix);
  }
}

/**
 * Sees to it that a rollback undoes what is written to the tables of `database`.
 *
 * @throws {FlashsimError} STORE_REFUSED for a table whose engine knows no transactions (MyISAM, Aria)
 */
export async function requireTransactionalTables(
  db: MysqlQueryable,
  database: string,
): Promise<void> {
  const { rows } = await db.query<{ name: string; engine: string }>(
    `SELECT t.table_name AS name, t.engine AS engine
     FROM information_schema.tables t JOIN information_schema.engines e ON e.engine = t.engine
     WHERE t.table_schema = ? AND (e.transactions IS NULL OR e.transactions <> 'YES')
     ORDER BY t.table_name LIMIT 1`,
    [database],
  );
  const [found] = rows;
  if (found === undefined) return;
  throw new FlashsimError('STORE_REFUSED', {
    what: `MySQL cannot be used: its table \`${found.name}\` is kept by ${found.engine}, which knows no transactions.`,
    why: 'Nothing that was written to it could be rolled back, so no strategy would be judged fairly.',
    fix: engineFix,
  });
}

function refusedBecause(shown: string, why: string, fix: string): FlashsimError {
  return new FlashsimError('STORE_REFUSED', {
    what: `MySQL at ${shown} cannot be used: ${why}.`,
    fix: `${fix} Or leave the URL out to use a private server.`,
  });
}

/** No connection free, or just shutting down: another try may succeed. */
const transientErrors = new Set([1040, 1203, 1226]);

function failure(shown: string, error: unknown): FlashsimError {
  const number = mysqlErrorOf(error);
  if (number !== undefined && !isMysqlConnectionLost(error) && !transientErrors.has(number)) {
    return refusedBecause(shown, messageOf(error), loginFix);
  }
  const code = systemCodeOf(error);
  // Raised by the driver: it cannot log in as the server wants it, or not encrypted as the URL does.
  if (
    code !== undefined &&
    /^(AUTH_SWITCH|HANDSHAKE|SELF_SIGNED|DEPTH_ZERO|UNABLE_TO|CERT_|ERR_TLS)/.test(code)
  ) {
    return refusedBecause(shown, messageOf(error), loginFix);
  }
  return new FlashsimError('STORE_UNAVAILABLE', {
    what: `MySQL at ${shown} could not be reached (${code ?? messageOf(error)}).`,
    fix: 'Start it or correct the URL, or leave the URL out to use a private server.',
  });
}
