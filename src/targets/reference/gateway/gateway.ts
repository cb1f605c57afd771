import { defined } from '../../../core/assert.ts';
import { wallClockMs } from '../../../core/clock.ts';
import type { PostgresStore } from '../../stores/postgres.ts';
import type { RedisStore } from '../../stores/redis.ts';
import { postgresDoor } from '../postgres/door.ts';
import { postgresRegistry } from '../postgres/session-registry.ts';
import { type Denylist, noDenylist } from '../sessions/denylist.ts';
import { jwtSessions } from '../sessions/jwt-sessions.ts';
import { memoryDenylist } from '../sessions/memory-denylist.ts';
import { MemoryRegistry } from '../sessions/memory-registry.ts';
import { opaqueSessions } from '../sessions/opaque-sessions.ts';
import { redisDenylist } from '../sessions/redis-denylist.ts';
import { redisRegistry } from '../sessions/redis-registry.ts';
import type { SessionRegistry } from '../sessions/session-registry.ts';
import type { Sessions } from '../sessions/sessions.ts';
import type { DenylistName, SessionSettings } from '../sessions/settings.ts';
import { type Door, twoStepDoor } from './door.ts';
import type { GatewayLimit } from './limit-settings.ts';
import type { LimitStore } from './limit-store.ts';
import { memoryLimits } from './memory-limits.ts';
import { postgresLimits } from './postgres-limits.ts';
import { redisLimits } from './redis-limits.ts';
import { openWaitingRoom, type WaitingRoomDoor, type WaitingRoomSettings } from './waiting-room.ts';

/** Settings of everything that a request passes before its work begins. Plain. */
export interface GatewaySettings {
  readonly sessions: SessionSettings;
  /** `null` instead of undefined: JSON between processes keeps it. */
  readonly rateLimiter: GatewayLimit | null;
  readonly waitingRoom: WaitingRoomSettings | null;
  /** Signs tokens; shared by all server processes. Base64url. */
  readonly tokenKey: string;
}

/** Where the gateway keeps what it knows. */
export interface GatewayStores {
  readonly postgres: PostgresStore;
  /** undefined where nothing of the gateway is in Redis. */
  readonly redis: RedisStore | undefined;
  /** Name of the run: all keys in Redis begin with it. */
  readonly schema: string;
}

/** The parts of a server process that let requests in. */
export interface Gateway {
  readonly registry: SessionRegistry;
  readonly sessions: Sessions;
  readonly door: Door;
  /** In front of the orders; undefined where there is none. */
  readonly waitingRoom: WaitingRoomDoor | undefined;
  /** Requests that were let through because the limiter could not be asked. */
  failedOpen(): number;
  /** Ends every session and forgets every limit, as far as this process can. */
  reset(): Promise<void>;
}

/** Builds the gateway of one server process. */
export function createGateway(settings: GatewaySettings, stores: GatewayStores): Gateway {
  const { sessions: wanted, rateLimiter } = settings;
  const registry = openRegistry(wanted, stores);
  const sessions = sessionsOn(registry, settings, stores);
  let failedOpen = 0;
  const joint =
    rateLimiter?.store === 'postgres' &&
    wanted.store === 'postgres' &&
    wanted.tokens.kind === 'opaque' &&
    wanted.onExceed !== 'terminate-least-recently-used' &&
    !rateLimiter.failOpen;
  const limits = rateLimiter === null ? undefined : limitsOf(rateLimiter, stores);
  const door = joint
    ? postgresDoor(stores.postgres, rateLimiter)
    : twoStepDoor(sessions, limits, () => {
        failedOpen += 1;
      });
  const { waitingRoom: wantedRoom } = settings;
  const waitingRoom = wantedRoom === null ? undefined : openWaitingRoom(wantedRoom);
  return {
    registry,
    sessions,
    door,
    waitingRoom,
    failedOpen: () => failedOpen,
    reset: async () => {
      await registry.reset();
      await limits?.store.reset();
      waitingRoom?.reset();
    },
  };
}

/** Who is logged in, wherever the settings say that this is kept. */
export function openRegistry(settings: SessionSettings, stores: GatewayStores): SessionRegistry {
  switch (settings.store) {
    case 'postgres':
      return postgresRegistry(stores.postgres, settings);
    case 'redis':
      return redisRegistry(redisOf(stores), settings, `${stores.schema}:sessions`);
    case 'memory':
      return new MemoryRegistry(settings);
  }
}

function sessionsOn(
  registry: SessionRegistry,
  { sessions: { tokens, refresh }, tokenKey }: GatewaySettings,
  stores: GatewayStores,
): Sessions {
  if (tokens.kind === 'opaque') return opaqueSessions(registry, refresh);
  return jwtSessions({
    registry,
    denylist: denylistOf(tokens.denylist, stores),
    key: Buffer.from(tokenKey, 'base64url'),
    ttlMs: tokens.ttlMs,
    refresh,
  });
}

function denylistOf(name: DenylistName, stores: GatewayStores): Denylist {
  switch (name) {
    case 'redis':
      return redisDenylist(redisOf(stores), stores.schema);
    case 'memory':
      return memoryDenylist(wallClockMs);
    case 'none':
      return noDenylist;
  }
}

function limitsOf({ key, failOpen, limiter, store }: GatewayLimit, stores: GatewayStores) {
  const opened: Readonly<Record<GatewayLimit['store'], () => LimitStore>> = {
    postgres: () => postgresLimits(stores.postgres, limiter),
    redis: () => redisLimits(redisOf(stores), limiter, stores.schema),
    memory: () => memoryLimits(limiter),
  };
  return { key, failOpen, store: opened[store]() };
}

function redisOf({ redis }: GatewayStores): RedisStore {
  return defined(redis, 'the Redis of a gateway that uses one');
}
