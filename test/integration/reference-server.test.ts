import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createReferenceTarget } from '../../src/targets/reference/target.ts';
import {
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from '../../src/targets/stores/embedded-postgres.ts';
import type { Endpoint, Target } from '../../src/targets/target.ts';
import {
  type Answer,
  ReferenceClient,
  referenceOptions,
  saleContext,
} from './reference-fixture.ts';

let postgres: EmbeddedPostgres;
let target: Target;
let endpoint: Endpoint;
let client: ReferenceClient;

beforeAll(async () => {
  postgres = await startEmbeddedPostgres();
  target = createReferenceTarget(referenceOptions(postgres.connection), saleContext);
  ({ endpoint } = await target.start());
  client = new ReferenceClient(endpoint);
});

afterAll(async () => {
  await target.stop();
  await postgres.stop();
});

const open = () =>
  target.openSale({ runId: 'run-1', opensAtMs: Date.now(), closesAtMs: undefined });

describe('before the opening', () => {
  it('orders are refused, before anybody said when and until then', async () => {
    const token = await client.logIn('early');
    const first = await client.order(token, 'early-1');
    expect(first).toMatchObject({ status: 403, body: { code: 'not-open' } });
    expect(first.headers['content-type']).toContain('application/problem+json');
    const opensAtMs = Date.now() + 60_000;
    await target.openSale({ runId: 'run-1', opensAtMs, closesAtMs: undefined });
    expect((await client.order(token, 'early-1')).body).toMatchObject({ code: 'not-open' });
    const page = await client.send('GET', '/products/sneaker', { token });
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
    const tokens = await Promise.all(users.map((user) => client.logIn(user)));
    const answers = await Promise.all(
      tokens.map((token, index) => client.order(token, `sneaker-${index}`, 'sneaker')),
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
    const [owner, other] = await Promise.all([client.logIn('owner'), client.logIn('other')]);
    const { status, body } = await client.order(owner, 'look-up', 'cap', 2);
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
      expect(await client.send('GET', path, { token: owner })).toMatchObject({
        status: 200,
        body: expected,
      });
      expect(await client.send('GET', path, { token: other })).toMatchObject({
        status: 404,
        body: { code: 'not-found' },
      });
      expect((await client.send('GET', path)).status).toBe(401);
    }
    const again = await client.order(owner, 'look-up', 'cap', 2);
    expect(again).toMatchObject({ status: 201, body: { orderId: id } });
    const reused = await client.order(owner, 'look-up', 'cap', 3);
    expect(reused).toMatchObject({ status: 422, body: { code: 'key-reuse' } });
  });

  it('a user who asks too much is told when to come back', async () => {
    const token = await client.logIn('eager');
    const answers = await Promise.all(
      Array.from({ length: 9 }, () => client.send('GET', '/products/cap', { token })),
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
    expect((await client.send('GET', '/orders/none', { token })).status).toBe(404);
  });

  it('the oldest device is out as soon as one too many logged in', async () => {
    const first = await client.logIn('family', 'phone');
    const second = await client.logIn('family', 'tablet');
    const login = await client.send('POST', '/login', {
      body: { userId: 'family', deviceId: 'laptop' },
    });
    expect(login.body['evicted']).toBe(1);
    expect(await client.send('GET', '/products/cap', { token: first })).toMatchObject({
      status: 401,
      body: { code: 'unauthorized' },
    });
    expect((await client.send('GET', '/products/cap', { token: second })).status).toBe(200);
    expect((await client.send('DELETE', '/session', { token: second })).status).toBe(204);
    expect((await client.send('GET', '/products/cap', { token: second })).status).toBe(401);
  });

  it.each<[string, () => Promise<Answer>, number]>([
    ['broken JSON', () => client.send('POST', '/login', { body: '{' }), 400],
    ['a list', () => client.send('POST', '/login', { body: [] }), 400],
    ['no body', () => client.send('POST', '/login'), 400],
    ['an unknown path', () => client.send('GET', '/nothing'), 404],
    ['an unknown method', () => client.send('PUT', '/orders', { body: {} }), 404],
    ['a broken path', () => client.send('GET', '/products/%zz'), 400],
    ['no session', () => client.send('GET', '/products/cap'), 401],
    ['an admin route', () => client.send('GET', '/admin/truth'), 404],
  ])('%s gets a clean refusal', async (_title, ask, status) => {
    const answer = await ask();
    expect(answer.status).toBe(status);
    expect(answer.headers['x-instance']).toMatch(/^[12]$/);
    expect(answer.body['type']).toMatch(/^urn:flashsim:problem:/);
  });

  it.each([0, 1.5, 1e9])('a quantity of %s is refused', async (quantity) => {
    const token = await client.logIn(`quantity${quantity}`);
    expect(await client.order(token, `quantity-${quantity}`, 'cap', quantity)).toMatchObject({
      status: 400,
      body: { code: 'bad-request' },
    });
  });

  it('an order without a key and an unknown product are refused', async () => {
    const token = await client.logIn('careless');
    const body = { productId: 'cap', quantity: 1 };
    expect((await client.send('POST', '/orders', { token, body })).status).toBe(400);
    expect((await client.order(token, 'unknown', 'hat')).status).toBe(404);
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

describe('after the closing', () => {
  it('orders are refused, but a retry gets the order that was made in time', async () => {
    await open();
    const token = await client.logIn('late');
    const made = await client.order(token, 'in-time');
    expect(made.status).toBe(201);
    const nowMs = Date.now();
    await target.openSale({ runId: 'run-1', opensAtMs: nowMs - 10, closesAtMs: nowMs });
    expect((await client.order(token, 'too-late')).body['code']).toBe('closed');
    expect(await client.order(token, 'in-time')).toMatchObject({
      status: 201,
      body: { orderId: made.body['orderId'] },
    });
  });
});
