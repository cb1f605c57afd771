import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FlashsimError } from '../../src/core/errors.ts';
import { createReferenceTarget } from '../../src/targets/reference/target.ts';
import {
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from '../../src/targets/stores/embedded-postgres.ts';
import type { Target } from '../../src/targets/target.ts';
import { ReferenceClient, referenceOptions, saleContext } from './reference-fixture.ts';

/** One inside, and whoever is called up next comes at once. */
const waitingRoom = {
  totalActiveUsers: 1,
  newUsersPerMinute: 600_000,
  queueing: 'fifo',
  sessionDurationMs: 60_000,
  refreshEveryMs: 1_500,
  placeKeptForMs: 60_000,
  seed: 1,
} as const;

let postgres: EmbeddedPostgres;
let target: Target;
let client: ReferenceClient;
beforeAll(async () => {
  postgres = await startEmbeddedPostgres();
  const options = referenceOptions(postgres.connection, {
    processes: 1,
    rateLimiter: undefined,
    waitingRoom,
  });
  target = createReferenceTarget(options, saleContext);
  const { endpoint } = await target.start();
  await target.openSale({ runId: 'run-1', opensAtMs: 0, closesAtMs: undefined });
  client = new ReferenceClient(endpoint);
}, 120_000);
afterAll(async () => {
  await target.stop();
  await postgres.stop();
});

async function logIn(userId: string): Promise<string> {
  const body = { userId, deviceId: `${userId}-d` };
  const answer = await client.send('POST', '/login', { body });
  return String(answer.body['token']);
}

const enter = (token: string) => client.send('POST', '/waiting-room', { token, body: {} });
const order = (token: string, key: string) =>
  client.send('POST', '/orders', { token, key, body: { productId: 'sneaker', quantity: 1 } });

describe('a server with a waiting room', () => {
  it('lets one in, has the next one wait until the first has an order, and takes orders of nobody else', async () => {
    const [ann, bob] = await Promise.all(['ann', 'bob'].map(logIn));
    if (ann === undefined || bob === undefined) throw new Error('two have logged in');
    expect(await enter(ann)).toMatchObject({ status: 200, body: { status: 'admitted' } });
    const waiting = await enter(bob);
    expect(waiting).toMatchObject({
      status: 202,
      body: { status: 'waiting', place: 1, refreshAfterMs: 1_500 },
      headers: { 'retry-after': '2' },
    });
    expect(await order(bob, 'k-bob')).toMatchObject({
      status: 403,
      body: { code: 'waiting' },
      headers: { 'retry-after': '2' },
    });
    expect((await order(ann, 'k-ann')).status).toBe(201);
    // She is outside again.
    expect((await order(ann, 'k-ann')).status).toBe(403);
    expect((await enter(bob)).status).toBe(200);
    expect((await order(bob, 'k-bob')).status).toBe(201);
  });

  it('needs a token, and looks no session up: that is asked at the order', async () => {
    expect((await client.send('POST', '/waiting-room', { body: {} })).status).toBe(401);
    expect((await enter('nobodys')).status).toBe(200);
    expect((await order('nobodys', 'k1')).status).toBe(401);
    // The place is free again.
    expect((await enter('somebodys')).status).toBe(200);
  });

  it('keeps its promise in the contract', () => {
    expect(target.contract().waitingRoom).toEqual({
      totalActiveUsers: 1,
      newUsersPerMinute: 600_000,
      queueing: 'fifo',
      sessionDurationMs: 60_000,
      refreshEveryMs: 1_500,
    });
  });

  it('cannot be one of several processes', () => {
    const several = referenceOptions(postgres.connection, { processes: 2, waitingRoom });
    expect(() => createReferenceTarget(several, saleContext)).toThrow(FlashsimError);
  });
});

describe('a server without a waiting room', () => {
  it('has no such place', async () => {
    const options = referenceOptions(postgres.connection, { processes: 1, rateLimiter: undefined });
    const plain = createReferenceTarget(options, saleContext);
    try {
      const { endpoint } = await plain.start();
      const answer = await new ReferenceClient(endpoint).send('POST', '/waiting-room', {
        token: 'a',
        body: {},
      });
      expect(answer.status).toBe(404);
    } finally {
      await plain.stop();
    }
  });
});
