import { randomUUID } from 'node:crypto';
import { nsPerMs, runClock, sleep, takeEpoch } from '../../../core/clock.ts';
import type { RedisStore } from '../../stores/redis.ts';
import { OverloadedError } from '../errors.ts';
import { KeyedMutex } from '../stock/keyed-mutex.ts';
import type { LockSettings } from '../stock/settings.ts';
import { orOverloaded } from './redis-counter.ts';
import { unlockScript } from './redis-scripts.ts';

/** Locks by name that all server processes ask for, each for so long at most. */
export interface LockService {
  /**
   * Runs `work` with the lock. Should it take longer than the lock lives, somebody else gets the lock
   * meanwhile, and `work` goes on all the same: nobody tells it.
   *
   * @throws {OverloadedError} when the lock could not be had in time; `work` was not begun
   */
  run<T>(name: string, work: () => Promise<T>): Promise<T>;
}

const pollMs = 1;
/** Whoever waits longer has lost its client. */
const waitMaxMs = 10_000;

/**
 * The lock of the Redis documentation: `SET key token NX PX ttl`, opened by a script that compares the
 * token, or, without `token`, by whoever comes to the end of its work.
 */
export function redisLocks(
  store: RedisStore,
  prefix: string,
  { ttlMs, token: isCompared }: LockSettings,
): LockService {
  const nowNs = runClock(takeEpoch());
  // Only the first in line asks: a crowd that polls would keep Redis from its work. It leaves the line
  // with the lock in hand, so the line excludes nobody from what the lock guards.
  const line = new KeyedMutex();
  const acquire = async (key: string, token: string, deadlineNs: number): Promise<void> => {
    while (!(await orOverloaded(() => store.setIfAbsent(key, token, ttlMs)))) {
      if (nowNs() > deadlineNs) throw new OverloadedError('The lock could not be had in time.');
      await sleep(pollMs);
    }
  };
  const release = async (key: string, token: string): Promise<void> => {
    if (isCompared) await store.run(unlockScript, [key], [token]);
    else await store.delete(key);
  };
  return {
    run: async (name, work) => {
      const key = `${prefix}:lock:${name}`;
      const token = randomUUID();
      const deadlineNs = nowNs() + waitMaxMs * nsPerMs;
      await line.run(name, () => acquire(key, token, deadlineNs));
      try {
        return await work();
      } finally {
        // One that cannot be opened opens by itself.
        await release(key, token).catch(() => undefined);
      }
    },
  };
}
