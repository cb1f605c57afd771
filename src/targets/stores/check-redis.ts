import { randomUUID } from 'node:crypto';
import { FlashsimError, messageOf } from '../../core/errors.ts';
import {
  isRedisReply,
  openRedis,
  type RedisStore,
  RedisUnreachableError,
  redisScript,
} from './redis.ts';
import { redactRedisUrl, redisAddressOf } from './redis-url.ts';

/** What {@link checkRedis} found. */
export interface RedisCheck {
  /** Version as the server gives it, such as `7.0.15`; of Valkey, the Redis that it stands for. */
  readonly version: string;
  /** What a run should know and can live with. */
  readonly warnings: readonly string[];
}

/** GETDEL, SET … GET and other commands came with it; older ones get no fixes any more. */
const oldestVersion = [6, 2] as const;
const connectMs = 5_000;

/** The driver goes on with database 0 when there is no such one, so it is asked for once more. */
const tryScript = redisScript(`
redis.call('SELECT', ARGV[1])
return redis.call('INCRBY', KEYS[1], 1)`);
/** A key that is left behind, because this was cut short, goes by itself. */
const tryTtlMs = 1_000;

/**
 * Logs in once and looks whether counts could be kept there. A key of its own is written for a moment.
 *
 * @throws {FlashsimError} STORE_UNAVAILABLE when the server cannot be reached, STORE_REFUSED when it
 *   refuses the login or to write, is a replica, a cluster's node, or too old
 */
export async function checkRedis(url: string): Promise<RedisCheck> {
  const shown = redactRedisUrl(url);
  const store = openRedis(url, { connectMs });
  try {
    const found = await look(store, shown);
    await tryToWrite(store, redisAddressOf(url).database);
    return found;
  } catch (error) {
    if (error instanceof FlashsimError) throw error;
    if (isRedisReply(error)) {
      throw refusedBecause(shown, replyText(messageOf(error)));
    }
    const reason = error instanceof RedisUnreachableError ? error.reason : messageOf(error);
    throw new FlashsimError('STORE_UNAVAILABLE', {
      what: `Redis at ${shown} could not be reached (${reason}).`,
      fix: 'Start it or correct the URL, or leave the URL out to start a private one.',
    });
  } finally {
    store.close();
  }
}

/** What Redis said, without the script's name, its own full stop, and advice to those who write clients. */
function replyText(reply: string): string {
  if (reply.startsWith('NOAUTH')) return 'it asks for a login, and the URL has none (NOAUTH)';
  return reply.replace(/\.* script: .*|\.+$/s, '');
}

async function look(store: RedisStore, shown: string): Promise<RedisCheck> {
  const facts = await store.facts();
  const version = facts.get('redis_version') ?? '';
  if (facts.get('role') === 'slave') throw refusedBecause(shown, 'it is a read-only replica');
  if (facts.get('redis_mode') === 'cluster') {
    throw refusedBecause(shown, 'it is a node of a cluster, which has only a part of the keys');
  }
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major < oldestVersion[0] || (major === oldestVersion[0] && minor < oldestVersion[1])) {
    throw refusedBecause(
      shown,
      `it is version ${version}, and ${oldestVersion.join('.')} is needed`,
    );
  }
  return { version, warnings: evictionWarnings(facts, shown) };
}

/** Writes, counts and deletes a key as the strategies do. */
async function tryToWrite(store: RedisStore, database: number): Promise<void> {
  const key = `flashsim_check_${randomUUID()}`;
  await store.setIfAbsent(key, 0, tryTtlMs);
  await store.run(tryScript, [key], [database]);
  await store.delete(key);
}

/** With a limit on memory and a policy that makes room, a count may vanish while it is needed. */
function evictionWarnings(facts: ReadonlyMap<string, string>, shown: string): readonly string[] {
  const policy = facts.get('maxmemory_policy') ?? 'noeviction';
  const mayEvict = policy.startsWith('allkeys-') && facts.get('maxmemory') !== '0';
  return mayEvict
    ? [`Redis at ${shown} may evict counts to make room (maxmemory-policy ${policy})`]
    : [];
}

function refusedBecause(shown: string, why: string): FlashsimError {
  return new FlashsimError('STORE_REFUSED', {
    what: `Redis at ${shown} cannot be used: ${why}.`,
    fix: 'Name a primary that takes writes and a login with the right to them, or leave the URL out to start a private one.',
  });
}
