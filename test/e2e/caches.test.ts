import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openRedis } from '../../src/targets/stores/redis.ts';
import { findRedisServer } from '../../src/targets/stores/redis-server.ts';
import {
  flashsim,
  processesOf,
  run,
  start,
  temporaryFolder,
  temporaryLeftovers,
} from '../helpers/cli.ts';
import { ensureProgram } from '../helpers/ensure-program.ts';
import { type OwnRedis, startOwnRedis } from '../helpers/own-redis.ts';

const secret = 'hunter2secret';
let redis: OwnRedis;
let replica: OwnRedis;
beforeAll(async () => {
  await ensureProgram({ find: findRedisServer, aptPackage: 'redis-server' });
  redis = await startOwnRedis([['requirepass', secret]]);
  replica = await startOwnRedis([
    ['replicaof', '127.0.0.1', String(redis.port)],
    ['masterauth', secret],
  ]);
});
afterAll(async () => {
  await replica.stop();
  await redis.stop();
});

const own = (password = secret) => `redis://:${password}@127.0.0.1:${redis.port}/1`;

/** 40 units and 120 people, two processes. */
function scenario(stock: string, rest = ''): string {
  const file = join(temporaryFolder(), 'scenario.yaml');
  writeFileSync(
    file,
    `name: caches
target:
  reference: { processes: 2, stock: { ${stock} } }
sale: { products: [{ id: sneaker-42, stock: 40, limitPerUser: 2 }], opensAt: 800ms }
workload:
  users: 120
  quantity: { 1: 80%, 2: 20% }
  cancel: { probability: 20%, delay: 50ms }
  endsAt: 3s
  arrivals: [{ type: herd, reaction: { lognormal: { median: 150ms, sigma: 0.5 } } }]
${rest}`,
  );
  return file;
}

describe('a sale whose stock is in Redis', () => {
  it('is right, restocks and cancels included, and leaves nothing in a Redis of the user', async () => {
    const ran = await run(
      scenario('strategy: redis-lua', 'events: [{ afterOpening: 300ms, restock: 5 }]\n'),
      '--set',
      `target.reference.stores.redis=${own()}`,
    );
    const { result, folder, stdout, stderr } = ran;
    expect(result.target.description).toContain('and own Redis');
    expect(result.events).toMatchObject([{ outcome: 'ok' }]);
    expect(result.codes['cancel']?.['ok']).toBeGreaterThan(0);
    for (const name of ['oversell', 'lostOrder', 'conservation', 'reservation', 'userLimit']) {
      expect(result.invariants[name]?.verdict, name).toBe('pass');
    }
    expect(result.caches).toMatchObject([{ product: 'sneaker-42', drift: 0 }]);
    const files = ['run.json', 'truth.json', 'result.json', 'orders.journal'].map((name) =>
      readFileSync(join(folder, name), 'utf8'),
    );
    expect([stdout, stderr, ...files].join('')).not.toContain(secret);
    const store = openRedis(own());
    expect((await store.facts()).get('db1')).toBeUndefined();
    store.close();
  });

  it('leaves neither process nor folder of a private Redis behind', async () => {
    const before = temporaryLeftovers();
    const started = start([
      ...['run', scenario('strategy: redis-lock'), '--no-control', '--quiet'],
      ...['--out', join(temporaryFolder(), 'run')],
    ]);
    await started.finished;
    expect(processesOf(started.marker)).toEqual([]);
    expect(temporaryLeftovers().filter((name) => !before.includes(name))).toEqual([]);
  });
});

describe('the built-in late-warm-up', () => {
  it('shows what it costs', async () => {
    const { result, code } = await run('late-warm-up');
    expect(code).toBe(3);
    expect(result.invariants['oversell']?.verdict).toBe('violated');
    expect(result.invariants['falseSoldOut']?.verdict).toBe('violated');
    expect(result.caches[0]?.drift).toBeLessThan(0);
    expect(result.events.map(({ outcome }) => outcome)).toEqual(['ok', 'ok']);
  });

  it('never oversells where the database has the last word', async () => {
    const { result } = await run(
      'late-warm-up',
      ...['--set', 'target.reference.stock.strategy=redis-lua-guarded'],
    );
    expect(result.invariants['oversell']?.verdict).toBe('pass');
    expect(result.sold).toBe(100);
  });
});

describe('a Redis that cannot be used', () => {
  const runWith = (url: string) =>
    flashsim([
      ...['run', scenario('strategy: redis-decr'), '--quiet'],
      ...['--out', join(temporaryFolder(), 'run')],
      ...['--set', `target.reference.stores.redis=${url}`],
    ]);

  it.each([
    ['with the wrong password', () => own('nothunter2'), 5, /WRONGPASS/],
    ['that is a replica', () => replica.url, 5, /read-only replica/],
    ['that is not there', () => 'redis://127.0.0.1:1', 5, /could not be reached \(ECONNREFUSED\)/],
    ['whose URL cannot be read', () => `redis://:${secret}@`, 5, /cannot be read/],
    ['elsewhere, without consent', () => 'redis://redis.example', 2, /Redis is on `redis.example`/],
  ])('%s is a clear error', async (_title, url, expected, says) => {
    const { code, stderr, stdout } = await runWith(url());
    expect(stderr).toMatch(says);
    expect(stderr + stdout).not.toMatch(/hunter2| {4}at /);
    expect(code).toBe(expected);
  });

  it('is named with the commands that install one when there is none', async () => {
    const started = start(
      [
        ...['run', scenario('strategy: redis-lua'), '--quiet'],
        ...['--out', join(temporaryFolder(), 'run')],
      ],
      { env: { PATH: temporaryFolder() } },
    );
    const { code, stderr } = await started.finished;
    expect(stderr).toMatch(/None of redis-server, valkey-server is on PATH/);
    expect(stderr).toMatch(/apt-get install[\s\S]*brew install[\s\S]*docker run/);
    expect(code).toBe(5);
  });
});

describe('flashsim warm-up', () => {
  it('loads the count of a server that is served', async () => {
    const server = start([
      'serve',
      '--port',
      '0',
      '--strategy',
      'redis-lua',
      '--warm-up',
      'manual',
    ]);
    try {
      let admin: string | undefined;
      while (admin === undefined) {
        await new Promise((resolve) => setTimeout(resolve, 50));
        admin = /--url (\S+)/.exec(server.stdout())?.[1];
      }
      const truthUrl = `${admin}/truth`;
      const cached = async () => {
        const answer = await fetch(truthUrl);
        return ((await answer.json()) as { products: { cached: unknown }[] }).products[0]?.cached;
      };
      expect(await cached()).toBeNull();
      const warm = await flashsim(['warm-up', '--url', admin]);
      expect(warm).toMatchObject({ code: 0, stdout: 'Redis has 500 units of sneaker-42\n' });
      expect(await cached()).toBe(500);
      const unknown = await flashsim(['warm-up', '--url', admin, '--product', 'boot']);
      expect(unknown.code).toBe(5);
      expect(unknown.stderr).toContain('answered 404');
    } finally {
      server.child.kill('SIGTERM');
      expect((await server.finished).code).toBe(0);
    }
    expect(processesOf(server.marker)).toEqual([]);
  });
});
