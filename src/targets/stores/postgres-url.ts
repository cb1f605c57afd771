import { FlashsimError } from '../../core/errors.ts';

/** What the URL says about where it leads. `host` is a folder (starting with `/`) for a Unix socket. */
export interface PostgresAddress {
  readonly host: string;
  readonly port: number;
  readonly database: string | undefined;
}

/**
 * Reads `postgres://user:password@host:port/database?…`. The text is never quoted in an error: it may
 * hold a password.
 */
export function parsePostgresUrl(text: string): URL {
  // Without a host the driver would take PGHOST, which nobody has consented to.
  const named = text.replace(/^([a-z]+:\/\/(?:[^/?#]*@)?)(?=[/?#]|$)/i, '$1localhost');
  const url = URL.canParse(named) ? new URL(named) : undefined;
  if (url !== undefined && /^postgres(ql)?:$/.test(url.protocol) && url.hostname !== '') return url;
  throw unreadableUrl();
}

function unreadableUrl(): FlashsimError {
  return new FlashsimError('STORE_UNAVAILABLE', {
    what: 'The PostgreSQL URL cannot be read.',
    why: 'It is not of the form postgres://user:password@host:port/database.',
    fix: 'Write it in that form, and percent-encode special characters of the password.',
  });
}

/** Where a URL leads as the driver sees it: `?host=` and `?port=` overrule what stands before them. */
export function postgresAddressOf(text: string): PostgresAddress {
  const url = parsePostgresUrl(text);
  const database = decodeURIComponent(url.pathname.slice(1));
  const host = lastOf(url, 'host') ?? decodeURIComponent(url.hostname);
  return {
    host: host.replace(/^\[(.*)\]$/, '$1'),
    port: Number(lastOf(url, 'port') ?? url.port) || 5432,
    database: database === '' ? undefined : database,
  };
}

/** The driver takes the last of a repeated parameter, and none when that is empty. */
function lastOf(url: URL, name: string): string | undefined {
  const value = url.searchParams.getAll(name).at(-1);
  return value === '' ? undefined : value;
}

/** The URL without user, password and parameters, to be shown to people. */
export function redactPostgresUrl(text: string): string {
  try {
    const { host, port, database } = postgresAddressOf(text);
    const shown = host.includes(':') ? `[${host}]` : host;
    return `postgres://${shown}:${port}/${database ?? ''}`;
  } catch {
    return 'the given PostgreSQL URL';
  }
}
