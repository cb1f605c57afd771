import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { postgresDoor } from '../../src/targets/reference/postgres/door.ts';
import { createSchema, resetGate } from '../../src/targets/reference/postgres/schema.ts';
import { postgresRegistry } from '../../src/targets/reference/postgres/session-registry.ts';
import { opaqueSessions } from '../../src/targets/reference/sessions/opaque-sessions.ts';
import type { SessionSettings } from '../../src/targets/reference/sessions/settings.ts';
import {
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from '../../src/targets/stores/embedded-postgres.ts';
import { openPostgres, type PostgresStore } from '../../src/targets/stores/postgres.ts';

const schema = 'flashsim_door';
let postgres: EmbeddedPostgres;
/** As if two server processes: a pool each. */
let stores: readonly [PostgresStore, PostgresStore];

beforeAll(async () => {
  postgres = await startEmbeddedPostgres();
  const open = () => openPostgres(postgres.connection, { poolMax: 8, schema });
  stores = [open(), open()];
  await createSchema(stores[0], schema);
});

afterAll(async () => {
  await Promise.all(stores.map((store) => store.close()));
  await postgres.stop();
});

beforeEach(() => resetGate(stores[0]));

/** Deals out over the server processes. */
function pick<T>(processes: readonly T[], index: number): T {
  const one = processes[index % processes.length];
  if (one === undefined) throw new Error('no process');
  return one;
}

type Cap = Pick<SessionSettings, 'maximumSessions' | 'onExceed'>;
const registryOn = (
  store: PostgresStore,
  cap: Cap = { maximumSessions: undefined, onExceed: 'deny' },
) => postgresRegistry(store, { ...cap, registration: 'atomic' });
const sessionsOn = (store: PostgresStore, cap: Cap) =>
  opaqueSessions(registryOn(store, cap), undefined);

describe('the door', () => {
  it('admits the burst exactly when a user comes through both processes at once', async () => {
    const limiter = {
      algorithm: 'token-bucket',
      replenishRatePerS: 0.001,
      burstCapacity: 5,
    } as const;
    const sessions = sessionsOn(stores[0], { maximumSessions: undefined, onExceed: 'deny' });
    const login = await sessions.logIn('u1', 'd1');
    if (login.kind !== 'created') throw new Error('no session');
    const doors = stores.map((store) => postgresDoor(store, { limiter, key: 'user' }));
    const results = await Promise.all(
      Array.from({ length: 12 }, (_, index) =>
        pick(doors, index).admit({ token: login.token, address: '127.0.0.1' }),
      ),
    );
    expect(results.filter((result) => result.kind === 'admitted')).toHaveLength(5);
    expect(results.filter((result) => result.kind === 'limited')).toHaveLength(7);
  });

  it.each(['terminate-oldest', 'deny'] as const)(
    'keeps the cap on devices under %s when all log in at once',
    async (onExceed) => {
      const sessions = stores.map((store) => sessionsOn(store, { maximumSessions: 2, onExceed }));
      const logins = await Promise.all(
        Array.from({ length: 10 }, (_, device) => pick(sessions, device).logIn('u1', `d${device}`)),
      );
      const created = logins.filter((login) => login.kind === 'created').length;
      expect(created).toBe(onExceed === 'deny' ? 2 : 10);
      expect(await registryOn(stores[0]).truth()).toEqual({
        created,
        alive: 2,
        evicted: onExceed === 'deny' ? 0 : 8,
        aliveMaxPerUser: 2,
      });
    },
  );

  it('gives a device that logs in again its own place', async () => {
    const sessions = sessionsOn(stores[0], { maximumSessions: 1, onExceed: 'deny' });
    const first = await sessions.logIn('u1', 'd1');
    const second = await sessions.logIn('u1', 'd1');
    if (first.kind !== 'created' || second.kind !== 'created') throw new Error('no session');
    expect(await sessions.identify(first.token)).toBeUndefined();
    expect(await sessions.identify(second.token)).toMatchObject({ userId: 'u1' });
    expect(await sessions.logIn('u1', 'd2')).toEqual({ kind: 'device-limit' });
    expect(await sessions.logOut(second.token)).toBe(true);
    expect(await sessions.logOut(second.token)).toBe(false);
    expect((await sessions.logIn('u1', 'd2')).kind).toBe('created');
  });
});
