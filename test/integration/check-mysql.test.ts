import { existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDatabase, dropDatabase } from '../../src/targets/reference/mysql/schema.ts';
import { checkMysql, requireTransactionalTables } from '../../src/targets/stores/check-mysql.ts';
import { type MysqlStore, openMysql } from '../../src/targets/stores/mysql.ts';
import { type PrivateMysql, startPrivateMysql } from '../../src/targets/stores/private-mysql.ts';
import { ensureMysql } from '../helpers/ensure-mysql.ts';
import { isRunning } from './reference-fixture.ts';

/** A MySQL as a user may have it. */
let own: PrivateMysql;
let admin: MysqlStore;

const socketOf = ({ connection }: PrivateMysql): string => connection.socketPath ?? '';

const urlFor = (login: string, server: PrivateMysql = own): string =>
  `mysql://${login}@localhost?socket=${encodeURIComponent(socketOf(server))}`;

beforeAll(async () => {
  await ensureMysql();
  own = await startPrivateMysql();
  admin = openMysql(own.connection, { poolMax: 1 });
  await admin.query("CREATE USER guest@localhost IDENTIFIED BY 'correct-horse'");
  await admin.query("CREATE USER shop@localhost IDENTIFIED BY 'correct-horse'");
  await admin.query('GRANT ALL PRIVILEGES ON `flashsim\\_%`.* TO shop@localhost');
  await admin.query("CREATE USER half@localhost IDENTIFIED BY 'correct-horse'");
  await admin.query('GRANT CREATE, DROP ON *.* TO half@localhost');
}, 300_000);

afterAll(async () => {
  await admin.close();
  await own.stop();
});

/** What `promise` was rejected with. */
async function rejectionOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('it was not rejected');
}

/** `work` while a global setting of the user’s server is another. */
async function withGlobal<T>(name: string, value: string, work: () => Promise<T>): Promise<T> {
  await admin.query(`SET GLOBAL ${name} = ${value}`);
  try {
    return await work();
  } finally {
    await admin.query(`SET GLOBAL ${name} = DEFAULT`);
  }
}

describe('checkMysql', () => {
  it('returns product and version of a server that can be used, and leaves nothing there', async () => {
    const version = own.version.replace('-MariaDB', '');
    const product = own.version.includes('MariaDB') ? 'MariaDB' : 'MySQL';
    expect(await checkMysql(own.connection)).toMatchObject({ product, version });
    expect(await checkMysql(urlFor('shop:correct-horse'))).toMatchObject({ product, version });
    const { rows } = await admin.query("SHOW DATABASES LIKE 'flashsim%'");
    expect(rows).toEqual([]);
  });

  it.each([
    ['a wrong password', () => urlFor('guest:s3cret'), 'STORE_REFUSED', /Access denied/],
    ['no password where one is needed', () => urlFor('guest'), 'STORE_REFUSED', /Access denied/],
    ['a user who is not there', () => urlFor('nobody:s3cret'), 'STORE_REFUSED', /Access denied/],
    [
      'a user who may create nothing',
      () => urlFor('guest:correct-horse'),
      'STORE_REFUSED',
      /may not create a database/,
    ],
    [
      'a user who may create and not write',
      () => urlFor('half:correct-horse'),
      'STORE_REFUSED',
      /may not work in a database/,
    ],
    [
      'a server that cannot encrypt',
      () => `${urlFor('shop:correct-horse')}&ssl-mode=REQUIRED`,
      'STORE_REFUSED',
      /secure connection/,
    ],
    ['no server', () => 'mysql://u:s3cret@127.0.0.1:1/shop', 'STORE_UNAVAILABLE', /ECONNREFUSED/],
    ['no socket', () => 'mysql://u:s3cret@h?socket=/tmp/none', 'STORE_UNAVAILABLE', /ENOENT/],
  ])('tells %s, without the password', async (_what, url, code, what) => {
    const error = await rejectionOf(checkMysql(url()));
    expect(error).toMatchObject({ code, what: expect.stringMatching(what) as string });
    expect(inspect(error, { depth: 10 })).not.toMatch(/s3cret|correct-horse/);
  });

  it('refuses a server that is read-only, also to those who may write there', async () => {
    const error = await withGlobal('read_only', '1', () => rejectionOf(checkMysql(own.connection)));
    expect(error).toMatchObject({
      code: 'STORE_REFUSED',
      what: expect.stringContaining('read-only') as string,
    });
  });

  it.each([
    ['default_storage_engine', /MyISAM, which knows no transactions/],
    ['enforce_storage_engine', /knows no transactions|engine/i],
  ])('refuses MyISAM tables by %s', async (name, what) => {
    const error = await withGlobal(name, "'MyISAM'", () => rejectionOf(checkMysql(own.connection)));
    expect(error).toMatchObject({
      code: 'STORE_REFUSED',
      what: expect.stringMatching(what) as string,
      fix: expect.stringContaining('default_storage_engine=InnoDB') as string,
    });
  });

  it('refuses a server that is too old', async () => {
    const old = await startPrivateMysql({ flags: ['--version=5.5.62-MariaDB'] });
    try {
      expect(await rejectionOf(checkMysql(urlFor('root', old)))).toMatchObject({
        code: 'STORE_REFUSED',
        what: expect.stringContaining('it is MariaDB 5.5.62') as string,
        fix: expect.stringContaining('MariaDB 10.5 or later') as string,
      });
    } finally {
      await old.stop();
    }
  });
});

