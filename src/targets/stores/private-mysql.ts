import { join } from 'node:path';
import { FlashsimError } from '../../core/errors.ts';
import { copyTemplate, type TemplateContext } from './data-template.ts';
import { type FoundProgram, findProgram, programsCalled } from './find-program.ts';
import { serverEnvironment } from './initdb-template.ts';
import { connectMysql } from './mysql.ts';
import type { MysqlConnection } from './mysql-url.ts';
import { ensureCacheDirectory, temporaryRootFor } from './private-folders.ts';
import { PrivateServer } from './private-server.ts';
import { type Reaper, startReaper } from './reaper.ts';
import { runProgram } from './run-program.ts';
import { serverAccount } from './server-account.ts';

/** A running MariaDB or MySQL of our own: the real server, private to this user, gone after {@link stop}. */
export interface PrivateMysql {
  /** Leads to a Unix socket that nobody else can reach. */
  readonly connection: MysqlConnection;
  /** Another one after {@link restart}. */
  readonly pid: number;
  /** Such as `10.11.19-MariaDB`. */
  readonly version: string;
  /** Kills it as a crash would (SIGKILL) and starts it again on the same data. */
  restart(): Promise<void>;
  /** Ends the server and removes its folder. Never throws for a server that has died. May be called twice. */
  stop(): Promise<void>;
}

/** How the server is started. All have defaults; tests set them. */
export interface PrivateMysqlOptions {
  /** Watches the server and its folder; the one of this process unless told. */
  readonly reaper?: Reaper;
  /** Folders that its programs are looked for in, as in `PATH`; that of this process unless told. */
  readonly path?: string;
  /** Flags of the server after flashsim's own; the last of a kind counts. */
  readonly flags?: readonly string[];
}

/** The programs that are taken, the one to be preferred first. */
const mysqlPrograms = ['mariadbd', 'mysqld'] as const;

/** Finds the server program; undefined when there is none. */
export function findMysqlServer(path?: string): Promise<FoundProgram | undefined> {
  const version = /\bVer (\d+\.\d+\.\d+(?:-MariaDB)?)/;
  return findProgram({ names: mysqlPrograms, version }, path);
}

/** Part of the template's name: to be raised with every change of how one is made. */
const templateRevision = 1;

/** A small redo log: it is copied at every start. */
const templateSettings = ['--innodb-log-file-size=32M'];

const installScripts = ['mariadb-install-db', 'mysql_install_db'] as const;

const installArguments = [
  '--auth-root-authentication-method=normal',
  '--skip-test-db',
  '--skip-name-resolve',
] as const;

/**
 * `innodb-flush-log-at-trx-commit=2` writes at every commit and leaves the rest to the system: a crash
 * of the process loses nothing, one of the machine may. So does the missing doublewrite buffer. What
 * begins with `--loose-` is not known to both servers.
 */
const settings: readonly string[] = [
  ...templateSettings,
  '--skip-networking',
  '--loose-mysqlx=OFF',
  '--skip-name-resolve',
  '--skip-log-bin',
  '--max-connections=60',
  '--performance-schema=OFF',
  '--character-set-server=utf8mb4',
  '--default-time-zone=+00:00',
  '--innodb-buffer-pool-size=128M',
  '--innodb-buffer-pool-dump-at-shutdown=OFF',
  '--innodb-buffer-pool-load-at-startup=OFF',
  '--innodb-doublewrite=OFF',
  '--innodb-flush-log-at-trx-commit=2',
];

/** The account that both ways of making a data folder leave without a password: only a socket leads to it. */
const user = 'root';

/**
 * Starts MariaDB or, failing that, MySQL in a fresh private folder, as an unprivileged account when this
 * process is root. The first start on a machine makes a template (about 2 s); later ones copy it.
 *
 * @throws {FlashsimError} STORE_UNAVAILABLE with the command that installs it when there is none, and
 *   with the end of its log when it does not start
 */
