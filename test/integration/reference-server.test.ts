import { spawnSync } from 'node:child_process';
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHttpTarget } from '../../src/targets/http/target.ts';
import type { ReferenceOptions, TargetContext } from '../../src/targets/reference/options.ts';
import { createReferenceTarget } from '../../src/targets/reference/target.ts';
import {
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from '../../src/targets/stores/embedded-postgres.ts';
import { openPostgres } from '../../src/targets/stores/postgres.ts';
import type { Endpoint, Target } from '../../src/targets/target.ts';

const context: TargetContext = {
  runId: 'run-1',
  products: [
    { id: 'sneaker', stock: 30, limitPerUser: 1 },
    { id: 'cap', stock: 1000 },
  ],
  allowRemote: false,
  allowHosts: [],
};

let postgres: EmbeddedPostgres;
let target: Target;
let endpoint: Endpoint;

function options(more: Partial<ReferenceOptions> = {}): ReferenceOptions {
  const { host, port, user, database, password } = postgres.connection;
  const login = `${user}${password === undefined ? '' : `:${encodeURIComponent(password)}`}`;
  const url = host.startsWith('/')
    ? `postgres://${login}@localhost/${database}?host=${encodeURIComponent(host)}&port=${port}`
    : `postgres://${login}@${host}:${port}/${database}`;
  return {
    topology: 'single',
    processes: 2,
    stock: { strategy: 'conditional-update', store: 'postgres' },
    stores: { postgres: url },
    sessions: { maximumSessions: 2, onExceed: 'terminate-oldest' },
    rateLimiter: {
      algorithm: 'token-bucket',
      key: 'user',
      replenishRatePerS: 0.01,
      burstCapacity: 5,
    },
    ordering: 'sync',
    port: 0,
    ...more,
  };
}

beforeAll(async () => {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const build = spawnSync(process.execPath, ['scripts/build.js'], { cwd: root, encoding: 'utf8' });
  expect(`${build.stdout}${build.stderr}`).not.toContain('src/targets/');
  postgres = await startEmbeddedPostgres();
  target = createReferenceTarget(options(), context);
  ({ endpoint } = await target.start());
});

afterAll(async () => {
  await target.stop();
  await postgres.stop();
});

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Readonly<Record<string, unknown>>;
}

/** One request on a connection of its own, so that the processes take turns. */
function send(
  method: string,
  path: string,
  more: {
    readonly token?: string;
    readonly key?: string;
    readonly body?: unknown;
    readonly at?: Endpoint;
  } = {},
): Promise<Answer> {
  const { host, port } = more.at ?? endpoint;
  const { body } = more;
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
        ...(more.token === undefined ? {} : { authorization: `Bearer ${more.token}` }),
        ...(more.key === undefined ? {} : { 'idempotency-key': more.key }),
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
        resolve({ status, headers, body: json === '' ? {} : (JSON.parse(json) as Answer['body']) });
      });
    });
    request.end(text);
  });
}

async function logIn(userId: string, deviceId = `${userId}-d0`, at?: Endpoint): Promise<string> {
  const body = { userId, deviceId };
  const answer = await send('POST', '/login', at === undefined ? { body } : { body, at });
  expect(answer.status).toBe(201);
  return String(answer.body['token']);
}

const order = (token: string, key: string, productId = 'cap', quantity = 1) =>
  send('POST', '/orders', { token, key, body: { productId, quantity } });

const open = () =>
  target.openSale({ runId: 'run-1', opensAtMs: Date.now(), closesAtMs: undefined });

describe('before the opening', () => {
  it('orders are refused, before anybody said when and until then', async () => {
    const token = await logIn('early');
    const first = await order(token, 'early-1');
    expect(first).toMatchObject({ status: 403, body: { code: 'not-open' } });
    expect(first.headers['content-type']).toContain('application/problem+json');
    const opensAtMs = Date.now() + 60_000;
    await target.openSale({ runId: 'run-1', opensAtMs, closesAtMs: undefined });
    expect((await order(token, 'early-1')).body).toMatchObject({ code: 'not-open' });
    const page = await send('GET', '/products/sneaker', { token });
    expect(page.body).toEqual({
      id: 'sneaker',
      remaining: 30,
      limitPerUser: 1,
      opensAt: opensAtMs,
    });
    expect(target.contract()).toMatchObject({
      opensAtMs,
      maximumSessions: 2,
      rateLimit: { limit: 5, windowMs: 500_000 },
    });
  });
});

