/** The work that every tool is given: an order with a token per user, a key of its own, JSON both ways. */
export const body = '{"productId":"sneaker-42","quantity":1}';
const users = 1_000;

/** Headers of the n-th request. */
export function headersOf(n) {
  return {
    authorization: `Bearer ${String(n % users)
      .padStart(8, '0')
      .repeat(4)}`,
    'idempotency-key': `mf3k2x9a-4f2c-${n}`,
    'content-type': 'application/json',
  };
}

/** Reads an answer as a load tester has to that wants to know what was sold. */
export function isOrder(text) {
  return JSON.parse(text).orderId !== undefined;
}

/** What a client is told: `{ port, rate, seconds, connections, folder }`. */
export function readJob() {
  return JSON.parse(process.argv[2]);
}
