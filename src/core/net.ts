import { isIPv4, isIPv6 } from 'node:net';

/**
 * Whether `host` can only mean this machine: `localhost` and names below it (RFC 6761), 127.0.0.0/8,
 * `::1` and their IPv4-mapped forms, with or without the brackets of a URL. Anything else, also a
 * short form such as `127.1`, counts as remote: when in doubt, consent is asked for.
 */
export function isLoopbackHost(host: string): boolean {
  const name = host
    .trim()
    .toLowerCase()
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '');
  if (name === 'localhost' || name.endsWith('.localhost')) return true;
  if (isIPv4(name)) return name.startsWith('127.');
  if (!isIPv6(name)) return false;
  const canonical = new URL(`http://[${name}]`).hostname.slice(1, -1);
  return canonical === '::1' || /^::ffff:7f[0-9a-f]{2}:/.test(canonical);
}
