import { limiters } from '../../../policies/limiters/registry.ts';
import type { TokenBucketState } from '../../../policies/limiters/token-bucket.ts';
import type { PostgresStore } from '../../stores/postgres.ts';
import { OverloadedError } from '../errors.ts';
import type { RateLimiterOptions } from '../options.ts';
import { hashOf, type SessionStore } from './session-store.ts';

/** Whether a request with a token may go on. */
type DoorResult =
  | { readonly kind: 'admitted'; readonly userId: string }
  | { readonly kind: 'unauthorized' }
  | { readonly kind: 'limited'; readonly retryAfterMs: number };

/** What every request with a token passes before its work begins. */
export interface Door {
  /** Checks the session and takes from the user's allowance. */
  admit(token: string): Promise<DoorResult>;
}

/** Devices of one user meet at one bucket: this many in a row can hardly lose to each other. */
const maxTries = 16;

interface BucketRow {
  readonly userId: string;
  readonly tokens: number | null;
  readonly updatedAtMs: number | null;
  readonly version: number | null;
  readonly nowMs: number;
}

const readSql = `
  SELECT s.user_id AS "userId", b.tokens, b.updated_at_ms AS "updatedAtMs", b.version,
    (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS "nowMs"
  FROM sessions s LEFT JOIN rate_buckets b ON b.user_id = s.user_id
  WHERE s.token_hash = $1 AND s.end_reason IS NULL`;

// A bucket that is not there yet has version 0: whoever inserts first wins, the others try again.
const swapSql = `
  INSERT INTO rate_buckets AS b (user_id, tokens, updated_at_ms, version) VALUES ($1, $2, $3, 1)
  ON CONFLICT (user_id) DO UPDATE
    SET tokens = excluded.tokens, updated_at_ms = excluded.updated_at_ms, version = b.version + 1
  WHERE b.version = $4`;

/**
 * The door on PostgreSQL: the bucket is read, decided on by the pure algorithm, and swapped in only
 * if nobody else did meanwhile. Time is the database's, one clock for all processes.
 */
export function createDoor(
  store: PostgresStore,
  sessions: SessionStore,
  settings: RateLimiterOptions | undefined,
): Door {
  if (settings === undefined) {
    return {
      admit: async (token) => {
        const userId = await sessions.userOf(token);
        return userId === undefined ? { kind: 'unauthorized' } : { kind: 'admitted', userId };
      },
    };
  }
  const { take } = limiters[settings.algorithm];
  return {
    admit: async (token) => {
      const tokenHash = hashOf(token);
      for (let tries = 0; tries < maxTries; tries += 1) {
        const { rows } = await store.query<BucketRow>(readSql, [tokenHash], 'read-bucket');
        const [row] = rows;
        if (row === undefined) return { kind: 'unauthorized' };
        const decision = take(stateOf(row), row.nowMs, settings);
        if (!decision.admitted) return { kind: 'limited', retryAfterMs: decision.retryAfterMs };
        const { tokens, updatedAtMs } = decision.state;
        const values = [row.userId, tokens, updatedAtMs, row.version ?? 0];
        const { rowCount } = await store.query(swapSql, values, 'swap-bucket');
        if (rowCount === 1) return { kind: 'admitted', userId: row.userId };
      }
      throw new OverloadedError('Too many requests of one user at once.');
    },
  };
}

function stateOf({ tokens, updatedAtMs }: BucketRow): TokenBucketState | undefined {
  return tokens === null || updatedAtMs === null ? undefined : { tokens, updatedAtMs };
}