describe('while the sale is open', () => {
  beforeAll(open);

  it('both processes answer, and together they sell exactly what there is', async () => {
    const users = Array.from({ length: 90 }, (_, index) => `buyer${index}`);
    const tokens = await Promise.all(users.map((user) => logIn(user)));
    const answers = await Promise.all(
      tokens.map((token, index) => order(token, `sneaker-${index}`, 'sneaker')),
    );
    expect(new Set(answers.map(({ headers }) => headers['x-instance']))).toEqual(
      new Set(['1', '2']),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(30);
    expect(answers.filter(({ body }) => body['code'] === 'sold-out')).toHaveLength(60);
    const truth = await target.truth();
    expect(truth?.products).toContainEqual({ id: 'sneaker', initial: 30, remaining: 0 });
    expect(truth?.orders.filter(({ productId }) => productId === 'sneaker')).toHaveLength(30);
    expect(await target.inFlight()).toBe(0);
  });

  it('an order can be looked up by its owner only, by key and by id', async () => {
    const [owner, other] = await Promise.all([logIn('owner'), logIn('other')]);
    const { status, body } = await order(owner, 'look-up', 'cap', 2);
    expect(status).toBe(201);
    const expected = {
      orderId: body['orderId'],
      key: 'look-up',
      productId: 'cap',
      quantity: 2,
      status: 'confirmed',
    };
    const id = String(body['orderId']);
    for (const path of ['/orders/by-key/look-up', `/orders/${id}`]) {
      expect(await send('GET', path, { token: owner })).toMatchObject({
        status: 200,
        body: expected,
      });
      expect(await send('GET', path, { token: other })).toMatchObject({
        status: 404,
        body: { code: 'not-found' },
      });
      expect((await send('GET', path)).status).toBe(401);
    }
    const again = await order(owner, 'look-up', 'cap', 2);
    expect(again).toMatchObject({ status: 201, body: { orderId: id } });
    const reused = await order(owner, 'look-up', 'cap', 3);
    expect(reused).toMatchObject({ status: 422, body: { code: 'key-reuse' } });
  });

  it('a user who asks too much is told when to come back', async () => {
    const token = await logIn('eager');
    const answers = await Promise.all(
      Array.from({ length: 9 }, () => send('GET', '/products/cap', { token })),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(5);
    const limited = answers.filter(({ status }) => status === 429);
    expect(limited).toHaveLength(4);
    for (const { headers, body } of limited) {
      expect(body['code']).toBe('limited');
      expect(Number(headers['retry-after'])).toBeGreaterThan(90);
      expect(Number(headers['retry-after'])).toBeLessThanOrEqual(100);
    }
    // Looking up an order and logging in do not count.
    expect((await send('GET', '/orders/none', { token })).status).toBe(404);
  });

  it('the oldest device is out as soon as one too many logged in', async () => {
    const first = await logIn('family', 'phone');
    const second = await logIn('family', 'tablet');
    const login = await send('POST', '/login', { body: { userId: 'family', deviceId: 'laptop' } });
    expect(login.body['evicted']).toBe(1);
    expect(await send('GET', '/products/cap', { token: first })).toMatchObject({
      status: 401,
      body: { code: 'unauthorized' },
    });
    expect((await send('GET', '/products/cap', { token: second })).status).toBe(200);
    expect((await send('DELETE', '/session', { token: second })).status).toBe(204);
    expect((await send('GET', '/products/cap', { token: second })).status).toBe(401);
  });

  it.each<[string, () => Promise<Answer>, number]>([
    ['broken JSON', () => send('POST', '/login', { body: '{' }), 400],
    ['a list', () => send('POST', '/login', { body: [] }), 400],
    ['no body', () => send('POST', '/login'), 400],
    ['an unknown path', () => send('GET', '/nothing'), 404],
    ['an unknown method', () => send('PUT', '/orders', { body: {} }), 404],
    ['a broken path', () => send('GET', '/products/%zz'), 400],
    ['no session', () => send('GET', '/products/cap'), 401],
    ['an admin route', () => send('GET', '/admin/truth'), 404],
  ])('%s gets a clean refusal', async (_title, ask, status) => {
    const answer = await ask();
    expect(answer.status).toBe(status);
    expect(answer.headers['x-instance']).toMatch(/^[12]$/);
    expect(answer.body['type']).toMatch(/^urn:flashsim:problem:/);
  });

  it.each([0, 1.5, 1e9])('a quantity of %s is refused', async (quantity) => {
    const token = await logIn(`quantity${quantity}`);
    expect(await order(token, `quantity-${quantity}`, 'cap', quantity)).toMatchObject({
      status: 400,
      body: { code: 'bad-request' },
    });
  });

  it('an order without a key and an unknown product are refused', async () => {
    const token = await logIn('careless');
    const body = { productId: 'cap', quantity: 1 };
    expect((await send('POST', '/orders', { token, body })).status).toBe(400);
    expect((await order(token, 'unknown', 'hat')).status).toBe(404);
  });

  it('a body of 10 MB is refused without being read', async () => {
    const head = await new Promise<string>((resolve, reject) => {
      const socket = connect(endpoint.port, endpoint.host);
      socket.on('error', reject);
      socket.once('data', (data) => {
        resolve(data.toString());
        socket.destroy();
      });
      socket.write(
        'POST /login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n' +
          'Content-Length: 10485760\r\n\r\n{',
      );
    });
    expect(head).toContain('HTTP/1.1 413 ');
    expect(head).toContain('bad-request');
  });

  it('connections are kept open for longer than a run waits', async () => {
    const { headers } = await new Promise<Answer>((resolve, reject) => {
      const request = httpRequest({
        ...endpoint,
        path: '/health',
        headers: { connection: 'keep-alive' },
      });
      request.on('error', reject);
      request.on('response', (response) => {
        resolve({ status: 200, headers: response.headers, body: {} });
        response.destroy();
      });
      request.end();
    });
    expect(headers['keep-alive']).toBe('timeout=75');
  });
});

describe('faults', () => {
  it('slow everything down, and only for as long as they last', async () => {
    const fault = {
      kind: 'slow',
      service: 'order-server',
      delayMs: 300,
      durationMs: 60_000,
    } as const;
    expect(await target.inject(fault)).toMatchObject({ fired: true });
    const startMs = performance.now();
    await logIn('patient');
    expect(performance.now() - startMs).toBeGreaterThanOrEqual(299);
    const pending = logIn('counted');
    await until(async () => (await target.inFlight()) === 1);
    await pending;
    expect(await target.inject({ ...fault, durationMs: 0 })).toMatchObject({ fired: true });
    const againMs = performance.now();
    await logIn('quick');
    expect(performance.now() - againMs).toBeLessThan(299);
  });

  it('kill one server process, which is replaced and knows the sale', async () => {
    const before = target.processIds();
    const killed = await target.inject({ kind: 'kill', service: 'order-server' });
    expect(killed.fired).toBe(true);
    await until(() => Promise.resolve(target.processIds().some((pid) => !before.includes(pid))));
    expect(target.processIds()).toHaveLength(before.length);
    const token = await logIn('survivor');
    await until(async () => {
      const answers = await Promise.all([1, 2, 3, 4].map(() => send('GET', '/health')));
      return new Set(answers.map(({ headers }) => headers['x-instance'])).size === 2;
    });
    const keys = ['a', 'b', 'c', 'd'];
    const answers = await Promise.all(keys.map((key) => order(token, `survivor-${key}`)));
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201, 201]);
    expect(new Set(answers.map(({ headers }) => headers['x-instance'])).size).toBe(2);
    expect(target.incidents()).toEqual([]);
  });

  it('leave no connection without an end that was made while a process died', async () => {
    const before = target.processIds();
    const ends: Promise<boolean>[] = [];
    const killed = target.inject({ kind: 'kill', service: 'order-server' });
    while (target.processIds().every((pid) => before.includes(pid))) {
      ends.push(
        send('GET', '/health').then(
          () => true,
          () => false,
        ),
      );
      await delay(1);
    }
    await killed;
    // Each was answered or reset; one that the dead process never took would hang here.
    expect((await Promise.all(ends)).filter(Boolean).length).toBeGreaterThan(0);
  });

  it('report a server process that died of itself', async () => {
    const [, victim] = target.processIds();
    if (victim === undefined) throw new Error('no server process');
    process.kill(victim, 'SIGKILL');
    await until(() => Promise.resolve(target.incidents().length > 0));
    expect(target.incidents()[0]).toContain(`(pid ${victim}) died (SIGKILL)`);
  });

  it('do not fire for a service that there is not', async () => {
    expect(await target.inject({ kind: 'kill', service: 'redis' })).toMatchObject({ fired: false });
  });
});

