import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SqlSource, TruthOptions } from '../../src/targets/http/truth/options.ts';
import { openTruthReader, type TruthReader } from '../../src/targets/http/truth/truth-reader.ts';
import {
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from '../../src/targets/stores/embedded-postgres.ts';
import { openMysql } from '../../src/targets/stores/mysql.ts';
import { mysqlReader } from '../../src/targets/stores/mysql-reader.ts';
import { openPostgres } from '../../src/targets/stores/postgres.ts';
import { postgresReader } from '../../src/targets/stores/postgres-reader.ts';
import { type PrivateMysql, startPrivateMysql } from '../../src/targets/stores/private-mysql.ts';
import { startReaper } from '../../src/targets/stores/reaper.ts';
import { openRedis } from '../../src/targets/stores/redis.ts';
import { findRedisServer } from '../../src/targets/stores/redis-server.ts';
import { ensureMysql } from '../helpers/ensure-mysql.ts';
import { ensureProgram } from '../helpers/ensure-program.ts';
import { type OwnRedis, startOwnRedis } from '../helpers/own-redis.ts';

/** The store of somebody else's shop, looked into on the real servers. */

let postgres: EmbeddedPostgres;
let mysql: PrivateMysql;
let redis: OwnRedis;
let urls: { readonly postgres: string; readonly mysql: string };

const tables = [
  'CREATE TABLE products (id varchar(20) PRIMARY KEY, stock integer NOT NULL)',
  'CREATE TABLE orders (id integer PRIMARY KEY, request varchar(40), buyer varchar(20), units integer)',
  'CREATE TABLE sessions (id integer PRIMARY KEY, buyer varchar(20))',
  "INSERT INTO products VALUES ('shoe', 3), ('hat', 9)",
  "INSERT INTO orders VALUES (1, 'r1-4', 'u4', 2), (2, NULL, 'u5', 1)",
  "INSERT INTO sessions VALUES (1, 'u4'), (2, 'u4'), (3, 'u5')",
];

beforeAll(async () => {
  await ensureMysql();
  await ensureProgram({ find: findRedisServer, aptPackage: 'redis-server' });
  [postgres, mysql, redis] = await Promise.all([
    startEmbeddedPostgres(),
    startPrivateMysql(),
    startOwnRedis(),
  ]);
  const { host, user } = postgres.connection;
  const { socketPath = '', user: mysqlUser } = mysql.connection;
  urls = {
    postgres: `postgres://${user}@/postgres?host=${encodeURIComponent(host)}`,
    mysql: `mysql://${mysqlUser}@localhost/shop?socket=${socketPath}`,
  };
  const store = openPostgres(postgres.connection);
  for (const statement of tables) await store.query(statement);
  await store.close();
  const outside = openMysql(mysql.connection, { poolMax: 1 });
  await outside.query('CREATE DATABASE shop');
  await outside.close();
  const shop = openMysql(mysql.connection, { poolMax: 1, database: 'shop' });
  for (const statement of tables) await shop.query(statement);
  await shop.close();
  const client = openRedis(redis.url);
  await client.set('stock:shoe', 3);
  await client.set('orders', JSON.stringify([{ id: 1, by: { name: 'u4' }, key: 'r1-4' }]));
  client.close();
}, 300_000);

afterAll(async () => {
  await Promise.all([postgres.stop(), mysql.stop(), redis.stop()]);
  startReaper().close();
});

const queries: Omit<SqlSource, 'url'> = {
  stock: 'SELECT id AS product, stock AS remaining FROM products',
  orders:
    'SELECT id, request AS "key", buyer AS "user", \'shoe\' AS product, units AS quantity FROM orders ORDER BY id',
  sessions: 'SELECT buyer AS "user", count(*) AS alive FROM sessions GROUP BY buyer',
  checks: {
    keyless: { query: 'SELECT count(*) FROM orders WHERE request IS NULL', expect: '<= 1' },
    units: { query: 'SELECT sum(units) FROM orders', expect: 4 },
  },
};
/** MySQL quotes names in another way. */
const quoted = (sql: string): string => sql.replaceAll('"', '`');
const inMysql: Omit<SqlSource, 'url'> = {
  ...queries,
  orders: quoted(queries.orders ?? ''),
  sessions: quoted(queries.sessions ?? ''),
};

function open(truth: TruthOptions): Promise<TruthReader> {
  return openTruthReader({
    truth,
    context: {
      runId: 'r1',
      products: [
        { id: 'shoe', stock: 5 },
        { id: 'hat', stock: 9 },
      ],
      allowRemote: false,
      allowHosts: [],
    },
    baseUrl: 'http://localhost:1',
    tls: undefined,
    feeders: {},
    startedAtMs: 0,
  });
}

const sources = ['postgres', 'mysql'] as const;
const sourceOf = (name: 'postgres' | 'mysql', changes: Partial<SqlSource> = {}): TruthOptions => ({
  [name]: { url: urls[name], ...(name === 'mysql' ? inMysql : queries), ...changes },
});

describe.each(sources)('a probe of %s', (name) => {
  it('reads stock, orders and sessions', async () => {
    const reader = await open(sourceOf(name));
    expect(await reader.read()).toMatchObject({
      runId: 'r1',
      products: [
        { id: 'hat', initial: 9, remaining: 9 },
        { id: 'shoe', initial: 5, remaining: 3 },
      ],
      orders: [
        { id: '1', key: 'r1-4', userId: 'u4', quantity: 2, status: 'confirmed' },
        { id: '2', key: null, userId: 'u5', quantity: 1, status: 'confirmed' },
      ],
      sessions: { alive: 3, aliveMaxPerUser: 2 },
    });
    expect(reader.hidden).toBeUndefined();
  });

  it('asks the user’s own questions', async () => {
    const checks = await (await open(sourceOf(name))).checks();
    expect(checks).toEqual([
      { name: 'keyless', expect: '<= 1', value: 1, problem: '' },
      { name: 'units', expect: '4', value: 3, problem: '' },
    ]);
  });

  it('shows no snapshot without orders, and says why', async () => {
    const reader = await open(sourceOf(name, { orders: undefined }));
    expect(await reader.read()).toBeUndefined();
    expect(reader.hidden).toContain('shows no orders');
  });

  it.each([
    ['SELECT nonsense FROM products', 'nonsense'],
    ['SELECT id FROM missing', 'missing'],
  ])('says what is wrong with %j', async (stock, why) => {
    const read = (await open(sourceOf(name, { stock }))).read();
    await expect(read).rejects.toMatchObject({
      code: 'STORE_REFUSED',
      what: `\`target.http.truth.${name}.stock\` could not be read.`,
      why: expect.stringMatching(new RegExp(why)) as string,
    });
  });

  it('says that a statement tried to write', async () => {
    const stock = 'DELETE FROM orders';
    await expect((await open(sourceOf(name, { stock }))).read()).rejects.toMatchObject({
      what: `\`target.http.truth.${name}.stock\` tried to write.`,
    });
  });

  it('says which check is wrong, and asks the others', async () => {
    const checks = {
      bad: { query: 'SELECT nonsense', expect: 0 },
      rows: { query: 'SELECT id FROM orders', expect: 0 },
      good: { query: 'SELECT 0', expect: 0 },
    };
    const found = await (await open(sourceOf(name, { checks }))).checks();
    expect(found.map(({ value }) => value)).toEqual([null, null, 0]);
    expect(found[0]?.problem).toContain('nonsense');
    expect(found[1]?.problem).toContain('should answer one number, and it answers 2 rows');
  });
});

const readers = { postgres: postgresReader, mysql: mysqlReader } as const;

describe.each(sources)('the transaction that %s is read in', (name) => {
  it.each([
    'DELETE FROM orders',
    "INSERT INTO products VALUES ('bag', 1)",
    'CREATE TABLE x (a int)',
    'DROP TABLE orders',
    'TRUNCATE TABLE orders',
  ])('is refused by the database itself: %s', async (sql) => {
    const read = readers[name](urls[name], 5_000).read((session) => session.query(sql));
    await expect(read).rejects.toMatchObject({ name: 'ReadError', kind: 'write' });
    expect((await (await open(sourceOf(name))).read())?.orders).toHaveLength(2);
  });

  it('takes one statement at a time', async () => {
    const sql = 'SELECT 1; SELECT 2';
    const read = readers[name](urls[name], 5_000).read((session) => session.query(sql));
    await expect(read).rejects.toMatchObject({ kind: 'refused' });
  });
});

describe('a probe of PostgreSQL', () => {
  it.each([
    ['WITH gone AS (DELETE FROM orders RETURNING id) SELECT count(*) AS remaining FROM gone'],
    ["SELECT nextval('pg_temp.nothing')"],
  ])('cannot be talked into writing: %s', async (stock) => {
    await expect((await open(sourceOf('postgres', { stock }))).read()).rejects.toThrow();
    expect((await (await open(sourceOf('postgres'))).read())?.orders).toHaveLength(2);
  });

  it('stays read-only when a statement ends its transaction', async () => {
    const read = postgresReader(urls.postgres, 5_000).read(async (session) => {
      await session.query('COMMIT');
      return session.query('DELETE FROM orders');
    });
    await expect(read).rejects.toMatchObject({ kind: 'write' });
  });

  it('ends a statement that takes too long', async () => {
    const read = postgresReader(urls.postgres, 100).read((session) =>
      session.query('SELECT pg_sleep(10)'),
    );
    await expect(read).rejects.toMatchObject({ kind: 'timeout' });
  });

  it('says when nobody listens, without the password', async () => {
    const url = 'postgres://me:hunter2@127.0.0.1:1/shop';
    const read = (await open({ postgres: { url, ...queries } })).read();
    await expect(read).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      why: expect.not.stringContaining('hunter2') as string,
    });
  });
});

