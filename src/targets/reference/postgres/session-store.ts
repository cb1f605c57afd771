import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { defined } from '../../../core/assert.ts';
import type { PostgresStore } from '../../stores/postgres.ts';
import type { ReferenceOptions } from '../options.ts';

/** What became of a login. */
type LoginResult =
  | {
      readonly kind: 'created';
      readonly token: string;
      readonly sessionId: string;
      /** Sessions that this login ended. */
      readonly evicted: number;
    }
  | { readonly kind: 'device-limit' };

/** Who is logged in on which device. */
export interface SessionStore {
  logIn(userId: string, deviceId: string): Promise<LoginResult>;
  /** Ends the session. False when the token has none alive. */
  logOut(token: string): Promise<boolean>;
  /** The user of a live session, or undefined. */
  userOf(token: string): Promise<string | undefined>;
}

/** Tokens are kept as hashes only: a copy of the table logs nobody in. */
export function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}

/** Sessions in PostgreSQL. Every call is one statement and so atomic. */
export function createSessionStore(
  store: PostgresStore,
  settings: ReferenceOptions['sessions'],
): SessionStore {
  return {
    logIn: async (userId, deviceId) => {
      const token = randomBytes(24).toString('base64url');
      const sessionId = randomUUID();
      const { rows } = await store.query<{ created: boolean; evicted: number }>(
        'SELECT created, evicted FROM log_in($1, $2, $3, $4, $5, $6)',
        [
          userId,
          deviceId,
          sessionId,
          hashOf(token),
          settings.maximumSessions ?? null,
          settings.onExceed === 'deny',
        ],
        'log-in',
      );
      const { created, evicted } = defined(rows[0], 'the answer to the login');
      if (!created) return { kind: 'device-limit' };
      return { kind: 'created', token, sessionId, evicted };
    },
    logOut: async (token) => {
      const { rowCount } = await store.query(
        `UPDATE sessions SET end_reason = 'logout' WHERE token_hash = $1 AND end_reason IS NULL`,
        [hashOf(token)],
        'log-out',
      );
      return rowCount > 0;
    },
    userOf: async (token) => {
      const { rows } = await store.query<{ userId: string }>(
        `SELECT user_id AS "userId" FROM sessions WHERE token_hash = $1 AND end_reason IS NULL`,
        [hashOf(token)],
        'user-of',
      );
      return rows[0]?.userId;
    },
  };
}
