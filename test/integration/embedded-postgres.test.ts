import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { arch, constants, platform, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { processStartTime } from '../../src/targets/stores/cleanup.ts';
import { startEmbeddedPostgres } from '../../src/targets/stores/embedded-postgres.ts';
import { openPostgres } from '../../src/targets/stores/postgres.ts';
import { nativeDirectoryOf } from '../../src/targets/stores/postgres-binaries.ts';
import { type Reaper, startReaper } from '../../src/targets/stores/reaper.ts';

const isRoot = process.getuid?.() === 0;
const terminalSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const patience = { timeout: 20_000, interval: 25 };
const built = pathToFileURL(
  join(import.meta.dirname, '../../dist/targets/stores/embedded-postgres.js'),
).href;

/** World-reachable, so that the server's account gets into it. */
let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'flashsim-test-'));
  chmodSync(root, 0o755);
});
afterAll(() => {
  startReaper().close();
  rmSync(root, { recursive: true, force: true });
});

function isRunning(pid: number): boolean {
  return processStartTime(pid) !== undefined;
}

async function answersTo(connection: Parameters<typeof openPostgres>[0]): Promise<number> {
  const store = openPostgres(connection, { poolMax: 1 });
  try {
    const { rows } = await store.query<{ answer: number }>('SELECT 6 * 7 AS answer');
    return rows[0]?.answer ?? 0;
  } finally {
    await store.close();
  }
}

/** A copy of the binaries' package as `npm ci --ignore-scripts` would have left it. */
function packageCopy(name: string): string {
  const native = nativeDirectoryOf(platform(), arch());
  const copy = join(root, name, 'native');
  cpSync(native, copy, { recursive: true, verbatimSymlinks: true });
  cpSync(join(dirname(native), 'package.json'), join(root, name, 'package.json'));
  for (const entry of readdirSync(join(copy, 'lib'), { withFileTypes: true })) {
    if (entry.isSymbolicLink()) rmSync(join(copy, 'lib', entry.name));
  }
  return copy;
}

interface Started {
  readonly pid: number;
  readonly connection: { readonly host: string };
}

/** Another node process that starts a server from the built files, and then does `andThen`. */
function startElsewhere(
  setUp: { options?: object; env?: NodeJS.ProcessEnv; uid?: number },
  andThen: string,
): ChildProcess {
  const script = `
    const { startEmbeddedPostgres } = await import(${JSON.stringify(built)});
    const server = await startEmbeddedPostgres(${JSON.stringify(setUp.options ?? {})});
    console.log(JSON.stringify(server));
    ${andThen}`;
  const { uid } = setUp;
  return spawn(process.execPath, ['--input-type=module', '--eval', script], {
    cwd: '/',
    env: { ...process.env, ...setUp.env },
    stdio: ['ignore', 'pipe', 'inherit'],
    ...(uid === undefined ? {} : { uid, gid: uid }),
  });
}

async function firstLine(child: ChildProcess): Promise<Started> {
  if (child.stdout === null) throw new Error('no standard output');
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  return JSON.parse(line) as Started;
}

