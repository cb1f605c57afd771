import { defined } from '../../../core/assert.ts';
import type { TruthSessions } from '../../../history/truth.ts';
import type { PostgresStore } from '../../stores/postgres.ts';
import { type AliveSession, capDecision } from '../sessions/eviction.ts';
import type {
  Identity,
  NewSession,
  Registered,
  Rotated,
  SessionRegistry,
} from '../sessions/session-registry.ts';
import type { SessionSettings } from '../sessions/settings.ts';

type CapSettings = Pick<SessionSettings, 'maximumSessions' | 'onExceed' | 'registration'>;

const identityColumns = `id AS "sessionId", user_id AS "userId", device_id AS "deviceId"`;

/** A use is written down only where somebody goes by it. */
const findSql = {
  read: `SELECT ${identityColumns} FROM sessions WHERE token_hash = $1 AND end_reason IS NULL`,
  touch: `UPDATE sessions SET last_used = nextval('session_uses')
    WHERE token_hash = $1 AND end_reason IS NULL RETURNING ${identityColumns}`,
} as const;

// The last token in one step; the one before it while the leeway lasts; any other use ends the session.
const rotateSql = `
  WITH known AS (
    SELECT s.id, s.refresh_hash = $1 AS last,
      s.previous_hash = $1 AND s.rotated_at > clock_timestamp() - $4 * interval '1 ms' AS late
    FROM refresh_tokens r JOIN sessions s ON s.id = r.session_id
    WHERE r.token_hash = $1 AND s.end_reason IS NULL AND s.refresh_until > clock_timestamp()
    FOR UPDATE OF s),
  changed AS (
    UPDATE sessions s SET
      end_reason = CASE WHEN k.last OR k.late THEN NULL ELSE 'reuse' END,
      rotated_at = CASE WHEN k.last THEN clock_timestamp() ELSE s.rotated_at END,
      previous_hash = $1, refresh_hash = $2,
      refresh_until = clock_timestamp() + $3 * interval '1 ms'
    FROM known k WHERE s.id = k.id
    RETURNING s.id, s.user_id, s.device_id, s.end_reason),
  added AS (
    INSERT INTO refresh_tokens (token_hash, session_id)
    SELECT $2, id FROM changed WHERE end_reason IS NULL)
  SELECT ${identityColumns}, end_reason IS NULL AS rotated FROM changed`;

/** Sessions in PostgreSQL. Every call is one statement and so atomic, but for `check-then-register`. */
export function postgresRegistry(store: PostgresStore, settings: CapSettings): SessionRegistry {
  const { registration, onExceed } = settings;
  const find = onExceed === 'terminate-least-recently-used' ? 'touch' : 'read';
  return {
    register: (session) =>
      registration === 'atomic'
        ? registerAtOnce(store, settings, session)
        : checkThenRegister(store, settings, session),
    find: async (tokenHash) => {
      const { rows } = await store.query<Identity>(findSql[find], [tokenHash], `session-${find}`);
      return rows[0];
    },
    isAlive: async (sessionId) => {
      const sql = 'SELECT 1 FROM sessions WHERE id = $1 AND end_reason IS NULL';
      return (await store.query(sql, [sessionId], 'session-alive')).rowCount > 0;
    },
    end: async (sessionId, reason) => {
      const sql = 'UPDATE sessions SET end_reason = $2 WHERE id = $1 AND end_reason IS NULL';
      return (await store.query(sql, [sessionId, reason], 'session-end')).rowCount > 0;
    },
    endAll: async (userId) => {
      const sql = `UPDATE sessions SET end_reason = 'logout'
        WHERE user_id = $1 AND end_reason IS NULL RETURNING id`;
      const { rows } = await store.query<{ id: string }>(sql, [userId], 'session-end-all');
      return rows.map(({ id }) => id);
    },
    replaceToken: async (sessionId, tokenHash) => {
      const sql = 'UPDATE sessions SET token_hash = $2 WHERE id = $1';
      await store.query(sql, [sessionId, tokenHash], 'session-token');
    },
    issueRefresh: async (sessionId, { tokenHash, ttlMs }) => {
      const sql = `WITH issued AS (
          INSERT INTO refresh_tokens (token_hash, session_id) VALUES ($2, $1))
        UPDATE sessions SET refresh_hash = $2, rotated_at = clock_timestamp(),
          refresh_until = clock_timestamp() + $3 * interval '1 ms' WHERE id = $1`;
      await store.query(sql, [sessionId, tokenHash, ttlMs], 'refresh-issue');
    },
    rotateRefresh: async (tokenHash, next, leewayMs): Promise<Rotated> => {
      const values = [tokenHash, next.tokenHash, next.ttlMs, leewayMs];
      const { rows } = await store.query<Identity & { rotated: boolean }>(
        rotateSql,
        values,
        'refresh-rotate',
      );
      const [row] = rows;
      if (row === undefined) return { kind: 'unknown' };
      const { rotated, ...identity } = row;
      return rotated
        ? { kind: 'rotated', identity }
        : { kind: 'reused', sessionId: identity.sessionId };
    },
    truth: () => readSessions(store),
    reset: async () => {
      await store.query('TRUNCATE session_users, sessions, refresh_tokens RESTART IDENTITY');
    },
  };
}