export async function startPrivateMysql(options: PrivateMysqlOptions = {}): Promise<PrivateMysql> {
  const found = await findMysqlServer(options.path);
  if (found === undefined) throw notInstalled();
  const account = serverAccount(cannotStart);
  const root = temporaryRootFor(account, cannotStart);
  const reaper = options.reaper ?? startReaper();
  const context: TemplateContext = {
    account,
    reaper,
    cache: ensureCacheDirectory(join(root, `flashsim-cache-${account.isOther ? 0 : account.uid}`)),
    env: serverEnvironment,
    unavailable: cannotStart,
  };
  const server = new PrivateServer({
    folderPrefix: join(root, 'flashsim-my'),
    account,
    reaper,
    env: serverEnvironment,
    // Its folder goes with it: there is nothing that would have to be written down first.
    stopSignals: [],
    reapSignal: 'SIGKILL',
    unavailable: cannotStart,
  });
  try {
    const data = join(server.folder, 'data');
    await makeData(found, data, context, options.path);
    const socketPath = join(server.folder, 'socket');
    const connection = {
      host: 'localhost',
      port: 3306,
      socketPath,
      user,
      sslMode: 'disabled',
    } as const;
    await server.start({
      program: found.path,
      args: [
        '--no-defaults',
        `--datadir=${data}`,
        `--socket=${socketPath}`,
        `--pid-file=${join(server.folder, 'pid')}`,
        `--tmpdir=${server.folder}`,
        ...settings,
        ...(options.flags ?? []),
      ],
      isReady: () => answers(connection),
    });
    return {
      connection,
      get pid() {
        return server.pid;
      },
      version: found.version,
      restart: () => server.restart(),
      stop: () => server.stop(),
    };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

/** A folder that a killed server left has its socket in it still, so a look at the file is not enough. */
async function answers(connection: MysqlConnection): Promise<boolean> {
  try {
    const session = await connectMysql(connection);
    await session.close();
    return true;
  } catch {
    return false;
  }
}

/** MariaDB has a script for it, MySQL's server does it itself; both leave `root` without a password. */
function makeData(
  { path, version }: FoundProgram,
  data: string,
  context: TemplateContext,
  searchPath: string | undefined,
): Promise<void> {
  const make = async (folder: string): Promise<void> => {
    const common = ['--no-defaults', ...templateSettings, `--datadir=${folder}`];
    if (!version.includes('MariaDB')) {
      await runProgram(path, [...common, '--initialize-insecure'], context);
      return;
    }
    const [script] = installScripts.flatMap((name) => programsCalled(name, searchPath));
    if (script === undefined) throw cannotStart(`${installScripts[0]} is not on the PATH.`);
    await runProgram(script, [...common, ...installArguments], context);
  };
  const name = `template-mysql-${version}-uid${context.account.uid}-${templateRevision}`;
  return copyTemplate({ name, make }, data, context);
}

const advice =
  'Give the URL of a MySQL or MariaDB of your own in target.reference.stores.mysql, or use store: postgres.';

function cannotStart(why: string, cause?: unknown): FlashsimError {
  return new FlashsimError('STORE_UNAVAILABLE', {
    what: 'A private MariaDB or MySQL could not be started.',
    why,
    fix: advice,
    ...(cause === undefined ? {} : { cause }),
  });
}

function notInstalled(): FlashsimError {
  return new FlashsimError('STORE_UNAVAILABLE', {
    what: 'There is no MariaDB or MySQL on this machine to start.',
    why: `Neither ${mysqlPrograms.join(' nor ')} is on the PATH.`,
    fix:
      'Install it: `apt-get install mariadb-server` (Debian, Ubuntu) or `brew install mariadb` (macOS). ' +
      'Or run one, `docker run --rm -p 127.0.0.1:3306:3306 -e MARIADB_ROOT_PASSWORD=secret mariadb`, and ' +
      'give its URL in target.reference.stores.mysql: mysql://root:secret@127.0.0.1:3306.',
  });
}
