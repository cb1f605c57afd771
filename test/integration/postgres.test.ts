import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from '../../src/targets/stores/embedded-postgres.ts';
import {
  checkPostgres,
  constraintOf,
  isConnectionLost,
  openPostgres,
  type PostgresStore,
  sqlStateOf,
} from '../../src/targets/stores/postgres.ts';
import { startReaper } from '../../src/targets/stores/reaper.ts';
import {
  CommitUnknownError,
  TransactionAbortedError,
} from '../../src/targets/stores/transaction-errors.ts';

let server: EmbeddedPostgres;
let store: PostgresStore;

beforeAll(async () => {
  server = await startEmbeddedPostgres();
  store = openPostgres(server.connection, { poolMax: 4, schema: 'shop' });
  await store.query('CREATE SCHEMA shop');
  await store.query('CREATE TABLE items (id bigint PRIMARY KEY, note text)');
  await store.query('CREATE TABLE later (id int UNIQUE DEFERRABLE INITIALLY DEFERRED)');
});
afterAll(async () => {
  await store.close();
  await server.stop();
  startReaper().close();
});

async function itemCount(id: number): Promise<number | undefined> {
  const { rows } = await store.query<{ n: number }>(
    'SELECT count(*) AS n FROM items WHERE id = $1',
    [id],
  );
  return rows[0]?.n;
}

/** What `promise` was rejected with. */
async function rejectionOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('it was not rejected');
}

