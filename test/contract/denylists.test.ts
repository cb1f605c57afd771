import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { wallClockMs } from '../../src/core/clock.ts';
import { type Denylist, noDenylist } from '../../src/targets/reference/sessions/denylist.ts';
import { signJwt } from '../../src/targets/reference/sessions/jwt.ts';
import { jwtSessions } from '../../src/targets/reference/sessions/jwt-sessions.ts';
import { memoryDenylist } from '../../src/targets/reference/sessions/memory-denylist.ts';
import { MemoryRegistry } from '../../src/targets/reference/sessions/memory-registry.ts';
import { redisDenylist } from '../../src/targets/reference/sessions/redis-denylist.ts';
import type { Sessions } from '../../src/targets/reference/sessions/sessions.ts';
import { openRedis, type RedisStore } from '../../src/targets/stores/redis.ts';
import {
  findRedisServer,
  type RedisServer,
  startRedisServer,
} from '../../src/targets/stores/redis-server.ts';
import { ensureProgram } from '../helpers/ensure-program.ts';

let redis: RedisServer;
let store: RedisStore;
beforeAll(async () => {
  await ensureProgram({ find: findRedisServer, aptPackage: 'redis-server' });
  redis = await startRedisServer();
  store = openRedis(redis.connection);
});
afterAll(async () => {
  store.close();
  await redis.stop();
});

const key = Buffer.from('a key of the test');

function sessionsWith(denylist: Denylist, maximumSessions?: number): Sessions {
  const registry = new MemoryRegistry({
    maximumSessions,
    onExceed: 'terminate-oldest',
    registration: 'atomic',
  });
  const refresh = { ttlMs: 60_000, leewayMs: 0 };
  return jwtSessions({ registry, denylist, key, ttlMs: 60_000, refresh });
}

async function loggedIn(sessions: Sessions, deviceId: string) {
  const login = await sessions.logIn('u1', deviceId);
  if (login.kind !== 'created') throw new Error('no session');
  return login;
}

describe.each([
  ['memory', () => memoryDenylist(wallClockMs)],
  ['Redis', () => redisDenylist(store, `flashsim_denylist_${wallClockMs()}`)],
] as const)('JWT sessions with a denylist in %s', (_, denylistOf) => {
  it('are over at once after a logout, and cannot be logged out twice', async () => {
    const sessions = sessionsWith(denylistOf());
    const { token } = await loggedIn(sessions, 'd1');
    expect(await sessions.identify(token)).toMatchObject({ userId: 'u1', deviceId: 'd1' });
    expect(await sessions.logOut(token)).toBe(true);
    expect(await sessions.identify(token)).toBeUndefined();
    expect(await sessions.logOut(token)).toBe(false);
  });

  it('are over at once when another device takes their place', async () => {
    const sessions = sessionsWith(denylistOf(), 1);
    const first = await loggedIn(sessions, 'd1');
    const second = await loggedIn(sessions, 'd2');
    expect(await sessions.identify(first.token)).toBeUndefined();
    expect(await sessions.identify(second.token)).toMatchObject({ deviceId: 'd2' });
  });

  it('are all over after a logout everywhere, and not those that begin later', async () => {
    const sessions = sessionsWith(denylistOf());
    const [first, second] = [await loggedIn(sessions, 'd1'), await loggedIn(sessions, 'd2')];
    expect(await sessions.logOutEverywhere(first.token)).toBe(true);
    expect(await sessions.identify(first.token)).toBeUndefined();
    expect(await sessions.identify(second.token)).toBeUndefined();
    await delay(5);
    const third = await loggedIn(sessions, 'd1');
    expect(await sessions.identify(third.token)).toMatchObject({ deviceId: 'd1' });
  });

  it('are over when a refresh token comes a second time', async () => {
    const sessions = sessionsWith(denylistOf());
    const { refreshToken = '' } = await loggedIn(sessions, 'd1');
    const refreshed = await sessions.refresh(refreshToken);
    if (refreshed.kind !== 'refreshed') throw new Error('not refreshed');
    expect((await sessions.refresh(refreshToken)).kind).toBe('unauthorized');
    expect(await sessions.identify(refreshed.token)).toBeUndefined();
  });

  it('forget an entry once the token that it lists has expired', async () => {
    const denylist = denylistOf();
    await denylist.deny('s1', 30);
    expect(await denylist.isDenied('s1', 'u1', 0)).toBe(true);
    await delay(60);
    expect(await denylist.isDenied('s1', 'u1', 0)).toBe(false);
  });
});

describe('JWT sessions without a denylist', () => {
  it('go on after a logout until their token expires', async () => {
    const sessions = sessionsWith(noDenylist);
    const { token } = await loggedIn(sessions, 'd1');
    await sessions.logOut(token);
    expect(await sessions.identify(token)).toMatchObject({ deviceId: 'd1' });
  });
});

describe('tokens that the server did not make', () => {
  const sessions = sessionsWith(noDenylist);
  const nowS = wallClockMs() / 1000;
  const claims = { sub: 'u1', dev: 'd1', jti: 's1', iat: nowS, exp: nowS + 60 };
  const encode = (value: object): string =>
    Buffer.from(JSON.stringify(value)).toString('base64url');
  const good = signJwt(claims, key);
  const [head = '', body = '', signature = ''] = good.split('.');

  it('are told from those that it made', async () => {
    expect(await sessions.identify(good)).toMatchObject({ userId: 'u1' });
  });

  it.each([
    ['signed with another key', signJwt(claims, Buffer.from('another key'))],
    ['of algorithm none', `${encode({ alg: 'none', typ: 'JWT' })}.${body}.`],
    ['of algorithm none with a signature', `${encode({ alg: 'none' })}.${body}.${signature}`],
    ['of another algorithm', `${encode({ alg: 'RS256', typ: 'JWT' })}.${body}.${signature}`],
    [
      'of another user under the same signature',
      `${head}.${encode({ ...claims, sub: 'u2' })}.${signature}`,
    ],
    ['expired', signJwt({ ...claims, iat: nowS - 120, exp: nowS - 60 }, key)],
    ['without a session', signJwt({ ...claims, jti: '' }, key)],
    ['cut off', good.slice(0, -1)],
    ['of two parts', `${head}.${body}`],
    ['of four parts', `${good}.${signature}`],
    ['of no JSON', `${head}.bm90IGpzb24.${signature}`],
    ['of nothing', ''],
  ])('are refused: %s', async (_, token) => {
    expect(await sessions.identify(token)).toBeUndefined();
    expect(await sessions.logOut(token)).toBe(false);
  });
});
