import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { arch, platform } from 'node:os';
import { join } from 'node:path';
import { nsPerMs, runClock, sleep, takeEpoch } from '../../core/clock.ts';
import { messageOf } from '../../core/errors.ts';
import { signalGroup } from './cleanup.ts';
import {
  embeddedUser,
  makeDataDirectory,
  type ServerContext,
  serverEnvironment,
  spawnAs,
} from './initdb-template.ts';
import type { PostgresConnection } from './postgres.ts';
import { findPostgresBinaries, nativeDirectoryOf } from './postgres-binaries.ts';
import { ensureCacheDirectory, makePrivateFolder, temporaryRootFor } from './private-folders.ts';
import { type Reaper, startReaper } from './reaper.ts';
import { noEmbeddedServer, serverAccount } from './server-account.ts';

/** A running PostgreSQL of our own: the real server, private to this user, gone after {@link stop}. */
export interface EmbeddedPostgres {
  /** Leads to a Unix socket that nobody else can reach. */
  readonly connection: PostgresConnection;
  /** Of the postmaster; its children are the backends. */
  readonly pid: number;
  /** Such as `18.4`. */
  readonly version: string;
  /** Ends the server and removes its folder. Never throws for a server that has died. May be called twice. */
  stop(): Promise<void>;
}

/** How the server is started. All have defaults; tests set them. */
export interface EmbeddedPostgresOptions {
  /** Watches the server and its folder; the one of this process unless told. */
  readonly reaper?: Reaper;
  /** Folder `native/` of the binaries' package; that of the installed one unless told. */
  readonly nativeDirectory?: string;
  /** Folder for what is kept between runs; `flashsim-cache-<uid>` in the temporary folder unless told. */
  readonly cacheDirectory?: string;
}

/** Names the socket only: no network port is opened. */
const port = 5432;

/**
 * `fsync=off` survives a crash of any process, not one of the machine. Autovacuum, JIT
 * and I/O workers would only add noise to runs of seconds.
 */
const settings: Readonly<Record<string, string | number>> = {
  listen_addresses: '',
  unix_socket_permissions: '0700',
  port,
  max_connections: 60,
  shared_buffers: '128MB',
  dynamic_shared_memory_type: 'mmap', // inside the data folder, so that nothing stays in /dev/shm
  fsync: 'off',
  synchronous_commit: 'on',
  full_page_writes: 'off',
  wal_level: 'minimal',
  max_wal_senders: 0,
  max_wal_size: '1GB',
  checkpoint_timeout: '30min',
  log_checkpoints: 'off',
  autovacuum: 'off',
  jit: 'off',
  io_method: 'sync',
  max_parallel_workers_per_gather: 0,
  timezone: 'UTC',
  log_timezone: 'UTC',
};

const startTimeoutMs = 60_000;
const pollMs = 5;

/**
 * Starts a PostgreSQL server in a fresh private folder, as an unprivileged account when this process
 * is root. The first start on a machine makes a template (about 2 s); later ones copy it.
 *
 * @throws {FlashsimError} STORE_UNAVAILABLE, with the end of the server's log where there is one
 */