describe('openPostgres', () => {
  it('gives int8 and counts as numbers, and looks names up in the schema', async () => {
    const { rows, rowCount } = await store.query(
      'INSERT INTO shop.items VALUES ($1, $2) RETURNING id',
      [9_007_199_254_740_991, 'largest'],
    );
    expect(rows).toEqual([{ id: 9_007_199_254_740_991 }]);
    expect(rowCount).toBe(1);
    expect(await itemCount(9_007_199_254_740_991)).toBe(1);
  });

  it('refuses an int8 that a number cannot hold', async () => {
    await expect(store.query('SELECT 9007199254740993::int8')).rejects.toThrow(/int8/);
  });

  it('prepares a named statement once per connection', async () => {
    const single = openPostgres(server.connection, { poolMax: 1 });
    for (const value of [1, 2]) await single.query('SELECT $1::int', [value], 'one-value');
    const { rows } = await single.query(
      "SELECT count(*) AS n FROM pg_prepared_statements WHERE name = 'one-value'",
    );
    expect(rows).toEqual([{ n: 1 }]);
    await single.close();
  });

  it('survives the loss of idle connections', async () => {
    const single = openPostgres(server.connection, { poolMax: 1, applicationName: 'victim' });
    const { rows } = await single.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    await store.query('SELECT pg_terminate_backend($1, 5000)', [rows[0]?.pid ?? 0]);
    // The first statement may still meet the dying connection; the second must not.
    await single.query('SELECT 1').catch(() => undefined);
    expect((await single.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
    await single.close();
    await single.close();
  });
});

describe('a transaction', () => {
  it('is durable once it resolves', async () => {
    const value = await store.transaction(async (transaction) => {
      await transaction.query('INSERT INTO items VALUES (1)');
      return 'kept';
    });
    expect(value).toBe('kept');
    expect(await itemCount(1)).toBe(1);
  });

  it('leaves nothing when its work throws, and passes the error on', async () => {
    const error = new Error('changed my mind');
    const rejected = store.transaction(async (transaction) => {
      await transaction.query('INSERT INTO items VALUES (2)');
      throw error;
    });
    expect(await rejectionOf(rejected)).toBe(error);
    expect(await itemCount(2)).toBe(0);
  });

  it.each(['read committed', 'repeatable read', 'serializable'] as const)(
    'runs at %s',
    async (level) => {
      const { rows } = await store.transaction((transaction) => {
        return transaction.query<{ level: string }>(
          "SELECT current_setting('transaction_isolation') AS level",
        );
      }, level);
      expect(rows).toEqual([{ level }]);
    },
  );

  it('tells which constraint a statement violated', async () => {
    await store.query('INSERT INTO items VALUES (3)');
    const error = await rejectionOf(store.query('INSERT INTO items VALUES (3)'));
    expect([sqlStateOf(error), constraintOf(error)]).toEqual(['23505', 'items_pkey']);
    expect(isConnectionLost(error)).toBe(false);
  });

  it('passes on what COMMIT was refused for: that outcome is known', async () => {
    const error = await rejectionOf(
      store.transaction((transaction) => transaction.query('INSERT INTO later VALUES (1), (1)')),
    );
    expect(sqlStateOf(error)).toBe('23505');
  });

  it('is rejected when COMMIT rolled back because an error had been swallowed', async () => {
    const rejected = store.transaction(async (transaction) => {
      await transaction.query('INSERT INTO items VALUES (4)');
      await transaction.query('SELECT 1/0').catch(() => undefined);
    });
    expect(await rejectionOf(rejected)).toBeInstanceOf(TransactionAbortedError);
    expect(await itemCount(4)).toBe(0);
  });

  it('says that the outcome is unknown when the connection is lost during COMMIT', async () => {
    await store.query(`CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS
      'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(5); RETURN NULL; END'`);
    await store.query('CREATE TABLE fatal (id int)');
    await store.query(`CREATE CONSTRAINT TRIGGER t AFTER INSERT ON fatal
      DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION die()`);
    const rejected = store.transaction((transaction) =>
      transaction.query('INSERT INTO fatal VALUES (1)'),
    );
    expect(await rejectionOf(rejected)).toBeInstanceOf(CommitUnknownError);
  });

  it('destroys a connection that broke and goes on with another', async () => {
    const single = openPostgres(server.connection, { poolMax: 1 });
    const error = await rejectionOf(
      single.transaction((transaction) => {
        return transaction.query('SELECT pg_terminate_backend(pg_backend_pid())');
      }),
    );
    expect(isConnectionLost(error)).toBe(true);
    expect((await single.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
    await single.close();
  });

  it('survives a connection that breaks between two statements', async () => {
    const single = openPostgres(server.connection, { poolMax: 1 });
    const rejected = single.transaction(async (transaction) => {
      const { rows } = await transaction.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
      await store.query('SELECT pg_terminate_backend($1, 5000)', [rows[0]?.pid ?? 0]);
      await transaction.query('SELECT 1');
    });
    expect(isConnectionLost(await rejectionOf(rejected))).toBe(true);
    expect((await single.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
    await single.close();
  });
});

describe('checkPostgres', () => {
  const urlFor = (login: string, database = 'postgres') =>
    `postgres://${login}@${encodeURIComponent(server.connection.host)}:5432/${database}`;

  beforeAll(async () => {
    await store.query("CREATE ROLE guest LOGIN PASSWORD 'correct-horse'");
    const path = join(server.connection.host, 'data', 'pg_hba.conf');
    writeFileSync(path, `local all guest scram-sha-256\n${readFileSync(path, 'utf8')}`);
    await store.query('SELECT pg_reload_conf()');
  });

  it('returns the version of a server that can be used', async () => {
    expect(await checkPostgres(server.connection)).toEqual({ version: server.version });
    expect(await checkPostgres(urlFor('flashsim'))).toEqual({ version: server.version });
  });

  it.each([
    [
      'a wrong password',
      () => urlFor('guest:s3cret'),
      'STORE_REFUSED',
      /password authentication failed/,
    ],
    ['no password where one is needed', () => urlFor('guest'), 'STORE_REFUSED', /password/],
    ['a missing role', () => urlFor('nobody-here:s3cret'), 'STORE_REFUSED', /does not exist/],
    [
      'a missing database',
      () => urlFor('flashsim:s3cret', 'none'),
      'STORE_REFUSED',
      /does not exist/,
    ],
    [
      'a user who may create nothing',
      () => urlFor('guest:correct-horse'),
      'STORE_REFUSED',
      /GRANT CREATE/,
    ],
    [
      'no server',
      () => 'postgres://u:s3cret@127.0.0.1:1/shop',
      'STORE_UNAVAILABLE',
      /ECONNREFUSED/,
    ],
    ['no socket', () => 'postgres://u:s3cret@%2Ftmp%2Fnone/shop', 'STORE_UNAVAILABLE', /ENOENT/],
  ])('tells %s, without the password', async (_what, url, code, what) => {
    const error = await rejectionOf(checkPostgres(url()));
    expect(error).toMatchObject({ code, what: expect.stringMatching(what) as string });
    expect(inspect(error, { depth: 10 })).not.toMatch(/s3cret|correct-horse/);
  });
});