async function registerAtOnce(
  store: PostgresStore,
  { maximumSessions, onExceed }: CapSettings,
  { userId, deviceId, sessionId, tokenHash }: NewSession,
): Promise<Registered> {
  const { rows } = await store.query<{ created: boolean; ended: string[]; evicted: number }>(
    'SELECT created, ended, evicted FROM log_in($1, $2, $3, $4, $5, $6)',
    [userId, deviceId, sessionId, tokenHash, maximumSessions ?? null, onExceed],
    'log-in',
  );
  const { created, ended, evicted } = defined(rows[0], 'the answer to the login');
  return created ? { kind: 'created', ended, evicted } : { kind: 'device-limit' };
}

/** The way of most session libraries: what is counted may be old when it is acted upon. */
async function checkThenRegister(
  store: PostgresStore,
  { maximumSessions: maximum, onExceed }: CapSettings,
  { userId, deviceId, sessionId, tokenHash }: NewSession,
): Promise<Registered> {
  const { rows } = await store.query<AliveSession>(
    `SELECT id AS "sessionId", device_id AS "deviceId", seq, last_used AS "lastUsed" FROM sessions
     WHERE user_id = $1 AND end_reason IS NULL`,
    [userId],
    'sessions-alive',
  );
  const decision = capDecision(rows, deviceId, { maximum, onExceed });
  if (decision.kind === 'refuse') return { kind: 'device-limit' };
  const { replaced, evicted } = decision;
  for (const [reason, ids] of [['replaced', replaced] as const, ['evicted', evicted] as const]) {
    if (ids.length === 0) continue;
    const sql = 'UPDATE sessions SET end_reason = $1 WHERE id = ANY($2) AND end_reason IS NULL';
    await store.query(sql, [reason, ids], 'sessions-end');
  }
  await store.query(
    `INSERT INTO sessions (token_hash, id, user_id, device_id, last_used)
     VALUES ($1, $2, $3, $4, nextval('session_uses'))`,
    [tokenHash, sessionId, userId, deviceId],
    'session-add',
  );
  return { kind: 'created', ended: [...replaced, ...evicted], evicted: evicted.length };
}

async function readSessions(store: PostgresStore): Promise<TruthSessions> {
  const { rows } = await store.query<TruthSessions>(
    `SELECT count(*)::int AS created,
       count(*) FILTER (WHERE end_reason IS NULL)::int AS alive,
       count(*) FILTER (WHERE end_reason = 'evicted')::int AS evicted,
       coalesce((SELECT max(n)::int FROM (SELECT count(*) AS n FROM sessions
         WHERE end_reason IS NULL GROUP BY user_id) per_user), 0) AS "aliveMaxPerUser"
     FROM sessions`,
  );
  return defined(rows[0], 'the count of sessions');
}