describe('after the closing', () => {
  it('orders are refused, but a retry gets the order that was made in time', async () => {
    await open();
    const token = await logIn('late');
    const made = await order(token, 'in-time');
    expect(made.status).toBe(201);
    const nowMs = Date.now();
    await target.openSale({ runId: 'run-1', opensAtMs: nowMs - 10, closesAtMs: nowMs });
    expect((await order(token, 'too-late')).body['code']).toBe('closed');
    expect(await order(token, 'in-time')).toMatchObject({
      status: 201,
      body: { orderId: made.body['orderId'] },
    });
  });
});

describe('a server with one process and admin routes', () => {
  it('survives a kill on the same port, and takes new sales over HTTP', async () => {
    const single = createReferenceTarget(
      options({ processes: 1, rateLimiter: undefined }),
      context,
      { admin: true },
    );
    try {
      const { endpoint: at } = await single.start();
      const base = `http://${at.host}:${at.port}`;
      const own = createHttpTarget(
        { baseUrl: base, truthUrl: `${base}/admin/truth`, saleUrl: `${base}/admin/sale` },
        { ...context, runId: 'run-2', products: [{ id: 'bag', stock: 2 }] },
      );
      await own.start();
      const token = await logIn('shopper', 'd', at);
      await own.openSale({ runId: 'run-2', opensAtMs: Date.now(), closesAtMs: undefined });
      const body = { productId: 'bag', quantity: 1 };
      expect(await send('POST', '/orders', { at, token, key: 'k', body })).toMatchObject({
        status: 201,
      });
      expect(await own.inFlight()).toBe(0);
      expect((await single.inject({ kind: 'kill', service: 'order-server' })).fired).toBe(true);
      await until(() =>
        send('GET', '/health', { at }).then(
          () => true,
          () => false,
        ),
      );
      expect(await own.truth()).toMatchObject({
        runId: 'run-2',
        products: [{ id: 'bag', initial: 2, remaining: 1 }],
        orders: [{ key: 'k', userId: 'shopper' }],
      });
      const next = { ...context, runId: 'run-3' };
      await createHttpTarget({ baseUrl: base, saleUrl: `${base}/admin/sale` }, next).start();
      expect(await own.truth()).toMatchObject({ runId: 'run-3', orders: [] });
      expect((await send('GET', '/products/bag', { at, token })).status).toBe(401);
    } finally {
      await single.stop();
    }
  });
});

