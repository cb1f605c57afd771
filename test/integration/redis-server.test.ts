import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { processStartTime } from '../../src/targets/stores/cleanup.ts';
import { startReaper } from '../../src/targets/stores/reaper.ts';
import {
  openRedis,
  RedisLostError,
  RedisUnreachableError,
} from '../../src/targets/stores/redis.ts';
import {
  findRedisServer,
  type RedisServer,
  startRedisServer,
} from '../../src/targets/stores/redis-server.ts';
import { ensureProgram } from '../helpers/ensure-program.ts';

let root: string;
const running: RedisServer[] = [];

beforeAll(async () => {
  await ensureProgram({ find: findRedisServer, aptPackage: 'redis-server' });
  root = mkdtempSync(join(tmpdir(), 'flashsim-test-'));
});

afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.stop()));
});

afterAll(() => {
  startReaper().close();
  rmSync(root, { recursive: true, force: true });
});

const isRunning = (pid: number): boolean => processStartTime(pid) !== undefined;

async function start(): Promise<RedisServer> {
  const server = await startRedisServer();
  running.push(server);
  return server;
}

describe('the private Redis', () => {
  it('is a real server that leaves nothing behind when stopped', async () => {
    const server = await start();
    const store = openRedis(server.connection);
    expect(await store.increment('n', 41)).toBe(41);
    expect(await store.increment('n', 1)).toBe(42);
    expect(await store.get('n')).toBe('42');
    expect(server.version).toMatch(/^\d+\.\d+\.\d+$/);
    store.close();
    await Promise.all([server.stop(), server.stop()]);
    expect(isRunning(server.pid)).toBe(false);
    expect(existsSync(dirname(server.connection.path))).toBe(false);
  });

  it('opens no port and never forgets a key to make room', async () => {
    const store = openRedis((await start()).connection);
    const facts = await store.facts();
    expect(facts.get('tcp_port')).toBe('0');
    expect(facts.get('maxmemory_policy')).toBe('noeviction');
    store.close();
  });

  it('forgets everything on a flush', async () => {
    const server = await start();
    const store = openRedis(server.connection);
    await store.set('n', 1);
    await server.flush();
    expect(await store.get('n')).toBeNull();
    store.close();
  });

  it.each([
    ['none', null],
    ['aof', '7'],
  ] as const)('comes back from a crash with persistence %s: %s', async (persistence, expected) => {
    const server = await start();
    const store = openRedis(server.connection);
    // Twice: what an earlier life has left on disk must not come back.
    for (const earlier of ['aof', persistence] as const) {
      await store.set('n', 7);
      const before = server.pid;
      await server.restart({ persistence: earlier });
      expect(server.pid).not.toBe(before);
      expect(isRunning(before)).toBe(false);
    }
    const after = openRedis(server.connection);
    expect(await after.get('n')).toBe(expected);
    after.close();
    store.close();
  });

  it('says what of the two a command met: nobody there, or a connection that broke', async () => {
    const server = await start();
    const store = openRedis(server.connection, { connectMs: 100 });
    await store.set('n', 1);
    // It waits for a script that never ends: the answer cannot have come when the server dies.
    const stuck = store.run({ lua: 'while true do end', sha: '0'.repeat(40) }, [], []);
    stuck.catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, 50));
    process.kill(server.pid, 'SIGKILL');
    await expect(stuck).rejects.toBeInstanceOf(RedisLostError);
    await expect(store.get('n')).rejects.toBeInstanceOf(RedisUnreachableError);
    store.close();
    await expect(store.get('n')).rejects.toBeInstanceOf(RedisUnreachableError);
  });

  it('names the commands that install one when there is none', async () => {
    await expect(startRedisServer({ path: root })).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      why: 'None of redis-server, valkey-server is on PATH.',
      fix: expect.stringMatching(/apt-get install.*brew install.*docker run/) as string,
    });
  });

  it('quotes the end of the log when the server does not start', async () => {
    const program = join(root, 'redis-server');
    writeFileSync(
      program,
      '#!/bin/sh\n[ "$1" = --version ] && echo "Redis server v=9.9.9" && exit\necho out of luck\nexit 3\n',
    );
    chmodSync(program, 0o755);
    await expect(startRedisServer({ path: root })).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      why: expect.stringContaining('out of luck') as string,
    });
  });
});

describe('when the process that started it is killed', () => {
  it('no server and no folder is left', async () => {
    const built = pathToFileURL(
      join(import.meta.dirname, '../../dist/targets/stores/redis-server.js'),
    ).href;
    const script = `
      const { startRedisServer } = await import(${JSON.stringify(built)});
      const { pid, connection } = await startRedisServer();
      console.log(JSON.stringify({ pid, path: connection.path }));
      setInterval(() => undefined, 1_000);`;
    const child: ChildProcess = spawn(process.execPath, ['--input-type=module', '--eval', script], {
      cwd: '/',
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    if (child.stdout === null) throw new Error('no standard output');
    const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
    const { pid, path } = JSON.parse(line) as { pid: number; path: string };
    expect(isRunning(pid)).toBe(true);
    child.kill('SIGKILL');
    await vi.waitFor(() => expect(isRunning(pid) || existsSync(dirname(path))).toBe(false), {
      timeout: 20_000,
      interval: 25,
    });
  });
});
