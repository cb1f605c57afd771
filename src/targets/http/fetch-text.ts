import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { FlashsimError, messageOf, systemCodeOf } from '../../core/errors.ts';
import type { TlsMaterial } from '../target.ts';

/** An answer of the user's server, read whole and capped. */
export interface FetchedText {
  readonly status: number;
  readonly text: string;
  /** Value of a header, by its name in lower case; repeated ones are joined by `, `. */
  readonly header: (name: string) => string | undefined;
}

/** One request outside the load: a probe of the server under test. */
export interface FetchOptions {
  readonly method: string;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: string | undefined;
  /** A body of JSON. */
  readonly json?: unknown;
  readonly timeoutMs: number;
  /** Reading stops with an error beyond this many bytes. */
  readonly maxBytes: number;
  /** What is asked, for errors: `the truth`. */
  readonly what: string;
  readonly tls?: TlsMaterial | undefined;
}

/**
 * One request outside the load, on a connection of its own. A redirect is an answer like another: to
 * follow it could leave for a host that nobody consented to. Throws TARGET_UNAVAILABLE when there is no
 * whole answer.
 */
export async function fetchText(url: string, options: FetchOptions): Promise<FetchedText> {
  const aborter = AbortSignal.timeout(options.timeoutMs);
  try {
    return await exchange(new URL(url), options, aborter);
  } catch (error) {
    const explained = aborter.aborted
      ? { why: 'It took too long.' }
      : (clientCertificateDoubt(url, error, options.tls) ?? explanationOf(error));
    throw new FlashsimError('TARGET_UNAVAILABLE', {
      what: `No answer from the server under test when asking for ${options.what} at ${placeOf(url)}.`,
      fix: 'Start the server, or correct its URL.',
      ...explained,
    });
  }
}

function exchange(url: URL, options: FetchOptions, signal: AbortSignal): Promise<FetchedText> {
  const { method, json, maxBytes, tls } = options;
  const body = json === undefined ? options.body : JSON.stringify(json);
  const headers = {
    ...(json === undefined ? {} : { 'content-type': 'application/json' }),
    ...(body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }),
    ...options.headers,
  };
  const settings = { method, headers, signal, agent: false } as const;
  return new Promise((resolve, reject) => {
    const sent =
      url.protocol === 'https:'
        ? requestHttps(url, { ...settings, ...tls })
        : requestHttp(url, settings);
    sent.on('error', reject);
    sent.on('response', (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        size += chunk.length;
        if (size > maxBytes) {
          sent.destroy(new RangeError(`The answer is larger than ${maxBytes} bytes.`));
        }
      });
      response.on('error', reject);
      response.on('end', () => {
        const { statusCode: status = 0, headers: told } = response;
        const header = (name: string): string | undefined => {
          const value = told[name];
          return Array.isArray(value) ? value.join(', ') : value;
        };
        resolve({ status, text: Buffer.concat(chunks).toString('utf8'), header });
      });
      response.on('close', () => reject(new Error('The answer was cut off.')));
    });
    sent.end(body);
  });
}

/** Origin and path only: a query may hold a secret. */
function placeOf(url: string): string {
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}`;
}

/** Codes of OpenSSL for a certificate that nobody known has signed. */
const untrusted: ReadonlySet<string> = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
]);

/** What a server does that wants to know whom it talks to, and does not like what it hears. */
const brokenOff = /^(?:ECONNRESET|EPIPE|ERR_SSL_\w*ALERT\w*|ERR_SSL_\w*HANDSHAKE_FAILURE)$/;

/**
 * Servers tell no client why they refuse its certificate: some send an alert, others close the connection.
 */
function clientCertificateDoubt(
  url: string,
  error: unknown,
  tls: TlsMaterial | undefined,
): { readonly why: string; readonly fix: string } | undefined {
  const code = codeOf(error) ?? '';
  if (!url.startsWith('https:') || !brokenOff.test(code)) return undefined;
  const shown = tls?.cert === undefined ? 'none' : 'one that it may not trust';
  return {
    why: `It broke the connection off (${code}), as a server does that demands a client certificate: it was shown ${shown}.`,
    fix: 'If it demands one, name certificate and key in `target.http.tls.cert` and `tls.key`; else see its log.',
  };
}

function codeOf(error: unknown): string | undefined {
  const first = error instanceof AggregateError ? (error.errors as readonly unknown[])[0] : error;
  return systemCodeOf(first) ?? systemCodeOf(error);
}

function explanationOf(error: unknown): { readonly why: string; readonly fix?: string } {
  if (error instanceof RangeError) return { why: error.message };
  const code = codeOf(error);
  if (code === undefined) return { why: 'The connection failed or the answer was cut off.' };
  if (untrusted.has(code)) {
    return {
      why: `Its certificate is signed by nobody that this machine trusts (${code}).`,
      fix: 'Name the certificate of its authority, or its own if it is self-signed, in `target.http.tls.ca`.',
    };
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return {
      why: `Its certificate is for another host. ${messageOf(error)}`,
      fix: 'Write the host of the certificate in `target.http.baseUrl`.',
    };
  }
  if (code.startsWith('CERT_')) {
    return { why: `Its certificate is not valid (${code}).`, fix: 'Renew the certificate.' };
  }
  return { why: `${code}.` };
}
