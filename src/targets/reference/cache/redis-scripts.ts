import { redisScript } from '../../stores/redis.ts';

/**
 * What Redis does in one step. Every script gets the same keys of a product:
 * the count, the units that the sale has had, the load under way, units by user, units by key.
 */
const keys = `
local count, supply, load, used, taken = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]`;

/** ARGV: key, user, units, limit (-1 for none). */
export const takeScript = redisScript(`${keys}
local key, user, units, limit = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local left = redis.call('GET', count)
if not left then return {'not-loaded', 0} end
if redis.call('HEXISTS', taken, key) == 1 then return {'already-taken', 0} end
local had = tonumber(redis.call('HGET', used, user) or '0')
if limit >= 0 and had + units > limit then return {'limit-per-user', 0} end
if tonumber(left) < units then return {'sold-out', 0} end
redis.call('HSET', taken, key, units)
redis.call('HINCRBY', used, user, units)
return {'taken', redis.call('DECRBY', count, units)}`);

/**
 * ARGV: key, user, units. A count that does not know the key has never lacked its units; without a
 * count, a load under way may be about to leave them out.
 */
export const undoScript = redisScript(`${keys}
if redis.call('EXISTS', count) == 0 then redis.call('DEL', load) return nil end
if redis.call('HDEL', taken, ARGV[1]) == 1 then
  redis.call('HINCRBY', used, ARGV[2], -tonumber(ARGV[3]))
  return redis.call('INCRBY', count, ARGV[3])
end
return tonumber(redis.call('GET', count))`);

/** ARGV: key, user, units. Without a count, a load under way may have looked before the withdrawal. */
export const putBackScript = redisScript(`${keys}
if redis.call('EXISTS', count) == 0 then redis.call('DEL', load) return nil end
if redis.call('HDEL', taken, ARGV[1]) == 1 then
  redis.call('HINCRBY', used, ARGV[2], -tonumber(ARGV[3]))
end
return redis.call('INCRBY', count, ARGV[3])`);

/** ARGV: token, 1 to replace, ms after which the announcement of a process that died is void. */
export const beginLoadScript = redisScript(`${keys}
if ARGV[2] == '1' then
  redis.call('DEL', count, supply, used, taken)
elseif redis.call('EXISTS', count) == 1 then
  return 'there'
elseif redis.call('EXISTS', load) == 1 then
  return 'busy'
end
redis.call('SET', load, ARGV[1], 'PX', ARGV[3])
return 'begun'`);

/** ARGV: token, 1 to replace, units, supply, then key, user and units of each that was taken. */
export const finishLoadScript = redisScript(`${keys}
if redis.call('GET', load) ~= ARGV[1] then return 0 end
redis.call('DEL', load)
if ARGV[2] ~= '1' and redis.call('EXISTS', count) == 1 then return 0 end
redis.call('SET', count, ARGV[3])
redis.call('SET', supply, ARGV[4])
redis.call('DEL', used, taken)
for at = 5, #ARGV, 3 do
  redis.call('HSET', taken, ARGV[at], ARGV[at + 2])
  redis.call('HINCRBY', used, ARGV[at + 1], ARGV[at + 2])
end
return 1`);

/** ARGV: token. */
export const abandonLoadScript = redisScript(`${keys}
if redis.call('GET', load) == ARGV[1] then redis.call('DEL', load) end
return 0`);

/** ARGV: units that the sale has had. Without a count, a load under way may have looked before. */
export const supplyScript = redisScript(`${keys}
if redis.call('EXISTS', count) == 0 then
  redis.call('DEL', load)
  return 0
end
local more = tonumber(ARGV[1]) - tonumber(redis.call('GET', supply) or ARGV[1])
if more <= 0 then return 0 end
redis.call('SET', supply, ARGV[1])
redis.call('INCRBY', count, more)
return more`);

/** KEYS: the lock. ARGV: token. Only its holder's token opens it (SET, "Patterns", redis.io). */
export const unlockScript = redisScript(`
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])`);
