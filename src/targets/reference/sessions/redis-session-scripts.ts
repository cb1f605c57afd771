import { redisScript } from '../../stores/redis.ts';

/**
 * Sessions as Redis keeps them, each deed in one step. Keys are made from a prefix in the scripts, so
 * that they work on one server and not on a cluster of them:
 *
 * - `session:<id>`: hash of user, device, seq, used, token; `end` once it has ended
 * - `token:<hash>`, `refresh:<hash>`: the session's id
 * - `user:<id>`: set of the ids that are alive; `alive`: sorted set of users by how many they have
 * - `counts`: hash of created, alive, evicted, uses
 *
 * KEYS: the prefix.
 */
const prologue = `
local prefix = KEYS[1]
local function key(what, id) return prefix .. ':' .. what .. ':' .. id end
local counts, aliveUsers = prefix .. ':counts', prefix .. ':alive'
local function finish(id, reason)
  local session = key('session', id)
  local user = redis.call('HGET', session, 'user')
  if not user or redis.call('HSETNX', session, 'end', reason) == 0 then return 0 end
  redis.call('SREM', key('user', user), id)
  redis.call('HINCRBY', counts, 'alive', -1)
  if reason == 'evicted' then redis.call('HINCRBY', counts, 'evicted', 1) end
  if tonumber(redis.call('ZINCRBY', aliveUsers, -1, user)) <= 0 then
    redis.call('ZREM', aliveUsers, user)
  end
  return 1
end
local function add(id, user, device, token)
  local uses = redis.call('HINCRBY', counts, 'uses', 1)
  redis.call('HSET', key('session', id), 'user', user, 'device', device, 'seq', uses,
    'used', uses, 'token', token)
  redis.call('SET', key('token', token), id)
  redis.call('SADD', key('user', user), id)
  redis.call('HINCRBY', counts, 'created', 1)
  redis.call('HINCRBY', counts, 'alive', 1)
  redis.call('ZINCRBY', aliveUsers, 1, user)
end
local function aliveOf(user)
  local list = {}
  for _, id in ipairs(redis.call('SMEMBERS', key('user', user))) do
    local known = redis.call('HMGET', key('session', id), 'device', 'seq', 'used')
    list[#list + 1] = {id, known[1], tonumber(known[2]), tonumber(known[3])}
  end
  return list
end`;

/** ARGV: id, user, device, token, maximum (-1 for none), what a login above it does. */
export const registerScript = redisScript(`${prologue}
local id, user, device, token = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local maximum, onExceed = tonumber(ARGV[5]), ARGV[6]
local replaced, others = {}, {}
for _, session in ipairs(aliveOf(user)) do
  local list = session[2] == device and replaced or others
  list[#list + 1] = session
end
local surplus = maximum < 0 and 0 or math.max(0, #others - maximum + 1)
if surplus > 0 and onExceed == 'deny' then return {'device-limit'} end
local by = onExceed == 'terminate-least-recently-used' and 4 or 3
table.sort(others, function(a, b)
  if a[by] ~= b[by] then return a[by] < b[by] end
  return a[3] < b[3]
end)
local ended = {}
for _, session in ipairs(replaced) do
  finish(session[1], 'replaced')
  ended[#ended + 1] = session[1]
end
for at = 1, surplus do
  finish(others[at][1], 'evicted')
  ended[#ended + 1] = others[at][1]
end
add(id, user, device, token)
return {'created', surplus, ended}`);

/** ARGV: user. */
export const aliveScript = redisScript(`${prologue}
return aliveOf(ARGV[1])`);

/** ARGV: id, user, device, token. */
export const addScript = redisScript(`${prologue}
add(ARGV[1], ARGV[2], ARGV[3], ARGV[4])
return 1`);

/** ARGV: reason, ids. How many have ended by it. */
export const endScript = redisScript(`${prologue}
local ended = 0
for at = 2, #ARGV do ended = ended + finish(ARGV[at], ARGV[1]) end
return ended`);

/** ARGV: user. The ids of what has ended. */
export const endAllScript = redisScript(`${prologue}
local ids = redis.call('SMEMBERS', key('user', ARGV[1]))
for _, id in ipairs(ids) do finish(id, 'logout') end
return ids`);

/** ARGV: token. */
export const findScript = redisScript(`${prologue}
local id = redis.call('GET', key('token', ARGV[1]))
if not id then return nil end
local known = redis.call('HMGET', key('session', id), 'user', 'device', 'end')
if not known[1] or known[3] then return nil end
redis.call('HSET', key('session', id), 'used', redis.call('HINCRBY', counts, 'uses', 1))
return {id, known[1], known[2]}`);

/** ARGV: id. */
export const isAliveScript = redisScript(`${prologue}
local known = redis.call('HMGET', key('session', ARGV[1]), 'user', 'end')
return known[1] and not known[2] and 1 or 0`);

/** ARGV: id, token. */
export const replaceTokenScript = redisScript(`${prologue}
local session = key('session', ARGV[1])
local before = redis.call('HGET', session, 'token')
if not before then return 0 end
redis.call('DEL', key('token', before))
redis.call('HSET', session, 'token', ARGV[2])
redis.call('SET', key('token', ARGV[2]), ARGV[1])
return 1`);

const clock = `
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)`;

/** ARGV: id, refresh token, its life in ms. */
export const issueRefreshScript = redisScript(`${prologue}${clock}
redis.call('HSET', key('session', ARGV[1]), 'current', ARGV[2], 'rotated', now,
  'expires', now + tonumber(ARGV[3]))
redis.call('SET', key('refresh', ARGV[2]), ARGV[1])
return 1`);

/**
 * ARGV: refresh token, the next one, its life in ms, leeway in ms. The last token is good once, the one
 * before it while the leeway lasts; any other use ends the session.
 */
export const rotateRefreshScript = redisScript(`${prologue}${clock}
local id = redis.call('GET', key('refresh', ARGV[1]))
if not id then return {'unknown'} end
local session = key('session', id)
local known = redis.call('HMGET', session, 'user', 'device', 'end', 'current', 'previous',
  'rotated', 'expires')
if not known[1] or known[3] or not known[7] or now >= tonumber(known[7]) then
  return {'unknown'}
end
local isLast = known[4] == ARGV[1]
local isLate = known[5] == ARGV[1] and now - tonumber(known[6]) < tonumber(ARGV[4])
if not isLast and not isLate then
  finish(id, 'reuse')
  return {'reused', id}
end
if isLast then redis.call('HSET', session, 'rotated', now) end
redis.call('HSET', session, 'previous', ARGV[1], 'current', ARGV[2],
  'expires', now + tonumber(ARGV[3]))
redis.call('SET', key('refresh', ARGV[2]), id)
return {'rotated', id, known[1], known[2]}`);

/** Created, alive, evicted, and the most of one user. */
export const countScript = redisScript(`${prologue}
local known = redis.call('HMGET', counts, 'created', 'alive', 'evicted')
local most = redis.call('ZREVRANGE', aliveUsers, 0, 0, 'WITHSCORES')
return {tonumber(known[1] or 0), tonumber(known[2] or 0), tonumber(known[3] or 0),
  tonumber(most[2] or 0)}`);