describe('the tables of a run', () => {
  it('are refused when one is kept by MyISAM or Aria, where a rollback undoes nothing', async () => {
    const database = 'flashsim_tables';
    const store = openMysql(own.connection, { poolMax: 1, database });
    await createDatabase(admin, database);
    try {
      await requireTransactionalTables(store, database);
      await store.query("INSERT INTO sale_products (id, initial, stock) VALUES ('p', 5, 5)");
      await store.query('ALTER TABLE sale_products ENGINE = MyISAM');
      expect(await rejectionOf(requireTransactionalTables(store, database))).toMatchObject({
        code: 'STORE_REFUSED',
        what: expect.stringMatching(/`sale_products` is kept by MyISAM/) as string,
      });
      const undone = store.transaction(async (db) => {
        await db.query('UPDATE sale_products SET stock = 4');
        throw new Error('undo it');
      });
      await rejectionOf(undone);
      expect((await store.query('SELECT stock FROM sale_products')).rows).toEqual([{ stock: 4 }]);
      await dropDatabase(admin, database);
      // Aria takes keys of any length that is needed here, and is crash-safe, but rolls nothing back.
      const refused = withGlobal('default_storage_engine', "'Aria'", async () => {
        const fresh = openMysql(own.connection, { poolMax: 1 });
        await createDatabase(fresh, database).finally(() => fresh.close());
      });
      expect(await rejectionOf(refused)).toMatchObject({ code: 'STORE_REFUSED' });
    } finally {
      await dropDatabase(admin, database);
      await store.close();
    }
  });
});

describe('a private server', () => {
  it('is the run’s own: a socket in a closed folder, no port, no root, gone after the end', async () => {
    const server = await startPrivateMysql();
    const folder = dirname(socketOf(server));
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    const store = openMysql(server.connection, { poolMax: 1 });
    const { rows } = await store.query<{ port: number }>(
      'SELECT @@skip_networking AS noNetwork, @@datadir AS data, @@log_bin AS binlog',
    );
    await store.close();
    expect(rows).toEqual([{ noNetwork: 1, data: `${folder}/data/`, binlog: 0 }]);
    expect(statSync(`${folder}/data`).uid).not.toBe(0);
    expect(isRunning(server.pid)).toBe(true);
    await server.stop();
    await server.stop();
    expect(existsSync(folder)).toBe(false);
    expect(isRunning(server.pid)).toBe(false);
  });

  it('says how to install one where there is none, and why one did not start', async () => {
    const error = await rejectionOf(startPrivateMysql({ path: '/nowhere' }));
    expect(error).toMatchObject({
      code: 'STORE_UNAVAILABLE',
      exitCode: 5,
      fix: expect.stringMatching(/apt-get install.*brew install.*docker run/s) as string,
    });
    const broken = await rejectionOf(startPrivateMysql({ flags: ['--no-such-flag'] }));
    expect(broken).toMatchObject({
      code: 'STORE_UNAVAILABLE',
      why: expect.stringContaining('no-such-flag') as string,
    });
  });
});
