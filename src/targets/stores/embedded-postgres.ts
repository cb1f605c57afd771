import { readFileSync } from 'node:fs';
import { arch, platform } from 'node:os';
import { join } from 'node:path';
import {
  embeddedUser,
  makeDataDirectory,
  type ServerContext,
  serverEnvironment,
} from './initdb-template.ts';
import type { PostgresConnection } from './postgres.ts';
import { findPostgresBinaries, nativeDirectoryOf } from './postgres-binaries.ts';
import { ensureCacheDirectory, temporaryRootFor } from './private-folders.ts';
import { PrivateServer } from './private-server.ts';
import { type Reaper, startReaper } from './reaper.ts';
import { noEmbeddedServer, serverAccount } from './server-account.ts';

/** A running PostgreSQL of our own: the real server, private to this user, gone after {@link stop}. */
export interface EmbeddedPostgres {
  /** Leads to a Unix socket that nobody else can reach. */
  readonly connection: PostgresConnection;
  /** Of the postmaster, whose children are the backends; another one after {@link restart}. */
  readonly pid: number;
  /** Such as `18.4`. */
  readonly version: string;
  /** Kills it as a crash would (SIGKILL) and starts it again on the same data. */
  restart(): Promise<void>;
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
  const server = new PrivateServer({
    folderPrefix: join(root, 'flashsim-pg'),
    account,
    reaper,
    env: serverEnvironment,
    // Fast, then immediate shutdown (the server gives its children 5 s).
    stopSignals: [
      ['SIGINT', 10_000],
      ['SIGQUIT', 7_000],
    ],
    reapSignal: 'SIGQUIT',
    unavailable: noEmbeddedServer,
  });
  try {
    const data = join(server.folder, 'data');
    await makeDataDirectory(binaries, data, context);
    const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    await server.start({
      program: binaries.postgres,
      args: ['-D', data, '-k', server.folder, ...flags],
      isReady: (pid) => isReady(data, pid),
    });
    return {
      connection: { host: server.folder, port, user: embeddedUser, database: 'postgres' },
      get pid() {
        return server.pid;
      },
      version: binaries.version,
      restart: () => server.restart(),
      stop: () => server.stop(),
    };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

/** Line 8 of postmaster.pid is the server's own word on its state (miscadmin.h, as pg_ctl reads it). */
function isReady(data: string, pid: number): boolean {
  try {
    const lines = readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n');
    // One that was killed leaves its file behind, which says that it is ready.
    return lines[0]?.trim() === String(pid) && lines[7]?.trim() === 'ready';
  } catch {
    return false;
  }
}
