import type { ProductContract } from '../../../history/contract.ts';
import { type PostgresQueryable, type PostgresStore, sqlStateOf } from '../../stores/postgres.ts';

/**
 * The tables of the order server, in a schema of the run's own. No foreign keys: their locks would
 * hide the very races that the strategies differ in.
 */
const tables = [
  `CREATE TABLE products (
     id text PRIMARY KEY, initial integer NOT NULL, stock integer NOT NULL,
     limit_per_user integer, version integer NOT NULL DEFAULT 0) WITH (fillfactor = 50)`,
  `CREATE TABLE orders (
     id text PRIMARY KEY, key text NOT NULL UNIQUE, user_id text NOT NULL,
     product_id text NOT NULL, quantity integer NOT NULL, status text NOT NULL,
     at timestamptz NOT NULL DEFAULT clock_timestamp())`,
  `CREATE TABLE user_quota (
     user_id text NOT NULL, product_id text NOT NULL, used integer NOT NULL,
     PRIMARY KEY (user_id, product_id))`,
  `CREATE TABLE ledger (
     seq bigserial PRIMARY KEY, key text, product_id text NOT NULL, delta integer NOT NULL,
     stock_after integer NOT NULL, at timestamptz NOT NULL DEFAULT clock_timestamp())`,
  `CREATE INDEX ledger_key ON ledger (key)`,
  // Orders that wait to be decided. A key has one entry that is not rejected; ids never come twice.
  `CREATE TABLE order_queue (
     seq bigserial PRIMARY KEY, id text NOT NULL UNIQUE, key text NOT NULL, user_id text NOT NULL,
     product_id text NOT NULL, quantity integer NOT NULL, status text NOT NULL DEFAULT 'pending',
     code text)`,
  `CREATE UNIQUE INDEX order_queue_live ON order_queue (key) WHERE status <> 'rejected'`,
  `CREATE INDEX order_queue_key ON order_queue (key)`,
  `CREATE INDEX order_queue_pending ON order_queue (seq) WHERE status = 'pending'`,
  // Orders whose units are taken and that are not decided: the queue may not have them yet.
  `CREATE TABLE order_outbox (
     key text PRIMARY KEY, id text NOT NULL, user_id text NOT NULL, product_id text NOT NULL,
     quantity integer NOT NULL, at timestamptz NOT NULL DEFAULT clock_timestamp())`,
  // Of the strategies that count in caches: see cache/ and stock-shares.ts.
  `CREATE TABLE warm_ups (product_id text PRIMARY KEY)`,
  `CREATE TABLE stock_pools (product_id text PRIMARY KEY, supply integer NOT NULL)`,
  `CREATE TABLE stock_shares (
     product_id text NOT NULL, instance integer NOT NULL, units integer NOT NULL)`,
  `CREATE TABLE session_users (user_id text PRIMARY KEY)`,
  `CREATE TABLE sessions (
     token_hash text PRIMARY KEY, id text NOT NULL UNIQUE, seq bigserial, user_id text NOT NULL,
     device_id text NOT NULL, last_used bigint NOT NULL DEFAULT 0, end_reason text,
     refresh_hash text, previous_hash text, rotated_at timestamptz, refresh_until timestamptz)
     WITH (fillfactor = 70)`,
  `CREATE SEQUENCE session_uses`,
  // Every refresh token that ever was: one that comes again must be told from a stranger's.
  `CREATE TABLE refresh_tokens (token_hash text PRIMARY KEY, session_id text NOT NULL)`,
  `CREATE INDEX sessions_alive ON sessions (user_id, seq) WHERE end_reason IS NULL`,
  `CREATE TABLE rate_limits (
     key text PRIMARY KEY, state jsonb NOT NULL, version integer NOT NULL) WITH (fillfactor = 50)`,
];

/**
 * One login, atomic: the user's row is the lock, so two logins of one user cannot both see the last
 * free place. A device that logs in again gives its own place up first.
 */
