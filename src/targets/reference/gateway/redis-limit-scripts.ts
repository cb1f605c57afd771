import type { LimiterSettings } from '../../../policies/limiters/limiter-settings.ts';
import { type RedisScript, redisScript } from '../../stores/redis.ts';

/**
 * The limiters of policies/limiters as Redis runs them, each in one step that nothing comes between. The
 * clock is the server's own (TIME), one for everybody. The arithmetic is the same, term by term, on the
 * same kind of numbers: a script decides as its model does at the instant that it answers with.
 *
 * An answer: 1 if admitted, remaining, ms until admitted, ms until as new, seconds and µs of the clock.
 * A refusal writes nothing. A key goes by itself once it is as new.
 */
const prologue = `
local clock = redis.call('TIME')
local now = tonumber(clock[1]) * 1000 + tonumber(clock[2]) / 1000
local function exact(number) return string.format('%.17g', number) end
local function keep(ms) redis.call('PEXPIRE', KEYS[1], math.max(1, ms)) end
local function answer(admitted, remaining, retry, reset)
  return {admitted and 1 or 0, remaining, admitted and 0 or retry, reset, clock[1], clock[2]}
end`;

/** ARGV: tokens per second, capacity. */
const tokenBucket = redisScript(`${prologue}
local rate, capacity, tolerance = tonumber(ARGV[1]), tonumber(ARGV[2]), 1e-9
local state = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local before, at = tonumber(state[1] or capacity), tonumber(state[2] or now)
local elapsed, updated = math.max(0, now - at), math.max(now, at)
local filled = math.min(capacity, before + (elapsed * rate) / 1000)
local function fullAfter(tokens)
  return math.ceil(((capacity - tokens) * 1000) / rate + (updated - now))
end
if filled < 1 - tolerance then
  local missing = ((1 - tolerance / 2 - filled) * 1000) / rate
  return answer(false, 0, math.ceil(missing + (updated - now)), fullAfter(filled))
end
local tokens = math.max(0, filled - 1)
redis.call('HSET', KEYS[1], 'tokens', exact(tokens), 'at', exact(updated))
keep(fullAfter(tokens))
return answer(true, math.floor(tokens + tolerance), 0, fullAfter(tokens))`);

/** ARGV: requests per second, burst. */
const gcra = redisScript(`${prologue}
local interval, tolerance = 1000 / tonumber(ARGV[1]), 1e-6
local tolerated = interval * (tonumber(ARGV[2]) + 1)
local before = tonumber(redis.call('GET', KEYS[1]) or now)
local coming = math.max(now, before) + interval
local early = coming - tolerated - now
local admitted = early <= tolerance
local arrival = admitted and coming or before
local ahead = math.max(0, arrival - now)
if admitted then
  redis.call('SET', KEYS[1], exact(arrival))
  keep(math.ceil(ahead))
end
local remaining = math.max(0, math.floor((tolerated - ahead + tolerance) / interval))
return answer(admitted, remaining, math.ceil(early - tolerance / 2), math.ceil(ahead))`);

/** ARGV: requests per window, its length in ms. */
const fixedWindow = redisScript(`${prologue}
local limit, length = tonumber(ARGV[1]), tonumber(ARGV[2])
local state = redis.call('HMGET', KEYS[1], 'window', 'count')
local known = tonumber(state[1] or -1)
local window = math.max(math.floor(now / length), known)
local count = known == window and tonumber(state[2]) or 0
local admitted = count < limit
local untilEdge = math.ceil((window + 1) * length - now)
if admitted then
  count = count + 1
  redis.call('HSET', KEYS[1], 'window', exact(window), 'count', count)
  keep(untilEdge)
end
return answer(admitted, limit - count, untilEdge, untilEdge)`);

