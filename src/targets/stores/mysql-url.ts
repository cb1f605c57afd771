import { FlashsimError } from '../../core/errors.ts';

/** How a connection is encrypted, by the names that MySQL's own clients use (`--ssl-mode`). */
type SslMode = 'disabled' | 'required' | 'verify-identity';

/** Where a MySQL or MariaDB server listens and who logs in. Plain, so that it can be sent to a process. */
export interface MysqlConnection {
  /** A host name or an address; where `socketPath` is given, this machine. */
  readonly host: string;
  readonly port: number;
  /** A Unix socket, to be used instead of host and port. */
  readonly socketPath?: string;
  readonly user: string;
  readonly password?: string;
  readonly sslMode: SslMode;
}

const sslModes: Readonly<Record<string, SslMode>> = {
  DISABLED: 'disabled',
  REQUIRED: 'required',
  VERIFY_IDENTITY: 'verify-identity',
};

/** Parameters that a URL may have. The driver would take any setting of its own from there, the host too. */
const parameters = ['socket', 'ssl-mode'];

/**
 * Reads `mysql://user:password@host:port`, with `?socket=/path` and `?ssl-mode=REQUIRED` or
 * `VERIFY_IDENTITY` as MySQL's clients have them. A database in it is passed over: a run makes one of
 * its own. The text is never quoted in an error: it may hold a password.
 *
 * @throws {FlashsimError} STORE_UNAVAILABLE when it cannot be read
 */
export function parseMysqlUrl(text: string): MysqlConnection {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^(mysql|mariadb):$/.test(url.protocol) || url.username === '') {
    throw unreadableUrl('It is not of the form mysql://user:password@host:port.');
  }
  const unknown = [...url.searchParams.keys()].some((name) => !parameters.includes(name));
  if (unknown) throw unreadableUrl(`It may have these parameters only: ${parameters.join(', ')}.`);
  const sslMode = sslModes[(url.searchParams.get('ssl-mode') ?? 'DISABLED').toUpperCase()];
  if (sslMode === undefined) {
    throw unreadableUrl(`\`ssl-mode\` is not one of ${Object.keys(sslModes).join(', ')}.`);
  }
  const socketPath = url.searchParams.get('socket') ?? undefined;
  if (socketPath !== undefined && !socketPath.startsWith('/')) {
    throw unreadableUrl('`socket` is not an absolute path.');
  }
  // A socket is on this machine, whatever host stands before it.
  const host = socketPath === undefined ? decoded(url.hostname) : 'localhost';
  if (host === '') throw unreadableUrl('It names no host and no socket.');
  return {
    host: host.replace(/^\[(.*)\]$/, '$1'),
    port: Number(url.port) || 3306,
    ...(socketPath === undefined ? {} : { socketPath }),
    user: decoded(url.username),
    ...(url.password === '' ? {} : { password: decoded(url.password) }),
    sslMode,
  };
}

/** The database that a URL names, which {@link parseMysqlUrl} passes over; undefined for none. */
export function mysqlDatabaseOf(text: string): string | undefined {
  const name = decoded(new URL(text).pathname.slice(1));
  return name === '' ? undefined : name;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw unreadableUrl('It has a % that encodes nothing.');
  }
}

function unreadableUrl(why: string): FlashsimError {
  return new FlashsimError('STORE_UNAVAILABLE', {
    what: 'The MySQL URL cannot be read.',
    why,
    fix: 'Write mysql://user:password@host:port, and percent-encode special characters of the password.',
  });
}

/** The server without user and password, to be shown to people. */
export function showMysql({ host, port, socketPath }: MysqlConnection): string {
  if (socketPath !== undefined) return `mysql://localhost?socket=${socketPath}`;
  return `mysql://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** The URL without user, password and database, to be shown to people. */
export function redactMysqlUrl(text: string): string {
  try {
    return showMysql(parseMysqlUrl(text));
  } catch {
    return 'the given MySQL URL';
  }
}
