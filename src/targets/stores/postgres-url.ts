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
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw unreadableUrl();
  }
  if (url.protocol !== 'postgres:' && url.protocol !== 'postgresql:') throw unreadableUrl();
  // Without a host the driver would take PGHOST, which nobody has consented to.
  if (url.hostname === '' && !url.searchParams.has('host')) {
    return new URL(text.replace(/^([a-z]+:\/\/(?:[^/?#]*@)?)/i, '$1localhost'));
  }
  return url;
}

function unreadableUrl(): FlashsimError {
  return new FlashsimError('STORE_UNAVAILABLE', {
    what: 'The PostgreSQL URL cannot be read.',
    why: 'It is not of the form postgres://user:password@host:port/database.',
    fix: 'Write it in that form, and percent-encode special characters of the password.',
  });
}

/** Where a URL leads as the driver sees it: `?host=` overrules the host before it. */
export function postgresAddressOf(text: string): PostgresAddress {
  const url = parsePostgresUrl(text);
  const parameters = url.searchParams;
  const database = decodeURIComponent(url.pathname.slice(1));
  const host = parameters.get('host') ?? '';
  const port = parameters.get('port') ?? '';
  return {
    host: host === '' ? decodeURIComponent(url.hostname).replace(/^\[(.*)\]$/, '$1') : host,
    port: Number(port === '' ? url.port : port) || 5432,
    database: parameters.get('database') ?? (database === '' ? undefined : database),
  };
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
