import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
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
  await fillTimes();
  const client = openRedis(redis.url);
  await client.set('stock:shoe', 3);
  await client.set('orders', JSON.stringify([{ id: 1, by: { name: 'u4' }, key: 'r1-4' }]));
  client.close();
}, 300_000);

afterAll(async () => {
  await Promise.all([postgres.stop(), mysql.stop(), redis.stop()]);
  startReaper().close();
});

/** Both databases get another time zone, and a table of one instant in many forms, each as its server would write it. */
async function fillTimes(): Promise<void> {
  const row = `'${instant}', '2026-12-01 15:30:00.123456'`;
  const epoch = `${tenMs / 1000}, ${tenMs + 123}`;
  const store = openPostgres(postgres.connection);
  await store.query("ALTER DATABASE postgres SET timezone = 'Asia/Kolkata'");
  await store.query("ALTER DATABASE postgres SET datestyle = 'SQL, DMY'");
  await store.query(`CREATE TABLE times (zoned timestamptz, zoneless timestamp, seconds timestamptz(0),
    local timestamp, epoch_s bigint, epoch_ms bigint)`);
  await store.query(`INSERT INTO times (zoned, seconds, zoneless, local, epoch_s, epoch_ms)
    VALUES ('${instant}+00', '${instant}+00', ${row}, ${epoch})`);
  await store.close();
  const shop = openMysql(mysql.connection, { poolMax: 1, database: 'shop' });
  await shop.query(`SET GLOBAL time_zone = '${zone}'`);
  await shop.query(`CREATE TABLE times (zoned TIMESTAMP(6) NULL, zoneless DATETIME(3), tenths DATETIME(1),
    seconds DATETIME, local DATETIME(3), epoch_s BIGINT, epoch_ms BIGINT)`);
  await shop.query(`INSERT INTO times (zoned, tenths, seconds, zoneless, local, epoch_s, epoch_ms)
    VALUES ('${instant}', '${instant}', '${instant}', ${row}, ${epoch})`);
  await shop.close();
}

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

/** 10:00:00.123456 in UTC, as the databases hold it in a time zone of their own, half an hour from any other. */
const [instant, zone] = ['2026-12-01 10:00:00.123456', '+05:30'];
const tenMs = Date.UTC(2026, 11, 1, 10);

async function timesOf(name: 'postgres' | 'mysql', column: string): Promise<unknown> {
  const orders = `SELECT 1 AS id, 'shoe' AS product, ${column} AS ${quotedTime[name]} FROM times`;
  const snapshot = await (await open({ [name]: { url: urls[name], orders } })).read();
  return snapshot?.orders[0]?.createdAtMs;
}
const quotedTime = { postgres: '"time"', mysql: '`time`' } as const;

// Neither where the database nor where flashsim is may shift a time.
describe.each(['UTC', 'America/New_York'])('the time of an order, read in %s', (here) => {
  beforeEach(() => {
    vi.stubEnv('TZ', here);
    expect(new Date(tenMs).getTimezoneOffset()).toBe(here === 'UTC' ? 0 : 300);
  });
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  it.each([
    ['zoned', 123],
    ['zoneless', 123],
    ['seconds', 0],
    ['zoned::text', 123],
    ['zoneless::text', 123],
    ["zoned AT TIME ZONE 'UTC'", 123],
    ["local AT TIME ZONE 'Asia/Kolkata'", 123],
    ['extract(epoch FROM zoned)', 123],
    ['extract(epoch FROM zoned)::float8', 123],
    ['epoch_s', 0],
    ['epoch_ms', 123],
    ['NULL::timestamptz', undefined],
  ])('is what PostgreSQL has in %s', async (column, afterMs) => {
    const expected = afterMs === undefined ? undefined : tenMs + afterMs;
    expect(await timesOf('postgres', column)).toBe(expected);
  });

  it.each([
    ['zoned', 123],
    ['zoneless', 123],
    // It rounds.
    ['tenths', 100],
    ['seconds', 0],
    ["DATE_FORMAT(zoneless, '%Y-%m-%dT%T.%fZ')", 123],
    ["CONVERT_TZ(local, '+05:30', '+00:00')", 123],
    ['UNIX_TIMESTAMP(zoned)', 123],
    ['epoch_s', 0],
    ['epoch_ms', 123],
    ['CAST(NULL AS DATETIME)', undefined],
  ])('is what MySQL has in %s', async (column, afterMs) => {
    const expected = afterMs === undefined ? undefined : tenMs + afterMs;
    expect(await timesOf('mysql', column)).toBe(expected);
  });

  it.each(sources)('is off by what %s does not know of its zone', async (name) => {
    expect(await timesOf(name, 'local')).toBe(tenMs + 123 + 5.5 * 3_600_000);
  });
});

describe.each(sources)('a time of %s that is none', (name) => {
  it.each(['CURRENT_DATE', "'yesterday'", '42'])('is said to be so: %s', async (column) => {
    await expect(timesOf(name, column)).rejects.toMatchObject({
      code: 'STORE_REFUSED',
      what: expect.stringMatching(
        new RegExp(`^\`target.http.truth.${name}.orders\` cannot be read: the time "[^"]+" is no`),
      ) as string,
      fix: expect.stringMatching(/ISO 8601 .* AS time/) as string,
    });
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