describe('the embedded PostgreSQL', () => {
  it('is a real server that leaves nothing behind when stopped', async () => {
    const server = await startEmbeddedPostgres();
    expect(await answersTo(server.connection)).toBe(42);
    expect(server.version).toMatch(/^18\.\d+$/);
    await Promise.all([server.stop(), server.stop()]);
    expect(isRunning(server.pid)).toBe(false);
    expect(existsSync(server.connection.host)).toBe(false);
  });

  it('commits synchronously and opens no network port', async () => {
    const server = await startEmbeddedPostgres();
    const store = openPostgres(server.connection);
    const { rows } = await store.query<{ name: string; setting: string }>(
      `SELECT name, setting FROM pg_settings
        WHERE name IN ('fsync', 'synchronous_commit', 'listen_addresses', 'max_connections')`,
    );
    expect(Object.fromEntries(rows.map(({ name, setting }) => [name, setting]))).toEqual({
      fsync: 'off',
      synchronous_commit: 'on',
      listen_addresses: '',
      max_connections: '60',
    });
    await store.close();
    await server.stop();
  });

  it('comes back with what was committed after a kill -9', async () => {
    const server = await startEmbeddedPostgres();
    const before = server.pid;
    const store = openPostgres(server.connection, { poolMax: 2 });
    await store.query('CREATE TABLE kept AS SELECT 42 AS answer');
    await server.restart();
    expect(server.pid).not.toBe(before);
    expect(isRunning(before)).toBe(false);
    const { rows } = await store.query<{ answer: number }>('SELECT answer FROM kept');
    expect(rows).toEqual([{ answer: 42 }]);
    await store.close();
    await server.stop();
    expect(isRunning(server.pid)).toBe(false);
  });

  it('stops though a client holds a transaction open', async () => {
    const server = await startEmbeddedPostgres();
    const store = openPostgres(server.connection);
    let stopped: Promise<void> | undefined;
    const lost = store.transaction(async (transaction) => {
      await transaction.query('SELECT 1');
      stopped = server.stop();
      await transaction.query('SELECT pg_sleep(60)');
    });
    await expect(lost).rejects.toThrow();
    await stopped;
    expect(isRunning(server.pid)).toBe(false);
    await store.close();
  });

  it('starts twice at once where nothing is cached yet', async () => {
    const cacheDirectory = join(root, 'cache-race');
    const servers = await Promise.all([
      startEmbeddedPostgres({ cacheDirectory }),
      startEmbeddedPostgres({ cacheDirectory }),
    ]);
    const answers = await Promise.all(servers.map(({ connection }) => answersTo(connection)));
    expect(answers).toEqual([42, 42]);
    await Promise.all(servers.map((server) => server.stop()));
    expect(readdirSync(cacheDirectory)).toEqual([expect.stringMatching(/^template-18/)]);
  });

  it('makes its template anew when a cleaner has removed a part of it', async () => {
    const cacheDirectory = join(root, 'cache-damaged');
    await (await startEmbeddedPostgres({ cacheDirectory })).stop();
    const [template = ''] = readdirSync(cacheDirectory);
    rmSync(join(cacheDirectory, template, 'data', 'pg_notify'), { recursive: true });
    const server = await startEmbeddedPostgres({ cacheDirectory });
    expect(await answersTo(server.connection)).toBe(42);
    await server.stop();
    expect(existsSync(join(cacheDirectory, template, 'data', 'pg_notify'))).toBe(true);
  });

  it('runs from a checkout that only its owner can enter, without its library links', async () => {
    const nativeDirectory = packageCopy('closed');
    chmodSync(join(root, 'closed'), 0o700);
    const cacheDirectory = join(root, 'cache-closed');
    for (let start = 1; start <= 2; start += 1) {
      const server = await startEmbeddedPostgres({ nativeDirectory, cacheDirectory });
      expect(await answersTo(server.connection)).toBe(42);
      await server.stop();
    }
    const copies = readdirSync(cacheDirectory).filter((name) => name.startsWith('pg-18'));
    expect(copies).toHaveLength(isRoot ? 1 : 0);
  });

  // Only root can become another user; .ci/run runs as root, so it is not skipped there.
  it.runIf(isRoot)('runs for a user who can only read the checkout', async () => {
    const nativeDirectory = packageCopy('read-only');
    const uid = 65_534;
    const home = join(root, 'home');
    mkdirSync(home);
    chownSync(home, uid, uid);
    const options = { nativeDirectory, cacheDirectory: join(home, 'cache') };
    const child = startElsewhere({ options, uid }, 'await server.stop();');
    const exited = once(child, 'exit');
    const { pid, connection } = await firstLine(child);
    expect(await exited).toEqual([0, null]);
    expect(isRunning(pid)).toBe(false);
    expect(existsSync(connection.host)).toBe(false);
    expect(existsSync(join(nativeDirectory, 'lib', 'libpq.so.5'))).toBe(false);
  });

  it('quotes the end of the log when the server does not start', async () => {
    const cacheDirectory = join(root, 'cache-broken');
    await (await startEmbeddedPostgres({ cacheDirectory })).stop();
    const nativeDirectory = packageCopy('broken');
    const program = join(nativeDirectory, 'bin', 'postgres');
    writeFileSync(program, '#!/bin/sh\necho "FATAL: out of luck" >&2\nexit 1\n');
    chmodSync(program, 0o755);
    const folders: string[] = [];
    const reaper: Reaper = { ...startReaper(), watchDirectory: (path) => folders.push(path) };
    const started = startEmbeddedPostgres({ nativeDirectory, cacheDirectory, reaper });
    await expect(started).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      why: expect.stringContaining('FATAL: out of luck') as string,
      fix: expect.stringContaining('target.reference.stores.postgres') as string,
    });
    expect(folders).toHaveLength(1);
    expect(folders.filter((path) => existsSync(path))).toEqual([]);
  });
});

