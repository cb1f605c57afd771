import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHttpTarget } from '../../src/targets/http/target.ts';
import type { ReferenceOptions } from '../../src/targets/reference/options.ts';
import { createReferenceTarget } from '../../src/targets/reference/target.ts';
import {
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from '../../src/targets/stores/embedded-postgres.ts';
import { openPostgres } from '../../src/targets/stores/postgres.ts';
import type { Target } from '../../src/targets/target.ts';
import {
  saleContext as context,
  isRunning,
  never,
  ReferenceClient,
  referenceOptions,
  until,
} from './reference-fixture.ts';

let postgres: EmbeddedPostgres;
let target: Target;
let client: ReferenceClient;

const options = (more: Partial<ReferenceOptions> = {}) =>
  referenceOptions(postgres.connection, more);

beforeAll(async () => {
  postgres = await startEmbeddedPostgres();
  target = createReferenceTarget(options(), context);
  const { endpoint } = await target.start();
  client = new ReferenceClient(endpoint);
  await target.openSale({ runId: 'run-1', opensAtMs: Date.now(), closesAtMs: undefined });
});

afterAll(async () => {
  await target.stop();
  await postgres.stop();
});

/** Until two processes take turns again. */
const bothAnswer = () =>
  until(async () => {
    const healths = await Promise.allSettled([1, 2, 3, 4].map(() => client.send('GET', '/health')));
    const instances = healths.map((health) =>
      health.status === 'fulfilled' ? health.value.headers['x-instance'] : undefined,
    );
    return instances.includes('1') && instances.includes('2');
  });

describe('faults', () => {
  it('slow everything down, and only for as long as they last', async () => {
    const fault = {
      kind: 'slow',
      service: 'order-server',
      delayMs: 300,
      durationMs: 60_000,
    } as const;
    expect(await target.inject(fault, never)).toMatchObject({ fired: true });
    const startMs = performance.now();
    await client.logIn('patient');
    expect(performance.now() - startMs).toBeGreaterThanOrEqual(299);
    const pending = client.logIn('counted');
    await until(async () => (await target.inFlight()) === 1);
    await pending;
    expect(await target.inject({ ...fault, durationMs: 0 }, never)).toMatchObject({ fired: true });
    const againMs = performance.now();
    await client.logIn('quick');
    expect(performance.now() - againMs).toBeLessThan(299);
  });

  it('kill one server process, which is replaced and knows the sale', async () => {
    const before = target.processIds();
    const killed = await target.inject({ kind: 'kill', service: 'order-server' }, never);
    expect(killed.fired).toBe(true);
    await until(() => target.processIds().some((pid) => !before.includes(pid)));
    expect(target.processIds()).toHaveLength(before.length);
    const token = await client.logIn('survivor');
    await bothAnswer();
    const keys = ['a', 'b', 'c', 'd'];
    const answers = await Promise.all(keys.map((key) => client.order(token, `survivor-${key}`)));
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201, 201]);
    expect(new Set(answers.map(({ headers }) => headers['x-instance'])).size).toBe(2);
    expect(target.incidents()).toEqual([]);
  });

  it('leave no connection without an end that was made while a process died', async () => {
    const before = target.processIds();
    const ends: Promise<boolean>[] = [];
    const killed = target.inject({ kind: 'kill', service: 'order-server' }, never);
    while (target.processIds().every((pid) => before.includes(pid))) {
      ends.push(client.answers());
      await delay(1);
    }
    await killed;
    // Each was answered or reset; one that the dead process never took would hang here.
    expect((await Promise.all(ends)).filter(Boolean).length).toBeGreaterThan(0);
    await bothAnswer();
  });

  it('report a server process that died of itself', async () => {
    const [, victim] = target.processIds();
    if (victim === undefined) throw new Error('no server process');
    process.kill(victim, 'SIGKILL');
    await until(() => target.incidents().length > 0);
    expect(target.incidents()[0]).toContain(`(pid ${victim}) died (SIGKILL)`);
    await bothAnswer();
  });

  it('do not fire for a service that there is not', async () => {
    expect(await target.inject({ kind: 'kill', service: 'redis' }, never)).toMatchObject({
      fired: false,
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
      const shop = new ReferenceClient(at);
      const base = `http://${at.host}:${at.port}`;
      const own = createHttpTarget(
        { baseUrl: base, truthUrl: `${base}/admin/truth`, saleUrl: `${base}/admin/sale` },
        { ...context, runId: 'run-2', products: [{ id: 'bag', stock: 2 }] },
      );
      await own.start();
      const token = await shop.logIn('shopper');
      await own.openSale({ runId: 'run-2', opensAtMs: Date.now(), closesAtMs: undefined });
      expect((await shop.order(token, 'k', 'bag')).status).toBe(201);
      expect(await own.inFlight()).toBe(0);
      const before = single.processIds();
      expect((await single.inject({ kind: 'kill', service: 'order-server' }, never)).fired).toBe(
        true,
      );
      await until(() =>
        single.processIds().every((pid) => !before.includes(pid) || pid === before[0]),
      );
      await until(() => shop.answers());
      expect(await own.truth()).toMatchObject({
        runId: 'run-2',
        products: [{ id: 'bag', initial: 2, remaining: 1 }],
        orders: [{ key: 'k', userId: 'shopper' }],
      });
      const next = { ...context, runId: 'run-3' };
      await createHttpTarget({ baseUrl: base, saleUrl: `${base}/admin/sale` }, next).start();
      expect(await own.truth()).toMatchObject({ runId: 'run-3', orders: [] });
      expect((await shop.send('GET', '/products/bag', { token })).status).toBe(401);
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
    for (const pid of pids) await until(() => !isRunning(pid));
    await expect(client.send('GET', '/health')).rejects.toThrow('ECONNREFUSED');
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
