import { defined } from '../../../core/assert.ts';
import {
  type Decide,
  decideBy,
  type LimiterSettings,
} from '../../../policies/limiters/limiter-settings.ts';
import type { PostgresStore } from '../../stores/postgres.ts';
import { OverloadedError } from '../errors.ts';
import type { LimitStore, LimitVerdict } from './limit-store.ts';

/** Requests of one key meet at one row: this many in a row can hardly lose to each other. */
export const triesMax = 16;

/** An allowance as it was read, and the clock that it was read by. */
export interface ReadLimit {
  readonly state: unknown;
  /** null when the key never came. */
  readonly version: number | null;
  readonly nowMs: number;
}

/** The database's clock in ms: one for all processes. */
export const nowMsSql = `(extract(epoch FROM clock_timestamp()) * 1000)::float8 AS "nowMs"`;

const readSql = `
  SELECT l.state, l.version, ${nowMsSql} FROM (SELECT $1::text AS key) k
  LEFT JOIN rate_limits l ON l.key = k.key`;

// A key that is not there yet has version 0: whoever inserts first wins, the others try again.
const swapSql = `
  INSERT INTO rate_limits AS l (key, state, version) VALUES ($1, $2::jsonb, 1)
  ON CONFLICT (key) DO UPDATE SET state = excluded.state, version = l.version + 1
  WHERE l.version = $3`;

/**
 * Decides on what was read, and writes it back if nobody else did meanwhile. undefined when somebody
 * did. A refusal changes nothing that matters, so nothing is written.
 */
export async function settle(
  store: PostgresStore,
  decide: Decide,
  key: string,
  { state: before, version, nowMs }: ReadLimit,
): Promise<LimitVerdict | undefined> {
  const { state, ...verdict } = decide(before ?? undefined, nowMs);
  if (!verdict.admitted) return verdict;
  const values = [key, JSON.stringify(state), version ?? 0];
  const { rowCount } = await store.query(swapSql, values, 'swap-limit');
  return rowCount === 1 ? verdict : undefined;
}

/** Too many requests of one key lost to each other; nothing was done. */
export function contended(): OverloadedError {
  return new OverloadedError('Too many requests at one limit at once.');
}

/** Allowances in PostgreSQL: read, decided on by the pure algorithm, swapped in if nobody else was faster. */
export function postgresLimits(store: PostgresStore, settings: LimiterSettings): LimitStore {
  const decide = decideBy(settings);
  return {
    take: async (key) => {
      for (let tries = 0; tries < triesMax; tries += 1) {
        const { rows } = await store.query<ReadLimit>(readSql, [key], 'read-limit');
        const verdict = await settle(store, decide, key, defined(rows[0], 'the limit'));
        if (verdict !== undefined) return verdict;
      }
      throw contended();
    },
    reset: async () => {
      await store.query('TRUNCATE rate_limits');
    },
  };
}