export async function startEmbeddedPostgres(
  options: EmbeddedPostgresOptions = {},
): Promise<EmbeddedPostgres> {
  const account = serverAccount();
  const root = temporaryRootFor(account);
  const ownUid = account.isOther ? 0 : account.uid;
  const cache = ensureCacheDirectory(
    options.cacheDirectory ?? join(root, `flashsim-cache-${ownUid}`),
  );
  const native = options.nativeDirectory ?? nativeDirectoryOf(platform(), arch());
  const reaper = options.reaper ?? startReaper();
  const context: ServerContext = { account, cache, reaper };
  const binaries = await findPostgresBinaries(native, account, cache, reaper);
  const folder = makePrivateFolder(join(root, 'flashsim-pg'), account, reaper);
  const server = new Postmaster(folder, reaper);
  try {
    await makeDataDirectory(binaries, join(folder, 'data'), context);
    const pid = server.start(binaries.postgres, context);
    await server.ready();
    return {
      connection: { host: folder, port, user: embeddedUser, database: 'postgres' },
      pid,
      version: binaries.version,
      stop: () => server.stop(),
    };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

/** One server process and its folder, from before its start to after its end. */
class Postmaster {
  readonly #folder: string;
  readonly #reaper: Reaper;
  #child: ChildProcess | undefined;
  #spawnError: Error | undefined;
  #stopped: Promise<void> | undefined;

  constructor(folder: string, reaper: Reaper) {
    this.#folder = folder;
    this.#reaper = reaper;
  }

  start(postgres: string, { account }: ServerContext): number {
    const log = openSync(this.#logPath, 'a', 0o600);
    try {
      const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
      const args = ['-D', this.#dataPath, '-k', this.#folder, ...flags];
      // Its own session: a terminal's Ctrl-C must not reach it before the run has been closed.
      const child = spawn(postgres, args, {
        cwd: this.#folder,
        env: serverEnvironment,
        detached: true,
        stdio: ['ignore', log, log],
        ...spawnAs(account),
      });
      this.#child = child;
      child.on('error', (error) => {
        this.#spawnError = error;
      });
      child.unref();
      if (child.pid === undefined) throw noEmbeddedServer(`${postgres} cannot be run.`);
      this.#reaper.watchProcess(child.pid, { signal: 'SIGQUIT' });
      return child.pid;
    } finally {
      closeSync(log);
    }
  }

  async ready(): Promise<void> {
    const elapsedNs = runClock(takeEpoch());
    while (!this.#isReady()) {
      if (this.#spawnError !== undefined) throw noEmbeddedServer(messageOf(this.#spawnError));
      if (this.#hasEnded()) throw noEmbeddedServer(`The server ended: ${this.#logTail()}`);
      if (elapsedNs() / nsPerMs > startTimeoutMs) {
        throw noEmbeddedServer(
          `The server was not ready after ${startTimeoutMs / 1000} s: ${this.#logTail()}`,
        );
      }
      await sleep(pollMs);
    }
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    const pid = this.#child?.pid;
    if (pid !== undefined) {
      // Fast, then immediate shutdown (the server gives its children 5 s), then the hard way.
      for (const [signal, timeoutMs] of [
        ['SIGINT', 10_000],
        ['SIGQUIT', 7_000],
        ['SIGKILL', 5_000],
      ] as const) {
        if (await this.#endsOn(pid, signal, timeoutMs)) break;
      }
      this.#reaper.forgetProcess(pid);
    }
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
    this.#reaper.forgetDirectory(this.#folder);
  }

  async #endsOn(pid: number, signal: NodeJS.Signals, timeoutMs: number): Promise<boolean> {
    const child = this.#child;
    if (child === undefined || this.#hasEnded()) return true;
    const timer = new AbortController();
    const ended = once(child, 'exit').then(() => timer.abort());
    signalGroup(pid, signal);
    await Promise.race([ended, sleep(timeoutMs, timer.signal)]);
    return this.#hasEnded();
  }

  #hasEnded(): boolean {
    return (
      this.#child === undefined || this.#child.exitCode !== null || this.#child.signalCode !== null
    );
  }

  /** Line 8 of postmaster.pid is the server's own word on its state (miscadmin.h, as pg_ctl reads it). */
  #isReady(): boolean {
    try {
      const lines = readFileSync(join(this.#dataPath, 'postmaster.pid'), 'utf8').split('\n');
      return lines[7]?.trim() === 'ready';
    } catch {
      return false;
    }
  }

  #logTail(): string {
    try {
      return readFileSync(this.#logPath, 'utf8').trim().split('\n').slice(-8).join('\n');
    } catch {
      return 'it wrote no log';
    }
  }

  get #dataPath(): string {
    return join(this.#folder, 'data');
  }

  get #logPath(): string {
    return join(this.#folder, 'server.log');
  }
}