/** ARGV: requests per window, its length in ms. */
const slidingLog = redisScript(`${prologue}
local limit, length = tonumber(ARGV[1]), tonumber(ARGV[2])
local at = math.max(now, tonumber(redis.call('LINDEX', KEYS[1], -1) or now))
local oldest = redis.call('LINDEX', KEYS[1], 0)
while oldest and tonumber(oldest) <= at - length do
  redis.call('LPOP', KEYS[1])
  oldest = redis.call('LINDEX', KEYS[1], 0)
end
local count = redis.call('LLEN', KEYS[1])
local admitted = count < limit
if admitted then
  redis.call('RPUSH', KEYS[1], exact(at))
  count = count + 1
  keep(math.ceil(at + length - now))
end
local newest = tonumber(redis.call('LINDEX', KEYS[1], -1))
local retry = math.ceil(tonumber(oldest or at) + length - now)
return answer(admitted, limit - count, retry, math.ceil(newest + length - now))`);

/** ARGV: requests per window, its length in ms. */
const slidingCounter = redisScript(`${prologue}
local limit, length, tolerance = tonumber(ARGV[1]), tonumber(ARGV[2]), 1e-9
local state = redis.call('HMGET', KEYS[1], 'window', 'previous', 'current')
local window, previous, current = math.floor(now / length), 0, 0
if state[1] then
  local known = tonumber(state[1])
  if window <= known then
    window, previous, current = known, tonumber(state[2]), tonumber(state[3])
  elseif window == known + 1 then
    previous = tonumber(state[3])
  end
end
local start = window * length
local passed = math.max(0, (now - start) / length)
local used = previous * (1 - passed) + current
local admitted = used + 1 <= limit + tolerance
local counted = admitted and current + 1 or current
local reset = math.ceil(start + (counted == 0 and 1 or 2) * length - now)
if admitted then
  redis.call('HSET', KEYS[1], 'window', exact(window), 'previous', previous, 'current', counted)
  keep(reset)
end
local share = 0
if current + 1 <= limit then
  share = previous == 0 and 0 or 1 - (limit - current - 1) / previous
else
  share = 1 + 1 - (limit - 1) / current
end
local retry = math.max(1, math.ceil(start - now + (share - tolerance) * length))
local remaining = math.max(0, math.floor(limit + tolerance - previous * (1 - passed) - counted))
return answer(admitted, remaining, retry, reset)`);

/**
 * As Spring Cloud Gateway has it (request_rate_limiter.lua): two keys, whole seconds, and a refill that is
 * stored with refusals too. ARGV: tokens per second, capacity.
 */
const springCloudGateway = redisScript(`${prologue}
local rate, capacity, seconds = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(clock[1])
local ttl = math.floor(capacity / rate * 2)
local before = tonumber(redis.call('GET', KEYS[1]) or capacity)
local refreshed = tonumber(redis.call('GET', KEYS[2]) or 0)
local filled = math.min(capacity, before + math.max(0, seconds - refreshed) * rate)
local admitted = filled >= 1
local tokens = admitted and filled - 1 or filled
if ttl > 0 then
  redis.call('SETEX', KEYS[1], ttl, exact(tokens))
  redis.call('SETEX', KEYS[2], ttl, seconds)
end
-- What the refill will come to decides, not the quotient: a third is not exact.
local function untilHolds(held, wanted)
  local steps = math.max(0, math.ceil((wanted - held) / rate))
  if steps > 0 and held + (steps - 1) * rate >= wanted then return steps - 1 end
  if held + steps * rate >= wanted then return steps end
  return steps + 1
end
local sinceStep = now - seconds * 1000
local retry = math.ceil(untilHolds(filled, 1) * 1000 - sinceStep)
local reset = math.max(0, math.ceil(untilHolds(tokens, capacity) * 1000 - sinceStep))
return answer(admitted, math.floor(tokens), retry, reset)`);

/** The script of every limiter, by the name it has in a scenario. */
export const limitScripts: Readonly<Record<LimiterSettings['algorithm'], RedisScript>> = {
  'token-bucket': tokenBucket,
  gcra,
  'fixed-window': fixedWindow,
  'sliding-log': slidingLog,
  'sliding-counter': slidingCounter,
  'spring-cloud-gateway': springCloudGateway,
};
