import { assert } from '../../../core/assert.ts';
import { type RedisScript, type RedisStore, RedisUnreachableError } from '../../stores/redis.ts';
import { OverloadedError } from '../errors.ts';
import type { OrderRequest } from '../orders/order-store.ts';
import {
  abandonLoadScript,
  beginLoadScript,
  finishLoadScript,
  putBackScript,
  supplyScript,
  takeScript,
  undoScript,
} from './redis-scripts.ts';
import type { AnnouncedLoad, LoadableCounter, LoadedCount, Take } from './stock-counter.ts';

/** A load that takes longer belongs to a process that has died or hangs. */
const loadTtlMs = 10_000;

type Value = string | number;

/**
 * Counts in Redis, below keys that begin with `prefix`: all server processes see the same.
 *
 * @param prefix of the run alone, without the colon
 */
export function redisCounter(store: RedisStore, prefix: string): LoadableCounter {
  const keyOf = (productId: string, what: string): string => `${prefix}:${what}:${productId}`;
  const countKey = (productId: string): string => keyOf(productId, 'count');
  const run = async (
    script: RedisScript,
    productId: string,
    values: readonly Value[],
  ): Promise<unknown> => {
    const keys = ['count', 'supply', 'load', 'used', 'taken'].map((what) => keyOf(productId, what));
    return orOverloaded(() => store.run(script, keys, values));
  };
  return {
    read: async (productId) => numberOf(await orOverloaded(() => store.get(countKey(productId)))),
    write: (productId, units) => orOverloaded(() => store.set(countKey(productId), units)),
    adjust: (productId, delta) => orOverloaded(() => store.increment(countKey(productId), delta)),
    take: async (order, limitPerUser) =>
      takeOf(await run(takeScript, order.productId, [...unitsOf(order), limitPerUser ?? -1])),
    undo: async (order) => numberOf(await run(undoScript, order.productId, unitsOf(order))),
    putBack: async (order) => numberOf(await run(putBackScript, order.productId, unitsOf(order))),
    beginLoad: async ({ productId, token, replace }) => {
      const answer = await run(beginLoadScript, productId, [token, flag(replace), loadTtlMs]);
      assert(answer === 'begun' || answer === 'there' || answer === 'busy', 'the answer is known');
      return answer;
    },
    finishLoad: async (load, count) =>
      (await run(finishLoadScript, load.productId, loadedValues(load, count))) === 1,
    abandonLoad: async ({ productId, token }) => {
      await run(abandonLoadScript, productId, [token]);
    },
    supply: async (productId, supply) => {
      await run(supplyScript, productId, [supply]);
    },
    clear: () => store.deleteAll(`${prefix}:`),
  };
}

/** Nothing was sent: the client may come again. All else that fails leaves open what happened. */
export async function orOverloaded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof RedisUnreachableError) throw new OverloadedError(error.message);
    throw error;
  }
}

function unitsOf({
  key,
  userId,
  quantity,
}: Pick<OrderRequest, 'key' | 'userId' | 'quantity'>): readonly Value[] {
  return [key, userId, quantity];
}

function loadedValues(
  { token, replace }: AnnouncedLoad,
  { units, supply, taken }: LoadedCount,
): readonly Value[] {
  const entries = taken.flatMap(({ key, userId, delta }) => [key, userId, -delta]);
  return [token, flag(replace), units, supply, ...entries];
}

function flag(value: boolean): string {
  return value ? '1' : '0';
}

function numberOf(answer: unknown): number | undefined {
  if (answer === null || answer === undefined) return undefined;
  const value = Number(answer);
  assert(Number.isSafeInteger(value), 'a count is a whole number');
  return value;
}

function takeOf(answer: unknown): Take {
  assert(Array.isArray(answer), 'the answer to a take is a list');
  const [kind, remaining] = answer as readonly unknown[];
  switch (kind) {
    case 'taken':
      return { kind, remaining: Number(remaining) };
    case 'sold-out':
    case 'limit-per-user':
    case 'already-taken':
    case 'not-loaded':
      return { kind };
    default:
      throw new Error('the answer to a take is known');
  }
}
