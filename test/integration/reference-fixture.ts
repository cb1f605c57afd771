import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { ReferenceOptions, TargetContext } from '../../src/targets/reference/options.ts';
import type { PostgresConnection } from '../../src/targets/stores/postgres.ts';
import type { Endpoint } from '../../src/targets/target.ts';

/** A sale that is never over. */
export const never = new AbortController().signal;

/** A sale of two products. */
export const saleContext: TargetContext = {
  runId: 'run-1',
  products: [
    { id: 'sneaker', stock: 30, limitPerUser: 1 },
    { id: 'cap', stock: 1000 },
  ],
  allowRemote: false,
  allowHosts: [],
};

/** The URL of a server that the test started itself. */
function urlOf({ host, port, user, database, password }: PostgresConnection): string {
  const login = `${user}${password === undefined ? '' : `:${encodeURIComponent(password)}`}`;
  return host.startsWith('/')
    ? `postgres://${login}@localhost/${database}?host=${encodeURIComponent(host)}&port=${port}`
    : `postgres://${login}@${host}:${port}/${database}`;
}

/** Two server processes, two devices a person, five requests at once. */
export function referenceOptions(
  postgres: PostgresConnection,
  more: Partial<ReferenceOptions> = {},
): ReferenceOptions {
  return {
    topology: 'single',
    processes: 2,
    stock: { strategy: 'conditional-update', store: 'postgres' },
    stores: { postgres: urlOf(postgres) },
    sessions: { maximumSessions: 2, onExceed: 'terminate-oldest' },
    rateLimiter: {
      key: 'user',
      store: 'postgres',
      failOpen: false,
      limiter: { algorithm: 'token-bucket', replenishRatePerS: 0.01, burstCapacity: 5 },
    },
    ordering: 'sync',
    port: 0,
    ...more,
  };
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Readonly<Record<string, unknown>>;
}

/** What a request has beside method and path. */
export interface Request {
  readonly token?: string;
  readonly key?: string;
  readonly body?: unknown;
}

/** Talks to one server, each time on a connection of its own, so that its processes take turns. */
export class ReferenceClient {
  readonly #endpoint: Endpoint;

  constructor(endpoint: Endpoint) {
    this.#endpoint = endpoint;
  }

  send(method: string, path: string, { token, key, body }: Request = {}): Promise<Answer> {
    const { host, port } = this.#endpoint;
    const text = body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body);
    return new Promise((resolve, reject) => {
      const request = httpRequest({
        host,
        port,
        method,
        path,
        agent: false,
        headers: {
          ...(text === '' ? {} : { 'content-type': 'application/json' }),
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...(key === undefined ? {} : { 'idempotency-key': key }),
        },
      });
      request.on('error', reject);
      request.on('response', (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const { statusCode: status = 0, headers } = response;
          const json = Buffer.concat(chunks).toString();
          resolve({
            status,
            headers,
            body: json === '' ? {} : (JSON.parse(json) as Answer['body']),
          });
        });
      });
      request.end(text);
    });
  }

  /** Logs in and gives the token. */
  async logIn(userId: string, deviceId = `${userId}-d0`): Promise<string> {
    const { status, body } = await this.send('POST', '/login', { body: { userId, deviceId } });
    if (status !== 201) throw new Error(`the login was answered ${status}`);
    return String(body['token']);
  }

  order(token: string, key: string, productId = 'cap', quantity = 1): Promise<Answer> {
    return this.send('POST', '/orders', { token, key, body: { productId, quantity } });
  }

  /** Whether anybody answers; a connection that is refused or reset is a no. */
  answers(): Promise<boolean> {
    return this.send('GET', '/health').then(
      () => true,
      () => false,
    );
  }
}

/** Waits for something that has to come; the test's timeout is its limit. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await delay(5);
}

export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
