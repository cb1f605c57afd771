import type { NowNs } from '../core/clock.ts';
import { FlashsimError } from '../core/errors.ts';
import { createConnector } from '../transport/connector.ts';
import type { SaturatedWork } from './saturation-job.ts';
import { exchangeOn } from './single-exchange.ts';

type UrlWork = Extract<SaturatedWork, { readonly kind: 'url' }>;

/** The GET of a URL. */
export function urlRequest({ endpoint, path }: UrlWork): Buffer {
  const { host, port } = endpoint;
  const name = host.includes(':') ? `[${host}]` : host;
  return Buffer.from(`GET ${path} HTTP/1.1\r\nHost: ${name}:${port}\r\n\r\n`);
}

/**
 * Asks for a URL once, so that a server that is not there, or has no such page, is known before it is
 * loaded. With TLS this is where the certificate is checked: autocannon checks none.
 *
 * @throws FlashsimError TARGET_UNAVAILABLE when the answer is not 2xx
 */
export async function tryOut(work: UrlWork, now: NowNs): Promise<void> {
  const connection = await createConnector({ endpoint: work.endpoint, now }).connect();
  const answer = await exchangeOn(connection, urlRequest(work));
  connection.close();
  if (typeof answer !== 'string' && answer.status >= 200 && answer.status < 300) return;
  throw new FlashsimError('TARGET_UNAVAILABLE', {
    what: 'The URL does not answer GET with 2xx.',
    why:
      typeof answer === 'string'
        ? `The request ended with: ${answer}.`
        : `It answers ${answer.status}.`,
    fix: 'Name one that does, such as a product page.',
  });
}
