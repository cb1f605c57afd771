import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createReferenceTarget } from '../../src/targets/reference/target.ts';
import {
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from '../../src/targets/stores/embedded-postgres.ts';
import { openPostgres, type PostgresStore } from '../../src/targets/stores/postgres.ts';
import type { Target } from '../../src/targets/target.ts';
import {
  never,
  ReferenceClient,
  referenceOptions,
  saleContext,
  until,
} from './reference-fixture.ts';

let postgres: EmbeddedPostgres;
let target: Target;
let client: ReferenceClient;
/** A connection of the test's own, into the tables of the server. */
let back: PostgresStore;

beforeAll(async () => {
  postgres = await startEmbeddedPostgres();
  target = createReferenceTarget(
    referenceOptions(postgres.connection, { ordering: 'async', rateLimiter: undefined }),
    saleContext,
  );
  const { endpoint } = await target.start();
  client = new ReferenceClient(endpoint);
  const finder = openPostgres(postgres.connection, { poolMax: 1 });
  const { rows } = await finder.query<{ schema: string }>(
    `SELECT nspname AS schema FROM pg_namespace WHERE nspname LIKE 'flashsim%'`,
  );
  await finder.close();
  back = openPostgres(postgres.connection, { poolMax: 2, schema: rows[0]?.schema ?? '' });
  await target.openSale({ runId: 'run-1', opensAtMs: Date.now(), closesAtMs: undefined });
});

afterAll(async () => {
  await back.close();
  await target.stop();
  await postgres.stop();
});

/** Runs `work` while no order of the product can be decided: its row is locked. */
function whileStuck<T>(productId: string, work: () => Promise<T>): Promise<T> {
  return back.transaction(async (tx) => {
    await tx.query('SELECT 1 FROM products WHERE id = $1 FOR UPDATE', [productId]);
    return work();
  });
}

const idle = () => until(async () => (await target.inFlight()) === 0);
const lookUp = (token: string, key: string) =>
  client.send('GET', `/orders/by-key/${key}`, { token });

describe('an asynchronous order', () => {
  it('is accepted, then pending, then confirmed, all under one id', async () => {
    const token = await client.logIn('patient');
    const id = await whileStuck('cap', async () => {
      const accepted = await client.order(token, 'patient-1');
      const { orderId } = accepted.body;
      expect(accepted).toMatchObject({ status: 202, body: { orderId, status: 'pending' } });
      for (const path of ['/orders/by-key/patient-1', `/orders/${String(orderId)}`]) {
        const { status, body } = await client.send('GET', path, { token });
        expect(status).toBe(200);
        expect(body).toEqual({
          orderId,
          key: 'patient-1',
          productId: 'cap',
          quantity: 1,
          status: 'pending',
        });
      }
      expect((await client.order(token, 'patient-1')).body).toEqual(accepted.body);
      expect((await client.order(token, 'patient-1', 'cap', 2)).body['code']).toBe('key-reuse');
      expect((await client.order(token, 'patient-1', 'sneaker')).body['code']).toBe('key-reuse');
      expect((await client.send('DELETE', `/orders/${String(orderId)}`, { token })).status).toBe(
        404,
      );
      expect(await target.inFlight()).toBe(1);
      const { orders = [] } = (await target.truth()) ?? {};
      expect(orders).toMatchObject([{ id: orderId, key: 'patient-1', status: 'pending' }]);
      return orderId;
    });
    await idle();
    expect((await lookUp(token, 'patient-1')).body).toMatchObject({
      status: 'confirmed',
      orderId: id,
    });
    expect(await client.order(token, 'patient-1')).toMatchObject({
      status: 201,
      body: { orderId: id, remaining: 999 },
    });
    const cancelled = await client.send('DELETE', `/orders/${String(id)}`, { token });
    expect(cancelled).toMatchObject({ status: 200, body: { status: 'cancelled' } });
    expect((await lookUp(token, 'patient-1')).body).toMatchObject({ status: 'cancelled' });
  });

  it('is refused at once where nothing needs deciding', async () => {
    const token = await client.logIn('hasty');
    expect((await client.order(token, 'hasty-1', 'hat')).status).toBe(404);
    expect((await client.order(token, 'hasty-2', 'cap', 0)).status).toBe(400);
    expect((await client.order('nobody', 'hasty-3')).status).toBe(401);
  });

  it('that was decided against says why, and can be tried again', async () => {
    const token = await client.logIn('greedy');
    await client.order(token, 'greedy-1', 'sneaker', 2);
    await idle();
    const found = await lookUp(token, 'greedy-1');
    expect(found).toMatchObject({
      status: 200,
      body: { status: 'rejected', code: 'limit-per-user' },
    });
    const again = await client.order(token, 'greedy-1', 'sneaker', 1);
    expect(again.status).toBe(202);
    expect(again.body['orderId']).not.toBe(found.body['orderId']);
    await idle();
    expect((await lookUp(token, 'greedy-1')).body).toMatchObject({ status: 'confirmed' });
    const old = await client.send('GET', `/orders/${String(found.body['orderId'])}`, { token });
    expect(old.body).toMatchObject({ status: 'rejected', code: 'limit-per-user' });
    await client.send('DELETE', `/orders/${String(again.body['orderId'])}`, { token });
  });

  it('survives a killed server process: all are decided, once, and sold exactly', async () => {
    const users = Array.from({ length: 45 }, (_, index) => `queued${index}`);
    const tokens = await Promise.all(users.map((user) => client.logIn(user)));
    await whileStuck('sneaker', async () => {
      const answers = await Promise.all(
        tokens.map((token, index) => client.order(token, `queued-${index}`, 'sneaker')),
      );
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
      expect(await target.inFlight()).toBe(45);
      // Both processes are in the middle of deciding: one dies of it, then the other.
      for (let kills = 1; kills <= 2; kills += 1) {
        const now = target.processIds();
        expect((await target.inject({ kind: 'kill', service: 'order-server' }, never)).fired).toBe(
          true,
        );
        await until(() => target.processIds().some((pid) => !now.includes(pid)));
        await until(() => client.answers());
      }
      const { orders = [] } = (await target.truth()) ?? {};
      expect(orders.filter(({ status }) => status === 'pending')).toHaveLength(45);
    });
    await idle();
    const truth = await target.truth();
    const sneakers = (truth?.orders ?? []).filter(
      ({ productId, status }) => productId === 'sneaker' && status !== 'cancelled',
    );
    expect(sneakers).toHaveLength(30);
    expect(new Set(sneakers.map(({ status }) => status))).toEqual(new Set(['confirmed']));
    expect(truth?.products).toContainEqual({ id: 'sneaker', initial: 30, remaining: 0 });
    const found = await Promise.all(
      tokens.map(async (token, index) => (await lookUp(token, `queued-${index}`)).body),
    );
    expect(found.filter(({ status }) => status === 'confirmed')).toHaveLength(30);
    expect(
      found.filter(({ status, code }) => status === 'rejected' && code === 'sold-out'),
    ).toHaveLength(15);
  });

  it('is judged by the hour it came at', async () => {
    const token = await client.logIn('closing');
    await client.order(token, 'closing-0', 'sneaker', 2);
    await idle();
    await whileStuck('cap', async () => {
      expect((await client.order(token, 'closing-1')).status).toBe(202);
      expect((await target.apply({ kind: 'close' })).outcome).toBe('ok');
      expect((await client.order(token, 'closing-1')).status).toBe(202);
      expect((await client.order(token, 'closing-2')).body['code']).toBe('closed');
      // It was decided against: there is nothing that could be answered again.
      const rejected = await client.order(token, 'closing-0', 'sneaker', 2);
      expect(rejected.body['code']).toBe('closed');
    });
    await idle();
    expect((await lookUp(token, 'closing-1')).body).toMatchObject({ status: 'confirmed' });
    expect((await client.order(token, 'closing-1')).status).toBe(201);
  });

  it('leaves the positive control as it is: at once', async () => {
    const sale = await target.control(1);
    if (sale === undefined) throw new Error('no control');
    const token = await client.logIn('control');
    const answer = await client.order(token, 'control-1', sale.productId);
    expect(answer).toMatchObject({ status: 201, body: { remaining: 0 } });
    expect((await sale.truth()).orders).toHaveLength(1);
  });

  it('is promised to be decided in time', () => {
    expect(target.contract().completionMs).toBeGreaterThan(0);
  });

  it.each([
    [6, true],
    [7, false],
  ])('can be had with %i processes: %s', (processes, possible) => {
    const options = referenceOptions(postgres.connection, { ordering: 'async', processes });
    const create = () => createReferenceTarget(options, saleContext);
    if (possible) expect(create).not.toThrow();
    else expect(create).toThrow(expect.objectContaining({ code: 'SCENARIO_INVALID' }));
  });
});