describe('the end', () => {
  it('leaves no process, no port and no schema behind, and may come twice', async () => {
    const pids = target.processIds();
    expect(pids).toHaveLength(3);
    await target.stop();
    await target.stop();
    expect(target.processIds()).toEqual([]);
    for (const pid of pids) await until(() => Promise.resolve(!isRunning(pid)));
    await expect(send('GET', '/health')).rejects.toThrow('ECONNREFUSED');
    const store = openPostgres(postgres.connection, { poolMax: 1 });
    const { rows } = await store.query(
      `SELECT nspname FROM pg_namespace WHERE nspname LIKE 'flashsim%'`,
    );
    await store.close();
    expect(rows).toEqual([]);
  });

  it('says when PostgreSQL is not there, without showing its password', async () => {
    const lost = createReferenceTarget(
      options({ stores: { postgres: 'postgres://me:hunter2@127.0.0.1:1/x' } }),
      context,
    );
    const error: unknown = await lost.start().catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(String(error)).not.toContain('hunter2');
    await lost.stop();
  });

  it('says when the port is taken', async () => {
    const holder = createReferenceTarget(options({ processes: 1 }), context);
    const { endpoint: taken } = await holder.start();
    const late = createReferenceTarget(options({ processes: 1, port: taken.port }), context);
    await expect(late.start()).rejects.toMatchObject({ code: 'PORT_IN_USE' });
    await late.stop();
    await holder.stop();
  });

  it('refuses a PostgreSQL elsewhere without both consents', () => {
    const stores = { postgres: 'postgres://me@db.example.com/x' };
    expect(() => createReferenceTarget(options({ stores }), context)).toThrow(
      expect.objectContaining({ code: 'REMOTE_NOT_ALLOWED' }),
    );
  });
});

/** Waits for something that has to come; the test's timeout is its limit. */
async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await delay(5);
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
