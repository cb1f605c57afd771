import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { sleep } from '../../core/clock.ts';
import { FlashsimError } from '../../core/errors.ts';
import { type FoundProgram, findProgram } from './find-program.ts';
import { installAdvice, installSentence } from './install-advice.ts';
import { temporaryRootFor } from './private-folders.ts';
import { PrivateServer, type ServerCommand } from './private-server.ts';
import { type Reaper, startReaper } from './reaper.ts';
import { openRedis, type RedisStore } from './redis.ts';
import type { RedisConnection } from './redis-connection.ts';
import { ownAccount } from './server-account.ts';

/** A running Redis (or Valkey) of our own: the real server, private to this user, gone after {@link stop}. */
export interface RedisServer {
  /** Leads to a Unix socket that nobody else can reach. */
  readonly connection: RedisConnection;
  /** Another one after {@link restart}. */
  readonly pid: number;
  /** Such as `7.0.15`. */
  readonly version: string;
  /** Makes it forget every key at once (FLUSHALL). */
  flush(): Promise<void>;
  /**
   * Kills it as a crash would (SIGKILL) and starts it again.
   *
   * - `none`: it kept nothing on disk, and comes back empty.
   * - `aof`: it kept an append-only file, synced every second, and comes back with what that holds.
   */
  restart(options: { readonly persistence: 'none' | 'aof' }): Promise<void>;
  /** Ends the server and removes its folder. Never throws for a server that has died. May be called twice. */
  stop(): Promise<void>;
}

/** How the server is started. All have defaults; tests set them. */
export interface RedisServerOptions {
  /** Watches the server and its folder; the one of this process unless told. */
  readonly reaper?: Reaper;
  /** Folders that are searched, as in `PATH`; that of this process unless told. */
  readonly path?: string;
}

/** The programs that are taken, the one to be preferred first. */
const redisPrograms = ['redis-server', 'valkey-server'] as const;

/** Finds the server program; undefined when there is none. */
export function findRedisServer(path?: string): Promise<FoundProgram | undefined> {
  return findProgram({ names: redisPrograms, version: /\bv=(\d+\.\d+\.\d+)/ }, path);
}

/** No snapshots: what is on disk is only what a fault wants there. Never forgets a key by itself. */
const settings = [
  ['port', '0'],
  ['unixsocketperm', '700'],
  ['daemonize', 'no'],
  ['save', ''],
  ['maxmemory-policy', 'noeviction'],
  ['appendfsync', 'everysec'],
] as const;

/**
 * Starts a Redis in a fresh private folder, on a Unix socket alone. It runs as this process's account.
 *
 * @throws {FlashsimError} STORE_UNAVAILABLE, with how to install it or the end of its log
 */
export async function startRedisServer(options: RedisServerOptions = {}): Promise<RedisServer> {
  const program = await findRedisServer(options.path);
  if (program === undefined) throw noRedisServer(`None of ${redisPrograms.join(', ')} is on PATH.`);
  const account = ownAccount(noRedisServer);
  const server = new PrivateServer({
    folderPrefix: join(temporaryRootFor(account, noRedisServer), 'flashsim-redis'),
    account,
    reaper: options.reaper ?? startReaper(),
    env: { PATH: process.env['PATH'], LC_ALL: 'C', TZ: 'UTC' },
    stopSignals: [['SIGTERM', 5_000]],
    reapSignal: 'SIGTERM',
    unavailable: noRedisServer,
  });
  const running = new Running(server, program);
  try {
    await server.start(running.command('no'));
    return running;
  } catch (error) {
    await running.stop();
    throw error;
  }
}

class Running implements RedisServer {
  readonly connection: RedisConnection;
  readonly version: string;
  readonly #server: PrivateServer;
  readonly #program: string;
  readonly #store: RedisStore;

  constructor(server: PrivateServer, program: FoundProgram) {
    this.#server = server;
    this.#program = program.path;
    this.version = program.version;
    this.connection = { path: join(server.folder, 'redis.sock') };
    this.#store = openRedis(this.connection);
  }

  get pid(): number {
    return this.#server.pid;
  }

  command(appendOnly: 'yes' | 'no'): ServerCommand {
    const { folder } = this.#server;
    const all = [
      ...settings,
      ['unixsocket', this.connection.path],
      ['dir', folder],
      ['appendonly', appendOnly],
    ] as const;
    return {
      program: this.#program,
      args: all.flatMap(([name, value]) => [`--${name}`, value]),
      isReady: () => this.#answers(),
    };
  }

  async flush(): Promise<void> {
    await this.#store.flush();
  }

  async restart({ persistence }: { readonly persistence: 'none' | 'aof' }): Promise<void> {
    if (persistence === 'aof') {
      await this.#writeAppendOnlyFile();
      await this.#server.restart(this.command('yes'));
      return;
    }
    await this.#server.kill();
    for (const name of ['appendonlydir', 'appendonly.aof', 'dump.rdb']) {
      await rm(join(this.#server.folder, name), { recursive: true, force: true });
    }
    await this.#server.restart(this.command('no'));
  }

  async stop(): Promise<void> {
    this.#store.close();
    await this.#server.stop();
  }

  /**
   * Turned on at the last moment, which comes to the same as if it had been on all along: what is in
   * memory is written whole, and what comes after it is appended.
   */
  async #writeAppendOnlyFile(): Promise<void> {
    await this.#store.configure('appendonly', 'yes');
    for (;;) {
      const facts = await this.#store.facts();
      const isBusy =
        facts.get('aof_rewrite_in_progress') === '1' || facts.get('aof_rewrite_scheduled') === '1';
      if (!isBusy && facts.get('aof_enabled') === '1') return;
      await sleep(5);
    }
  }

  async #answers(): Promise<boolean> {
    // One that dies while it starts is noticed by whoever started it.
    return this.#store.facts().then(
      (facts) => facts.get('loading') !== '1',
      () => false,
    );
  }
}

/** The error of a private server that cannot be used here, with the way out. */
function noRedisServer(why: string, cause?: unknown): FlashsimError {
  return new FlashsimError('STORE_UNAVAILABLE', {
    what: 'A private Redis could not be started.',
    why,
    fix: installSentence(
      installAdvice.redis,
      'target.reference.stores.redis',
      'redis://127.0.0.1:6379',
    ),
    ...(cause === undefined ? {} : { cause }),
  });
}
