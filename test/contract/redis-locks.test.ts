import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { redisLocks } from '../../src/targets/reference/cache/redis-lock.ts';
import { stockStrategies } from '../../src/targets/reference/stock/registry.ts';
import { openRedis, type RedisStore } from '../../src/targets/stores/redis.ts';
import { Gate, orderBy } from '../helpers/buyers.ts';
import { CacheLab } from '../helpers/cache-lab.ts';
import { until } from '../integration/reference-fixture.ts';

let lab: CacheLab;
let store: RedisStore;
beforeAll(async () => {
  lab = await CacheLab.open();
  store = openRedis(lab.redis.connection);
});
afterAll(async () => {
  store.close();
  await lab.close();
});
beforeEach(() => lab.forget());

/** Two server processes that ask for the same locks. */
const locksOf = (ttlMs: number, token: boolean) =>
  [1, 2].map(() => redisLocks(store, 'flashsim_test', { ttlMs, token }));

/** Work that goes on until it is told to stop, and tells whether it has begun. */
function work() {
  let stop: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => {
    stop = resolve;
  });
  const state = { begun: false };
  return {
    state,
    stop: () => stop(),
    run: () => {
      state.begun = true;
      return ended;
    },
  };
}

describe('a lock in Redis', () => {
  it('lets one in at a time, whichever process asks, and each in its turn', async () => {
    const locks = locksOf(5_000, true);
    let inside = 0;
    let most = 0;
    let done = 0;
    await Promise.all(
      Array.from({ length: 40 }, async (_, index) => {
        await locks[index % 2]?.run('p', async () => {
          inside += 1;
          most = Math.max(most, inside);
          await delay(1);
          inside -= 1;
          done += 1;
        });
      }),
    );
    expect({ most, done }).toEqual({ most: 1, done: 40 });
  });

  it('is opened when the work fails, and passes its failure on', async () => {
    const [first, second] = locksOf(5_000, true);
    const broken = first?.run('p', () => Promise.reject(new Error('broken')));
    await expect(broken).rejects.toThrow('broken');
    expect(await second?.run('p', () => Promise.resolve(7))).toBe(7);
  });

  it('lets another in when its holder takes too long, and the holder go on', async () => {
    const [first, second] = locksOf(60, true);
    const [slow, next] = [work(), work()];
    const held = first?.run('p', slow.run);
    await until(() => slow.state.begun);
    const later = second?.run('p', next.run);
    await until(() => next.state.begun);
    slow.stop();
    next.stop();
    await Promise.all([held, later]);
  });

  it.each([
    // Compare and delete: the late holder's token is not the lock's any more.
    [true, false],
    // Whoever comes to the end of its work deletes the key, whosever it is.
    [false, true],
  ])('with token: %s a late holder opens the lock of the next: %s', async (token, opens) => {
    const [first, second] = locksOf(60, token);
    const [slow, next, third] = [work(), work(), work()];
    const held = first?.run('p', slow.run);
    await until(() => slow.state.begun);
    // The next one's lives long: only somebody else can open it while it works.
    const patient = redisLocks(store, 'flashsim_test', { ttlMs: 60_000, token });
    const later = patient.run('p', next.run);
    await until(() => next.state.begun);
    slow.stop();
    await held;
    const last = second?.run('p', third.run);
    await delay(100);
    expect(third.state.begun).toBe(opens);
    next.stop();
    third.stop();
    await Promise.all([later, last]);
  });
});

describe('a holder that is held up for longer than its lock lives', () => {
  it.each([
    ['redis-lock', true, 2],
    ['redis-lock', false, 2],
    ['redis-lock-guarded', true, 1],
    ['redis-lock-guarded', false, 1],
  ] as const)('%s with token: %s sells the last unit %i times', async (name, token, sold) => {
    await lab.sell(1);
    // With the row written and not committed: the next one reads what was there before.
    const gate = new Gate('after-decrement');
    const settings = { lock: { ttlMs: 80, token } };
    const processes = lab.processes(stockStrategies[name], lab.databases, {
      settings,
      failpoints: gate,
    });
    gate.close();
    const first = processes[0]?.strategy.place(orderBy(1));
    await until(() => gate.held === 1);
    gate.letOthersBy();
    const second = processes[1]?.strategy.place(orderBy(2));
    await delay(300);
    gate.open();
    await Promise.all([first, second]);
    const { orders } = await lab.databases[0].truth('r');
    expect(orders).toHaveLength(sold);
  });
});
