import { type RedisStore, redisScript } from '../../stores/redis.ts';
import type { Denylist } from './denylist.ts';

/** KEYS: the entry. ARGV: what it says, its life in ms. */
const listScript = redisScript(`return redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])`);

/** KEYS: the session's entry, the user's. ARGV: when the token was issued, in ms. */
const askScript = redisScript(`
if redis.call('EXISTS', KEYS[1]) == 1 then return 1 end
local until_ = redis.call('GET', KEYS[2])
return until_ and tonumber(ARGV[1]) <= tonumber(until_) and 1 or 0`);

/**
 * A denylist in Redis, which every server process asks: an entry lives as long as the tokens that it
 * lists, and then goes by itself.
 *
 * @param prefix of the run alone, without the colon
 */
export function redisDenylist(store: RedisStore, prefix: string): Denylist {
  const sessionKey = (sessionId: string): string => `${prefix}:blacklist:${sessionId}`;
  const userKey = (userId: string): string => `${prefix}:watermark:${userId}`;
  const list = async (key: string, value: string | number, ttlMs: number): Promise<void> => {
    await store.run(listScript, [key], [value, Math.max(1, Math.ceil(ttlMs))]);
  };
  return {
    deny: (sessionId, ttlMs) => list(sessionKey(sessionId), 1, ttlMs),
    denyUser: (userId, issuedUntilMs, ttlMs) => list(userKey(userId), issuedUntilMs, ttlMs),
    isDenied: async (sessionId, userId, issuedAtMs) =>
      (await store.run(askScript, [sessionKey(sessionId), userKey(userId)], [issuedAtMs])) === 1,
  };
}
