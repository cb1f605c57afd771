import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  isMysqlConnectionLost,
  isTransactionUndone,
  type MysqlFrame,
  type MysqlStore,
  mysqlErrorOf,
  mysqlFrames,
  openMysql,
} from '../../src/targets/stores/mysql.ts';
import { type PrivateMysql, startPrivateMysql } from '../../src/targets/stores/private-mysql.ts';
import { startReaper } from '../../src/targets/stores/reaper.ts';
import {
  CommitUnknownError,
  TransactionAbortedError,
} from '../../src/targets/stores/transaction-errors.ts';
import { ensureMysql } from '../helpers/ensure-mysql.ts';

const database = 'flashsim_shop';
let server: PrivateMysql;
let store: MysqlStore;

beforeAll(async () => {
  await ensureMysql();
  server = await startPrivateMysql();
  const outside = openMysql(server.connection, { poolMax: 1 });
  await outside.query(`CREATE DATABASE ${database}`);
  await outside.close();
  store = openMysql(server.connection, { poolMax: 4, database });
  await store.query('CREATE TABLE items (id BIGINT PRIMARY KEY, note VARCHAR(9))');
}, 300_000);

afterAll(async () => {
  await store.close();
  await server.stop();
  startReaper().close();
});

async function itemCount(id: number): Promise<number | undefined> {
  const sql = 'SELECT COUNT(*) AS n FROM items WHERE id = ?';
  return (await store.query<{ n: number }>(sql, [id])).rows[0]?.n;
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

const connectionId = async (db: Pick<MysqlStore, 'query'>): Promise<number> =>
  (await db.query<{ id: number }>('SELECT CONNECTION_ID() AS id')).rows[0]?.id ?? 0;

const statusOf = async (db: Pick<MysqlStore, 'query'>, name: string): Promise<string> =>
  (await db.query<{ Value: string }>(`SHOW SESSION STATUS LIKE '${name}'`)).rows[0]?.Value ?? '';

describe('openMysql', () => {
  it('takes and gives whole numbers exactly', async () => {
    const largest = Number.MAX_SAFE_INTEGER;
    const inserted = await store.query('INSERT INTO items VALUES (?, ?)', [largest, 'largest']);
    expect(inserted.changed).toBe(1);
    const { rows } = await store.query('SELECT id + ? AS id, note FROM items WHERE id = ?', [
      -1,
      largest,
    ]);
    expect(rows).toEqual([{ id: largest - 1, note: 'largest' }]);
    await expect(store.query('SELECT ? AS half', [0.5])).rejects.toThrow(/integer/);
  });

  it('tells an upsert that changed nothing, and what an UPDATE wrote, below zero too', async () => {
    const upsert = 'INSERT INTO items VALUES (10, ?) ON DUPLICATE KEY UPDATE id = id';
    expect((await store.query(upsert, ['a'])).changed).toBe(1);
    expect((await store.query(upsert, ['b'])).changed).toBe(0);
    const sql = 'UPDATE items SET note = CAST(LAST_INSERT_ID(? - 7) AS SIGNED) WHERE id = 10';
    expect((await store.query(sql, [3])).insertId).toBe(-4);
  });

  it('sets what it needs on every connection, whatever the server’s defaults are', async () => {
    const own = openMysql(server.connection, { poolMax: 1, database });
    await own.query('SET GLOBAL autocommit = 0, GLOBAL sql_mode = ""');
    const fresh = openMysql(server.connection, { poolMax: 1, database });
    try {
      const { rows } = await fresh.query<{ mode: string }>(
        'SELECT @@tx_isolation AS level, @@autocommit AS auto, @@sql_mode AS mode',
      );
      expect(rows).toMatchObject([{ level: 'READ-COMMITTED', auto: 1 }]);
      const tooLong = fresh.query('INSERT INTO items VALUES (11, ?)', ['more than nine']);
      expect(mysqlErrorOf(await rejectionOf(tooLong))).toBe(1406);
    } finally {
      await own.query('SET GLOBAL autocommit = 1, GLOBAL sql_mode = DEFAULT');
      await own.close();
      await fresh.close();
    }
  });

  it('prepares a statement with values once per connection', async () => {
    const single = openMysql(server.connection, { poolMax: 1, database });
    const before = Number(await statusOf(single, 'Com_stmt_prepare'));
    for (const value of [1, 2, 3]) await single.query('SELECT ? AS value', [value]);
    expect(Number(await statusOf(single, 'Com_stmt_prepare'))).toBe(before + 1);
    await single.close();
  });

  it('survives the loss of idle connections', async () => {
    const single = openMysql(server.connection, { poolMax: 1, database });
    await store.query(`KILL ${await connectionId(single)}`);
    // The first statement may still meet the dying connection; the second must not.
    await single.query('SELECT 1').catch(() => undefined);
    expect((await single.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
    await single.close();
    await single.close();
  });

  it('waits for what is under way before it closes', async () => {
    const single = openMysql(server.connection, { poolMax: 1, database });
    const [first, second] = [1, 2].map((id) =>
      single.transaction(async (db) => {
        await db.query('SELECT SLEEP(0.1)');
        await db.query('INSERT INTO items VALUES (?, NULL)', [100 + id]);
      }),
    );
    await single.close();
    await Promise.all([first, second]);
    expect([await itemCount(101), await itemCount(102)]).toEqual([1, 1]);
  });
});

describe('a transaction', () => {
  it('is durable once it resolves, and leaves nothing when its work throws', async () => {
    const insert = (id: number, error?: Error): Promise<string> =>
      store.transaction(async (db) => {
        await db.query('INSERT INTO items VALUES (?, NULL)', [id]);
        if (error !== undefined) throw error;
        return 'kept';
      });
    expect(await insert(20)).toBe('kept');
    const error = new Error('changed my mind');
    expect(await rejectionOf(insert(21, error))).toBe(error);
    expect([await itemCount(20), await itemCount(21)]).toEqual([1, 0]);
  });

  it('sees one instant and may write nothing in a snapshot', async () => {
    const seen = await store.transaction(async (db) => {
      await store.query('INSERT INTO items VALUES (22, NULL)');
      const { rows } = await db.query('SELECT id FROM items WHERE id = 22');
      const refused = await rejectionOf(db.query('INSERT INTO items VALUES (23, NULL)'));
      return [rows, mysqlErrorOf(refused)];
    }, mysqlFrames.snapshot);
    expect(seen).toEqual([[], 1792]);
    expect(await itemCount(22)).toBe(1);
  });

  it('would go on reading the past at REPEATABLE READ, MySQL’s own default', async () => {
    const read = 'SELECT id FROM items WHERE id = 25';
    const later = async (isolation: 'REPEATABLE READ' | undefined): Promise<unknown> => {
      await store.query('DELETE FROM items WHERE id = 25');
      const begin = async (db: Pick<MysqlStore, 'query'>): Promise<void> => {
        if (isolation !== undefined) await db.query(`SET TRANSACTION ISOLATION LEVEL ${isolation}`);
        await db.query('START TRANSACTION');
      };
      return store.transaction(
        async (db) => {
          await db.query(read);
          await store.query('INSERT INTO items VALUES (25, NULL)');
          return (await db.query(read)).rows.length;
        },
        { begin },
      );
    };
    expect(await later('REPEATABLE READ')).toBe(0);
    expect(await later(undefined)).toBe(1);
  });

  it('sends nothing more once the server has undone it, and is rejected', async () => {
    await store.query('INSERT INTO items VALUES (30, NULL), (31, NULL)');
    const lock = 'SELECT id FROM items WHERE id = ? FOR UPDATE';
    const meet = barrier(2);
    /** Both lock one row and want the other’s: the server undoes one of them. */
    const cross = (first: number, second: number, id: number): Promise<unknown> =>
      store.transaction(async (db) => {
        await db.query(lock, [first]);
        await meet();
        const error: unknown = await db.query(lock, [second]).catch((reason: unknown) => reason);
        if (isTransactionUndone(error)) {
          expect(await rejectionOf(db.query('INSERT INTO items VALUES (32, NULL)'))).toBeInstanceOf(
            TransactionAbortedError,
          );
        } else {
          await db.query('INSERT INTO items VALUES (?, NULL)', [id]);
        }
      });
    const ends = await Promise.allSettled([cross(30, 31, 33), cross(31, 30, 34)]);
    expect(ends.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const failed = ends.find((end) => end.status === 'rejected');
    expect(failed?.reason).toBeInstanceOf(TransactionAbortedError);
    expect(await itemCount(32)).toBe(0);
    expect(((await itemCount(33)) ?? 0) + ((await itemCount(34)) ?? 0)).toBe(1);
  });

  it('leaves the connection as it was after a frame of its own, whatever happened', async () => {
    const single = openMysql(server.connection, { poolMax: 1, database });
    await single.query('CREATE TABLE others (id INT PRIMARY KEY)');
    const locked: MysqlFrame = {
      begin: async (db) => {
        await db.query('SET autocommit = 0');
        await db.query('LOCK TABLES items WRITE');
      },
      end: async (db) => {
        await db.query('UNLOCK TABLES');
        await db.query('SET autocommit = 1');
      },
    };
    const id = await connectionId(single);
    const work = (db: Pick<MysqlStore, 'query'>) => db.query('INSERT INTO items VALUES (40, NULL)');
    await single.transaction(work, locked);
    expect(mysqlErrorOf(await rejectionOf(single.transaction(work, locked)))).toBe(1062);
    await single.query('INSERT INTO others VALUES (1)');
    expect(await connectionId(single)).toBe(id);
    expect(await itemCount(40)).toBe(1);
    // An end that fails takes the connection with it, and the outcome stands.
    const bad = { ...mysqlFrames.readCommitted, end: () => Promise.reject(new Error('no')) };
    await single.transaction((db) => db.query('INSERT INTO items VALUES (41, NULL)'), bad);
    expect(await connectionId(single)).not.toBe(id);
    expect(await itemCount(41)).toBe(1);
    await single.close();
  });

  it.each([
    ['before the server has heard of it', false, 0],
    ['after the server has done it', true, 1],
  ])('is unknown when the connection is lost during COMMIT, %s', async (_when, passOn, kept) => {
    const id = 50 + kept;
    const proxy = await cuttingProxy(server.connection.socketPath ?? '', passOn);
    const { user, sslMode } = server.connection;
    const overTcp = { host: '127.0.0.1', port: proxy.port, user, sslMode };
    const single = openMysql(overTcp, { poolMax: 1, database });
    const lost = single.transaction((db) => db.query('INSERT INTO items VALUES (?, NULL)', [id]));
    expect(await rejectionOf(lost)).toBeInstanceOf(CommitUnknownError);
    await proxy.close();
    // The answer that was cut off has been sent by now, or the server has seen its client go.
    await store.query('SELECT SLEEP(0.2)');
    expect(await itemCount(id)).toBe(kept);
    await single.close();
  });

  it('destroys a connection that broke and goes on with another', async () => {
    const single = openMysql(server.connection, { poolMax: 1, database });
    const broken = single.transaction(async (db) => {
      await store.query(`KILL ${await connectionId(db)}`);
      await db.query('SELECT 1');
    });
    expect(isMysqlConnectionLost(await rejectionOf(broken))).toBe(true);
    expect((await single.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
    await single.close();
  });
});

describe('a server that is killed and restarted', () => {
  it('has what was committed, and nothing else', async () => {
    await store.query('INSERT INTO items VALUES (60, NULL)');
    const { pid } = server;
    const cut = store.transaction(async (db) => {
      await db.query('INSERT INTO items VALUES (61, NULL)');
      await server.restart();
      await db.query('SELECT 1');
    });
    expect(isMysqlConnectionLost(await rejectionOf(cut))).toBe(true);
    expect(server.pid).not.toBe(pid);
    expect([await itemCount(60), await itemCount(61)]).toEqual([1, 0]);
  });
});

/** Resolves for all of `count` callers once the last has come. */
function barrier(count: number): () => Promise<void> {
  let missing = count;
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return () => {
    missing -= 1;
    if (missing === 0) open();
    return opened;
  };
}

/** Hands bytes on, and cuts the client off as it says COMMIT: before or after the server has heard. */
async function cuttingProxy(
  socketPath: string,
  passOn: boolean,
): Promise<{ readonly port: number; close(): Promise<void> }> {
  const proxy = createServer((client) => {
    const upstream = connect(socketPath);
    upstream.on('data', (data) => client.write(data));
    client.on('data', (data) => {
      const isCommit = data.toString('latin1').endsWith('COMMIT');
      if (!isCommit || passOn) upstream.write(data);
      if (!isCommit) return;
      client.destroy();
      if (!passOn) upstream.destroy();
    });
    client.on('error', () => undefined);
    upstream.on('error', () => undefined);
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  return {
    port: (proxy.address() as AddressInfo).port,
    close: async () => {
      proxy.close();
      await once(proxy, 'close');
    },
  };
}
