import { FlashsimError } from '../../core/errors.ts';

/** What the URL of a Redis says. */
export interface RedisAddress {
  readonly host: string;
  readonly port: number;
  /** Number of the database. */
  readonly database: number;
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly tls: boolean;
}

const defaultPort = 6379;

/**
 * Reads `redis://user:password@host:port/database`, or `rediss:` for TLS, as
 * [registered](https://www.iana.org/assignments/uri-schemes/prov/redis). Parameters are refused: drivers
 * let them overrule the host that was consented to. The text is never quoted in an error: it may hold a
 * password.
 */
export function redisAddressOf(text: string): RedisAddress {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^rediss?:$/.test(url.protocol)) throw unreadableUrl();
  const { hostname, port, pathname, username, password, search, hash } = url;
  const database = /^\/?(\d{0,5})$/.exec(pathname)?.[1];
  if (hostname === '' || database === undefined || search !== '' || hash !== '')
    throw unreadableUrl();
  return {
    host: decoded(hostname).replace(/^\[(.*)\]$/, '$1'),
    port: Number(port) || defaultPort,
    database: Number(database),
    user: username === '' ? undefined : decoded(username),
    password: password === '' ? undefined : decoded(password),
    tls: url.protocol === 'rediss:',
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw unreadableUrl();
  }
}

function unreadableUrl(): FlashsimError {
  return new FlashsimError('STORE_UNAVAILABLE', {
    what: 'The Redis URL cannot be read.',
    why: 'It is not of the form redis://user:password@host:port/database.',
    fix: 'Write it in that form, without parameters, and percent-encode special characters of the password.',
  });
}

/** The URL without user and password, to be shown to people. */
export function redactRedisUrl(text: string): string {
  try {
    const { host, port, database, tls } = redisAddressOf(text);
    const shown = host.includes(':') ? `[${host}]` : host;
    return `${tls ? 'rediss' : 'redis'}://${shown}:${port}/${database}`;
  } catch {
    return 'the given Redis URL';
  }
}
