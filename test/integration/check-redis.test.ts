import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkRedis } from '../../src/targets/stores/check-redis.ts';
import { openRedis } from '../../src/targets/stores/redis.ts';
import { findRedisServer } from '../../src/targets/stores/redis-server.ts';
import { ensureProgram } from '../helpers/ensure-program.ts';
import { type OwnRedis, startOwnRedis } from '../helpers/own-redis.ts';

const secret = 'pa$$word';
let plain: OwnRedis;
let guarded: OwnRedis;
let replica: OwnRedis;

beforeAll(async () => {
  await ensureProgram({ find: findRedisServer, aptPackage: 'redis-server' });
  plain = await startOwnRedis([
    ['user', ...'reader on >look ~* +@all -@write'.split(' ')],
    ['user', ...'narrow on >look ~other:* +@all'.split(' ')],
    ['maxmemory', '50mb'],
  ]);
  guarded = await startOwnRedis([['requirepass', secret]]);
  replica = await startOwnRedis([['replicaof', '127.0.0.1', String(plain.port)]]);
});

afterAll(async () => {
  await Promise.all([plain, guarded, replica].map((server) => server.stop()));
});

/** Speaks as much of the protocol as it takes to say that it is old. */
async function oldRedis(): Promise<Server> {
  const info = '# Server\r\nredis_version:6.0.16\r\nredis_mode:standalone\r\nrole:master\r\n';
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (data) => {
      for (const line of data.toString().split('\r\n')) {
        if (/^hello$/i.test(line)) socket.write('-NOPROTO unsupported protocol version\r\n');
        else if (/^info$/i.test(line)) socket.write(`$${info.length}\r\n${info}\r\n`);
        else if (/^client$/i.test(line)) socket.write('+OK\r\n');
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

describe('a Redis of the user’s own', () => {
  it('is taken when it can be written, with or without a login', async () => {
    expect(await checkRedis(plain.url)).toMatchObject({
      version: expect.stringMatching(/^\d/) as string,
      warnings: [],
    });
    const url = `redis://:${encodeURIComponent(secret)}@127.0.0.1:${guarded.port}/3`;
    expect((await checkRedis(url)).warnings).toEqual([]);
    const store = openRedis(url);
    expect((await store.facts()).get('db3')).toBeUndefined();
    store.close();
  });

  it('is taken with a warning when it may evict counts', async () => {
    const store = openRedis(plain.url);
    await store.configure('maxmemory-policy', 'allkeys-lru');
    expect((await checkRedis(plain.url)).warnings).toEqual([
      `Redis at ${plain.url}/0 may evict counts to make room (maxmemory-policy allkeys-lru)`,
    ]);
    await store.configure('maxmemory-policy', 'noeviction');
    store.close();
  });

  it.each([
    [
      'the password is wrong',
      () => `redis://:wrong@127.0.0.1:${guarded.port}`,
      /WRONGPASS .*[^.]\.$/,
    ],
    ['the password is missing', () => guarded.url, /asks for a login/],
    [
      'the user may not write',
      () => `redis://reader:look@127.0.0.1:${plain.port}`,
      /NOPERM|permission/,
    ],
    [
      'the user may write other keys only',
      () => `redis://narrow:look@127.0.0.1:${plain.port}`,
      /NOPERM|permission/,
    ],
    ['it is a replica', () => replica.url, /read-only replica/],
    ['there is no such database', () => `${plain.url}/99`, /out of range/],
  ])('is refused when %s', async (_title, url, why) => {
    await expect(checkRedis(url())).rejects.toMatchObject({
      code: 'STORE_REFUSED',
      what: expect.stringMatching(why) as string,
    });
    await expect(checkRedis(url())).rejects.not.toThrow(/wrong|look/);
  });

  it('is refused when it takes no writes for want of replicas', async () => {
    const store = openRedis(plain.url);
    await store.configure('min-replicas-to-write', '3');
    await expect(checkRedis(plain.url)).rejects.toMatchObject({
      code: 'STORE_REFUSED',
      what: expect.stringContaining('NOREPLICAS') as string,
    });
    await store.configure('min-replicas-to-write', '0');
    store.close();
  });

  it('is refused when it is too old', async () => {
    const server = await oldRedis();
    const { port } = server.address() as AddressInfo;
    await expect(checkRedis(`redis://127.0.0.1:${port}`)).rejects.toMatchObject({
      code: 'STORE_REFUSED',
      what: `Redis at redis://127.0.0.1:${port}/0 cannot be used: it is version 6.0.16, and 6.2 is needed.`,
    });
    server.close();
  });

  it('is unavailable when nobody listens', async () => {
    await expect(checkRedis('redis://127.0.0.1:1')).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      what: 'Redis at redis://127.0.0.1:1/0 could not be reached (ECONNREFUSED).',
    });
  });
});