const loginFunction = `
CREATE FUNCTION log_in(
  p_user text, p_device text, p_session text, p_token_hash text, p_maximum integer,
  p_on_exceed text, OUT created boolean, OUT ended text[], OUT evicted integer)
LANGUAGE plpgsql AS $$
DECLARE
  alive integer;
  replaced text[];
BEGIN
  evicted := 0;
  ended := '{}';
  INSERT INTO session_users (user_id) VALUES (p_user) ON CONFLICT DO NOTHING;
  PERFORM 1 FROM session_users WHERE user_id = p_user FOR UPDATE;
  IF p_maximum IS NOT NULL THEN
    SELECT count(*) INTO alive FROM sessions
      WHERE user_id = p_user AND end_reason IS NULL AND device_id <> p_device;
    IF alive >= p_maximum AND p_on_exceed = 'deny' THEN
      created := false;
      RETURN;
    END IF;
  END IF;
  WITH gone AS (
    UPDATE sessions SET end_reason = 'replaced'
    WHERE user_id = p_user AND end_reason IS NULL AND device_id = p_device RETURNING id)
  SELECT coalesce(array_agg(id), '{}') INTO replaced FROM gone;
  IF alive >= p_maximum THEN
    WITH gone AS (
      UPDATE sessions SET end_reason = 'evicted' WHERE id IN (
        SELECT id FROM sessions WHERE user_id = p_user AND end_reason IS NULL
        ORDER BY CASE WHEN p_on_exceed = 'terminate-oldest' THEN seq ELSE last_used END, seq
        LIMIT alive - p_maximum + 1)
      RETURNING id)
    SELECT coalesce(array_agg(id), '{}') INTO ended FROM gone;
    evicted := cardinality(ended);
  END IF;
  ended := replaced || ended;
  INSERT INTO sessions (token_hash, id, user_id, device_id, last_used)
    VALUES (p_token_hash, p_session, p_user, p_device, nextval('session_uses'));
  created := true;
END $$`;

/** Creates the schema that `store` was opened with, and the tables in it. */
export async function createSchema(store: PostgresStore, schema: string): Promise<void> {
  await store.transaction(async (tx) => {
    await tx.query(`CREATE SCHEMA ${schema}`);
    for (const statement of tables) await tx.query(statement);
    await tx.query(loginFunction);
  });
}

/** Drops the schema with everything in it. */
export async function dropSchema(store: PostgresStore, schema: string): Promise<void> {
  await store.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`);
}

/** Ends every session, forgets every limit and empties the queue; nothing is warmed up or claimed any more. */
export async function resetGate(store: PostgresStore): Promise<void> {
  await store.query(
    `TRUNCATE order_queue, order_outbox, session_users, sessions, refresh_tokens, rate_limits, warm_ups,
       stock_pools, stock_shares RESTART IDENTITY`,
  );
}

const deadlockDetected = '40P01';
const resetTriesMax = 5;

/**
 * Forgets every order and puts the products on sale, in one transaction. After {@link resetGate}:
 * whoever works on the queue holds it while taking these tables. Orders that are still under way take
 * them in another order; where PostgreSQL ends this transaction for that, it is run again.
 */
export async function resetSale(
  store: PostgresStore,
  products: readonly ProductContract[],
): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      await store.transaction(async (tx) => {
        await tx.query('TRUNCATE products, orders, user_quota, ledger RESTART IDENTITY');
        await insertProducts(tx, products);
      });
      return;
    } catch (error) {
      if (sqlStateOf(error) !== deadlockDetected || tries === resetTriesMax) throw error;
    }
  }
}

/** Puts products on sale, beside those that are. An id that is taken is an error. */
export async function insertProducts(
  tx: PostgresQueryable,
  products: readonly ProductContract[],
): Promise<void> {
  await tx.query(
    `INSERT INTO products (id, initial, stock, limit_per_user)
     SELECT id, stock, stock, lim FROM unnest($1::text[], $2::int[], $3::int[]) AS p (id, stock, lim)`,
    [
      products.map(({ id }) => id),
      products.map(({ stock }) => stock),
      products.map(({ limitPerUser }) => limitPerUser ?? null),
    ],
  );
}

/** The name of a run's schema: lower-case letters, digits and `_`, at most 63 bytes. */
export function schemaNameOf(runId: string): string {
  const tail = runId.toLowerCase().replaceAll(/[^a-z0-9_]/g, '_');
  return `flashsim_${tail}`.slice(0, 63);
}
