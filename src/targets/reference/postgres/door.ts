import { decideBy, type LimiterSettings } from '../../../policies/limiters/limiter-settings.ts';
import type { PostgresStore } from '../../stores/postgres.ts';
import { type Door, limitKeyOf } from '../gateway/door.ts';
import type { LimitKey } from '../gateway/limit-settings.ts';
import {
  contended,
  nowMsSql,
  type ReadLimit,
  settle,
  triesMax,
} from '../gateway/postgres-limits.ts';
import type { Identity } from '../sessions/session-registry.ts';
import { hashOf } from '../sessions/tokens.ts';

// As limitKeyOf() makes them.
const keySql = `CASE $2::text
  WHEN 'user' THEN 'user:' || s.user_id
  WHEN 'device' THEN 'device:' || s.user_id || '/' || s.device_id
  WHEN 'address' THEN 'address:' || $3::text
  ELSE 'global' END`;

const readSql = `
  SELECT s.id AS "sessionId", s.user_id AS "userId", s.device_id AS "deviceId",
    l.state, l.version, ${nowMsSql}
  FROM sessions s LEFT JOIN rate_limits l ON l.key = ${keySql}
  WHERE s.token_hash = $1 AND s.end_reason IS NULL`;

/**
 * The door where sessions and limits are both in PostgreSQL, and tokens opaque: one round trip for both
 * questions, which is half of what a refused request costs.
 */
export function postgresDoor(
  store: PostgresStore,
  { limiter, key }: { readonly limiter: LimiterSettings; readonly key: LimitKey },
): Door {
  const decide = decideBy(limiter);
  return {
    admit: async ({ token, address }) => {
      const values = [hashOf(token), key, address];
      for (let tries = 0; tries < triesMax; tries += 1) {
        const { rows } = await store.query<Identity & ReadLimit>(readSql, values, 'read-door');
        const [row] = rows;
        if (row === undefined) return { kind: 'unauthorized' };
        const { state, version, nowMs, ...identity } = row;
        const name = limitKeyOf(key, identity, address);
        const limit = await settle(store, decide, name, { state, version, nowMs });
        if (limit === undefined) continue;
        return limit.admitted ? { kind: 'admitted', identity, limit } : { kind: 'limited', limit };
      }
      throw contended();
    },
  };
}
