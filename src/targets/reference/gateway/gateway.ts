import { wallClockMs } from '../../../core/clock.ts';
import type { PostgresStore } from '../../stores/postgres.ts';
import { postgresDoor } from '../postgres/door.ts';
import { postgresRegistry } from '../postgres/session-registry.ts';
import { noDenylist } from '../sessions/denylist.ts';
import { jwtSessions } from '../sessions/jwt-sessions.ts';
import { memoryDenylist } from '../sessions/memory-denylist.ts';
import { MemoryRegistry } from '../sessions/memory-registry.ts';
import { opaqueSessions } from '../sessions/opaque-sessions.ts';
import type { SessionRegistry } from '../sessions/session-registry.ts';
import type { Sessions } from '../sessions/sessions.ts';
import type { SessionSettings } from '../sessions/settings.ts';
import { type Door, twoStepDoor } from './door.ts';
import type { GatewayLimit } from './limit-settings.ts';
import type { LimitStore } from './limit-store.ts';
import { memoryLimits } from './memory-limits.ts';
import { postgresLimits } from './postgres-limits.ts';

/** Settings of everything that a request passes before its work begins. Plain. */
export interface GatewaySettings {
  readonly sessions: SessionSettings;
  /** `null` instead of undefined: JSON between processes keeps it. */
  readonly rateLimiter: GatewayLimit | null;
  /** Signs tokens; shared by all server processes. Base64url. */
  readonly tokenKey: string;
}

/** The parts of a server process that let requests in. */
export interface Gateway {
  readonly registry: SessionRegistry;
  readonly sessions: Sessions;
  readonly door: Door;
  /** Requests that were let through because the limiter could not be asked. */
  failedOpen(): number;
}

/** Builds the gateway of one server process. */
export function createGateway(settings: GatewaySettings, store: PostgresStore): Gateway {
  const { sessions: wanted, rateLimiter } = settings;
  const registry =
    wanted.store === 'memory' ? new MemoryRegistry(wanted) : postgresRegistry(store, wanted);
  const sessions = sessionsOn(registry, settings);
  let failedOpen = 0;
  const joint =
    rateLimiter?.store === 'postgres' &&
    wanted.store === 'postgres' &&
    wanted.tokens.kind === 'opaque' &&
    wanted.onExceed !== 'terminate-least-recently-used';
  const door = joint
    ? postgresDoor(store, rateLimiter)
    : twoStepDoor(sessions, limitsOf(rateLimiter, store), () => {
        failedOpen += 1;
      });
  return { registry, sessions, door, failedOpen: () => failedOpen };
}

function sessionsOn(
  registry: SessionRegistry,
  { sessions: { tokens, refresh }, tokenKey }: GatewaySettings,
): Sessions {
  if (tokens.kind === 'opaque') return opaqueSessions(registry, refresh);
  return jwtSessions({
    registry,
    denylist: tokens.denylist === 'none' ? noDenylist : memoryDenylist(wallClockMs),
    key: Buffer.from(tokenKey, 'base64url'),
    ttlMs: tokens.ttlMs,
    refresh,
  });
}

function limitsOf(
  limit: GatewayLimit | null,
  store: PostgresStore,
): (Omit<GatewayLimit, 'store' | 'limiter'> & { readonly store: LimitStore }) | undefined {
  if (limit === null) return undefined;
  const { key, failOpen, limiter } = limit;
  const kept = limit.store === 'memory' ? memoryLimits(limiter) : postgresLimits(store, limiter);
  return { key, failOpen, store: kept };
}
