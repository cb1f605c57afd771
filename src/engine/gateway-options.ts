import type { LimiterSettings } from '../policies/limiters/limiter-settings.ts';
import type { Scenario } from '../scenarios/schema.ts';
import type { targets } from '../targets/registry.ts';

type Reference = NonNullable<Scenario['target']['reference']>;
type Options = Parameters<typeof targets.reference.create>[0];
type WrittenLimit = NonNullable<Reference['rateLimiter']>;

/** The sessions of a scenario in the units of the program. */
export function sessionSettingsOf(written: Reference['sessions']): Options['sessions'] {
  const { maximumSessions, onExceed, registration, store, tokens, refresh } = written;
  return {
    maximumSessions,
    onExceed,
    registration,
    store,
    tokens:
      tokens.type === 'jwt'
        ? { kind: 'jwt', ttlMs: tokens.ttl, denylist: tokens.denylist }
        : { kind: 'opaque' },
    refresh: refresh && { ttlMs: refresh.ttl, leewayMs: refresh.leeway },
  };
}

/** The rate limit of a scenario in the units of the program. */
export function gatewayLimitOf(written: WrittenLimit): NonNullable<Options['rateLimiter']> {
  const { key, store, failOpen = written.algorithm === 'spring-cloud-gateway' } = written;
  return { limiter: limiterSettingsOf(written), key, store, failOpen };
}

/** The waiting room of a scenario in the units of the program. */
export function waitingRoomOf(
  written: NonNullable<Reference['waitingRoom']>,
  seed: number,
): NonNullable<Options['waitingRoom']> {
  const { sessionDuration, refreshEvery, placeKeptFor, ...rest } = written;
  return {
    ...rest,
    sessionDurationMs: sessionDuration,
    refreshEveryMs: refreshEvery,
    placeKeptForMs: placeKeptFor,
    seed,
  };
}

function limiterSettingsOf(written: WrittenLimit): LimiterSettings {
  switch (written.algorithm) {
    case 'gcra':
      return {
        algorithm: written.algorithm,
        replenishRatePerS: written.replenishRate,
        maxBurst: written.maxBurst,
      };
    case 'fixed-window':
    case 'sliding-log':
    case 'sliding-counter':
      return { algorithm: written.algorithm, limit: written.limit, windowMs: written.window };
    case 'token-bucket':
    case 'spring-cloud-gateway':
    case undefined:
      return {
        algorithm: written.algorithm ?? 'token-bucket',
        replenishRatePerS: written.replenishRate,
        burstCapacity: written.burstCapacity,
      };
  }
}