describe('after SIGKILL of the process that started it', () => {
  it('no server and no folder is left', async () => {
    const child = startElsewhere({}, 'setInterval(() => undefined, 1000);');
    const { pid, connection } = await firstLine(child);
    expect(isRunning(pid)).toBe(true);
    const backend = openPostgres({
      host: connection.host,
      port: 5432,
      user: 'flashsim',
      database: 'postgres',
    });
    const sleeping = backend.query('SELECT pg_sleep(60)');
    const lost = expect(sleeping).rejects.toThrow();
    child.kill('SIGKILL');
    await vi.waitFor(() => {
      expect(isRunning(pid)).toBe(false);
      expect(existsSync(connection.host)).toBe(false);
    }, patience);
    await lost;
    await backend.close();
  });

  it('the watchdog itself is not stopped by the signals of a terminal', async () => {
    const child = startElsewhere({}, 'setInterval(() => undefined, 1000);');
    const { pid, connection } = await firstLine(child);
    const reaper = reaperOf(child.pid ?? 0);
    // Where the machine is busy, the server may be ready before the watchdog has begun to listen.
    await vi.waitFor(() => expect(catches(reaper, terminalSignals)).toBe(true), patience);
    for (const signal of terminalSignals) process.kill(reaper, signal);
    child.kill('SIGKILL');
    await vi.waitFor(() => {
      expect(isRunning(pid)).toBe(false);
      expect(existsSync(connection.host)).toBe(false);
      expect(isRunning(reaper)).toBe(false);
    }, patience);
  });

  it('a half-made template is left neither', async () => {
    const temporary = join(root, 'tmp');
    mkdirSync(temporary);
    chmodSync(temporary, 0o1777);
    const child = startElsewhere(
      { env: { TMPDIR: temporary } },
      'setInterval(() => undefined, 1000);',
    );
    const leftovers = () =>
      readdirSync(temporary, { recursive: true, encoding: 'utf8' }).filter((name) =>
        /flashsim-(staging|pg)-[^/]*$/.test(name),
      );
    await vi.waitFor(() => expect(leftovers()).not.toEqual([]), { timeout: 20_000, interval: 5 });
    child.kill('SIGKILL');
    await vi.waitFor(() => expect(leftovers()).toEqual([]), patience);
  });
});

/** Pid of the watchdog that process `parent` has started: its one child in this repository's code. */
/** Whether a process has handlers for all the signals, by the mask `SigCgt` of proc(5). */
function catches(pid: number, signals: readonly NodeJS.Signals[]): boolean {
  const mask = /^SigCgt:\s*([0-9a-f]+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  const caught = BigInt(`0x${mask ?? '0'}`);
  return signals.every((name) => (caught >> BigInt(constants.signals[name] - 1)) % 2n === 1n);
}

function reaperOf(parent: number): number {
  const processes = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const found = processes.find((name) => {
    try {
      const fields = readFileSync(`/proc/${name}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
      const command = readFileSync(`/proc/${name}/cmdline`, 'utf8');
      return Number(fields[1]) === parent && command.includes('reaper-entry');
    } catch {
      return false;
    }
  });
  if (found === undefined) throw new Error('no watchdog is running');
  return Number(found);
}
