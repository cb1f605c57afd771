import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createSchema, resetGate } from '../../src/targets/reference/postgres/schema.ts';
import { postgresRegistry } from '../../src/targets/reference/postgres/session-registry.ts';
import { MemoryRegistry } from '../../src/targets/reference/sessions/memory-registry.ts';
import { opaqueSessions } from '../../src/targets/reference/sessions/opaque-sessions.ts';
import { redisRegistry } from '../../src/targets/reference/sessions/redis-registry.ts';
import type { SessionRegistry } from '../../src/targets/reference/sessions/session-registry.ts';
import type { OnExceed, Registration } from '../../src/targets/reference/sessions/settings.ts';
import {
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from '../../src/targets/stores/embedded-postgres.ts';
import { openPostgres, type PostgresStore } from '../../src/targets/stores/postgres.ts';
import { openRedis, type RedisStore } from '../../src/targets/stores/redis.ts';
import {
  findRedisServer,
  type RedisServer,
  startRedisServer,
} from '../../src/targets/stores/redis-server.ts';
import { ensureProgram } from '../helpers/ensure-program.ts';

const schema = 'flashsim_sessions';
let postgres: EmbeddedPostgres;
let redis: RedisServer;
/** As if two server processes. */
let postgresStores: readonly PostgresStore[];
let redisStores: readonly RedisStore[];

beforeAll(async () => {
  await ensureProgram({ find: findRedisServer, aptPackage: 'redis-server' });
  [postgres, redis] = await Promise.all([startEmbeddedPostgres(), startRedisServer()]);
  const open = () => openPostgres(postgres.connection, { poolMax: 8, schema });
  postgresStores = [open(), open()];
  redisStores = [openRedis(redis.connection), openRedis(redis.connection)];
  const [first] = postgresStores;
  if (first !== undefined) await createSchema(first, schema);
});

afterAll(async () => {
  for (const store of redisStores) store.close();
  await Promise.all(postgresStores.map((store) => store.close()));
  await Promise.all([postgres.stop(), redis.stop()]);
});

beforeEach(async () => {
  await redis.flush();
  const [first] = postgresStores;
  if (first !== undefined) await resetGate(first);
});

interface Cap {
  readonly maximumSessions: number | undefined;
  readonly onExceed: OnExceed;
  readonly registration: Registration;
}

/** The registries of the server processes there are: those of one store see the same. */
const stores: Readonly<Record<string, (cap: Cap) => readonly SessionRegistry[]>> = {
  memory: (cap) => [new MemoryRegistry(cap)],
  PostgreSQL: (cap) => postgresStores.map((store) => postgresRegistry(store, cap)),
  Redis: (cap) => redisStores.map((store) => redisRegistry(store, cap, schema)),
};

let drawn = 0;
function newSession(deviceId: string, userId = 'u1') {
  drawn += 1;
  return { userId, deviceId, sessionId: `s${drawn}`, tokenHash: `t${drawn}` };
}

function pick<T>(list: readonly T[], index: number): T {
  const one = list[index % list.length];
  if (one === undefined) throw new Error('nothing to pick from');
  return one;
}

describe.each(Object.entries(stores))('sessions in %s', (_, registriesOf) => {
  const atomic = { registration: 'atomic' } as const;

  it.each(['terminate-oldest', 'terminate-least-recently-used', 'deny'] as const)(
    'keep the cap under %s when ten log in at once',
    async (onExceed) => {
      const registries = registriesOf({ ...atomic, maximumSessions: 2, onExceed });
      const logins = await Promise.all(
        Array.from({ length: 10 }, (__, device) =>
          pick(registries, device).register(newSession(`d${device}`)),
        ),
      );
      const created = logins.filter(({ kind }) => kind === 'created').length;
      expect(created).toBe(onExceed === 'deny' ? 2 : 10);
      expect(await pick(registries, 0).truth()).toEqual({
        created,
        alive: 2,
        evicted: onExceed === 'deny' ? 0 : 8,
        aliveMaxPerUser: 2,
      });
    },
  );

  it.each(['terminate-oldest', 'deny'] as const)(
    'exceed the cap under %s when logins count first and register then',
    async (onExceed) => {
      const cap = { registration: 'check-then-register', maximumSessions: 1, onExceed } as const;
      const registries = registriesOf(cap);
      // One user's logins may by chance come one after the other: of twenty users, some overlap.
      for (let user = 0; user < 20; user += 1) {
        const logins = Array.from({ length: 8 }, (__, device) =>
          pick(registries, device).register(newSession(`u${user}d${device}`, `u${user}`)),
        );
        await Promise.all(logins);
      }
      const { aliveMaxPerUser } = await pick(registries, 0).truth();
      expect(aliveMaxPerUser).toBeGreaterThan(1);
    },
  );

  it.each([
    ['terminate-oldest', 'd1'],
    ['terminate-least-recently-used', 'd2'],
  ] as const)('end under %s the session of %s', async (onExceed, device) => {
    const registry = pick(registriesOf({ ...atomic, maximumSessions: 2, onExceed }), 0);
    const [first, second, third] = [newSession('d1'), newSession('d2'), newSession('d3')];
    await registry.register(first);
    await registry.register(second);
    expect(await registry.find(first.tokenHash)).toMatchObject({ deviceId: 'd1' });
    const ended = device === 'd1' ? first : second;
    expect(await registry.register(third)).toEqual({
      kind: 'created',
      ended: [ended.sessionId],
      evicted: 1,
    });
    expect(await registry.find(ended.tokenHash)).toBeUndefined();
    expect(await registry.isAlive(ended.sessionId)).toBe(false);
    expect(await registry.isAlive(third.sessionId)).toBe(true);
  });

  it('give a device that logs in again its own place, and end once', async () => {
    const registry = pick(registriesOf({ ...atomic, maximumSessions: 1, onExceed: 'deny' }), 0);
    const [first, second] = [newSession('d1'), newSession('d1')];
    await registry.register(first);
    expect(await registry.register(second)).toEqual({
      kind: 'created',
      ended: [first.sessionId],
      evicted: 0,
    });
    expect(await registry.register(newSession('d2'))).toEqual({ kind: 'device-limit' });
    expect(await registry.end(second.sessionId, 'logout')).toBe(true);
    expect(await registry.end(second.sessionId, 'logout')).toBe(false);
    expect((await registry.register(newSession('d2'))).kind).toBe('created');
    expect(await registry.endAll('u1')).toHaveLength(1);
    expect(await registry.truth()).toMatchObject({ alive: 0, aliveMaxPerUser: 0, created: 3 });
  });

  it('take a refresh token once, and end the session when it comes again', async () => {
    const registry = pick(
      registriesOf({ ...atomic, maximumSessions: undefined, onExceed: 'deny' }),
      0,
    );
    const sessions = opaqueSessions(registry, { ttlMs: 60_000, leewayMs: 0 });
    const login = await sessions.logIn('u1', 'd1');
    if (login.kind !== 'created') throw new Error('no session');
    const first = login.refreshToken ?? '';
    const refreshed = await sessions.refresh(first);
    if (refreshed.kind !== 'refreshed') throw new Error('not refreshed');
    expect(await sessions.identify(refreshed.token)).toMatchObject({ deviceId: 'd1' });
    await delay(5);
    expect(await sessions.refresh(first)).toEqual({ kind: 'unauthorized' });
    // A thief had it, or has it: the whole family is over.
    expect(await sessions.identify(refreshed.token)).toBeUndefined();
    expect(await sessions.refresh(refreshed.refreshToken)).toEqual({ kind: 'unauthorized' });
    expect(await sessions.refresh('a-stranger')).toEqual({ kind: 'unauthorized' });
  });

  it('take the token before the last one again within the leeway, and no other', async () => {
    const registry = pick(
      registriesOf({ ...atomic, maximumSessions: undefined, onExceed: 'deny' }),
      0,
    );
    const sessions = opaqueSessions(registry, { ttlMs: 60_000, leewayMs: 30_000 });
    const login = await sessions.logIn('u1', 'd1');
    if (login.kind !== 'created') throw new Error('no session');
    const first = login.refreshToken ?? '';
    expect((await sessions.refresh(first)).kind).toBe('refreshed');
    const again = await sessions.refresh(first);
    if (again.kind !== 'refreshed') throw new Error('not refreshed');
    expect((await sessions.refresh(again.refreshToken)).kind).toBe('refreshed');
    expect((await sessions.refresh(first)).kind).toBe('unauthorized');
    expect(await registry.truth()).toMatchObject({ alive: 0 });
  });

  it('let one of several concurrent uses of a refresh token through', async () => {
    const registries = registriesOf({ ...atomic, maximumSessions: undefined, onExceed: 'deny' });
    const sessions = registries.map((one) => opaqueSessions(one, { ttlMs: 60_000, leewayMs: 0 }));
    const login = await pick(sessions, 0).logIn('u1', 'd1');
    if (login.kind !== 'created') throw new Error('no session');
    const results = await Promise.all(
      Array.from({ length: 6 }, (__, index) =>
        pick(sessions, index).refresh(login.refreshToken ?? ''),
      ),
    );
    expect(results.filter(({ kind }) => kind === 'refreshed')).toHaveLength(1);
    expect(await pick(registries, 0).truth()).toMatchObject({ alive: 0 });
  });
});