describe('a probe of Redis', () => {
  const columns = { id: '$.id', key: '$.key', user: '$.by.name', product: '$.sku' };

  it('reads counts and rows of JSON', async () => {
    const reader = await open({
      redis: {
        url: redis.url,
        stock: 'GET stock:{{product.id}}',
        orders: { command: 'GET orders', columns: { ...columns, product: '$.key' } },
      },
    });
    const snapshot = await reader.read();
    reader.close();
    // Of the hat there is no count.
    expect(snapshot?.products).toEqual([{ id: 'shoe', initial: 5, remaining: 3 }]);
    expect(snapshot?.orders).toMatchObject([{ id: '1', key: 'r1-4', userId: 'u4' }]);
  });

  it('never writes', async () => {
    const reader = await open({ redis: { url: redis.url, stock: 'DEL orders' } });
    await expect(reader.read()).rejects.toMatchObject({
      what: '`target.http.truth.redis.stock` tried to write.',
    });
    reader.close();
  });

  it('says what is wrong with a command', async () => {
    const reader = await open({
      redis: { url: redis.url, orders: { command: 'HVALS orders', columns } },
    });
    await expect(reader.read()).rejects.toMatchObject({
      what: '`target.http.truth.redis.orders` could not be read.',
      why: expect.stringContaining('WRONGTYPE') as string,
    });
    reader.close();
  });
});
