import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** HTTP for the zoo: requests as values in, answers as values out. Nothing here is ever wrong. */

/** A request. */
export interface Call {
  readonly method: string;
  /** Segments of the path, decoded: `['orders', 'by-key', 'k1']`. */
  readonly path: readonly string[];
  readonly token: string | undefined;
  readonly key: string | undefined;
  /** The body's fields; empty when it is no JSON object. */
  readonly body: Readonly<Record<string, unknown>>;
}

/** An answer; `reset` ends the connection without one. */
export type Reply = { readonly status: number; readonly body?: unknown } | 'reset';

/** Refusals of the reference API and their statuses. */
const refusals = {
  'bad-request': 400,
  unauthorized: 401,
  'not-open': 403,
  closed: 403,
  'device-limit': 403,
  'not-found': 404,
  'sold-out': 409,
  'limit-per-user': 409,
  'in-progress': 409,
  'key-reuse': 422,
  limited: 429,
  overloaded: 503,
} as const;

export type RefusalCode = keyof typeof refusals;

/** Thrown by a server to say no. */
export class Refusal extends Error {
  readonly code: RefusalCode;

  constructor(code: RefusalCode) {
    super(code);
    this.code = code;
  }

  toReply(): Reply {
    return { status: refusals[this.code], body: { code: this.code } };
  }
}

/** A server that listens on a free port of the loopback. */
export interface Listening {
  readonly url: string;
  close(): Promise<void>;
}

/** Serves `handle` until closed. A {@link Refusal} is answered, any other error is a 500. */
export async function listen(handle: (call: Call) => Promise<Reply>): Promise<Listening> {
  const server = createServer((request, response) => {
    void answer(request, response, handle);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  handle: (call: Call) => Promise<Reply>,
): Promise<void> {
  const reply = await replyTo(request, handle);
  if (reply === 'reset') {
    request.socket.resetAndDestroy();
    return;
  }
  const text = reply.body === undefined ? '' : JSON.stringify(reply.body);
  response.writeHead(reply.status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
  });
  response.end(text);
}

async function replyTo(
  request: IncomingMessage,
  handle: (call: Call) => Promise<Reply>,
): Promise<Reply> {
  try {
    return await handle(await callOf(request));
  } catch (error) {
    if (error instanceof Refusal) return error.toReply();
    return { status: 500, body: { code: 'server-error', detail: String(error) } };
  }
}

async function callOf(request: IncomingMessage): Promise<Call> {
  const { pathname } = new URL(request.url ?? '/', 'http://zoo');
  const key = request.headers['idempotency-key'];
  return {
    method: request.method ?? 'GET',
    path: pathname.split('/').slice(1).map(decodeURIComponent),
    token: /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1],
    key: typeof key === 'string' ? key : undefined,
    body: await bodyOf(request),
  };
}

async function bodyOf(request: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  if (chunks.length === 0) return {};
  const value: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'));
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
