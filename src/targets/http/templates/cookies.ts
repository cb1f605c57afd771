import type { WireResponse } from '../../target.ts';

/** A browser keeps about as many for one site. */
const cookiesMax = 50;
const cookieBytesMax = 4_096;
const pair = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+)=([\x21\x23-\x2b\x2d-\x3a\x3c-\x7e]*)$/;

/**
 * Cookies that an answer sets (RFC 6265 §4.1), by name; one that it deletes is empty. Path and domain
 * are passed over: a device talks to one server.
 */
export function cookiesSetBy(response: Pick<WireResponse, 'header'>): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const header = response.header('set-cookie');
  if (header === undefined) return found;
  // Repeated headers come joined by commas; a comma within one is that of a date.
  for (const written of header.split(/, (?=[^\s;,=]+=)/)) {
    const [first = '', ...attributes] = written.split(';').map((part) => part.trim());
    const [, name, value = ''] = pair.exec(first) ?? [];
    if (name === undefined || first.length > cookieBytesMax) continue;
    const isDeleted = attributes.some((attribute) => /^max-age=(0|-\d+)$/i.test(attribute));
    found.set(name, isDeleted ? '' : value);
  }
  return found;
}

/** The value of a `Cookie` header: `a=1; b=2`. */
export function cookieHeader(cookies: ReadonlyMap<string, string>): string {
  return [...cookies]
    .filter(([, value]) => value !== '')
    .slice(0, cookiesMax)
    .map(([name, value]) => `${name}=${value}`)
    .join('; ');
}

/** A `Cookie` header after an answer has set others: what was deleted is taken out. */
export function mergedCookies(header: string, cookies: string): string {
  const merged = new Map<string, string>();
  for (const written of `${header}; ${cookies}`.split('; ')) {
    const at = written.indexOf('=');
    if (at > 0) merged.set(written.slice(0, at), written.slice(at + 1));
  }
  return cookieHeader(merged);
}
