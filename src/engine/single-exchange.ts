import type { Connection } from '../transport/connection.ts';
import type { WireResponse } from '../transport/response-parser.ts';

const timeoutMs = 10_000;

/** Sends one request outside any plan; its answer, or how it failed. */
export function exchangeOn(connection: Connection, bytes: Buffer): Promise<WireResponse | string> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      connection.abandon();
      resolve('timeout');
    }, timeoutMs);
    const end = (result: WireResponse | string): void => {
      clearTimeout(timer);
      resolve(result);
    };
    connection.send(bytes, {
      onSent: () => undefined,
      onFirstByte: () => undefined,
      onResponse: (response) => end(response),
      onFailure: (kind) => end(kind),
    });
  });
}
