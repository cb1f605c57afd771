import type { PostgresStore } from '../../stores/postgres.ts';
import type { RedisStore } from '../../stores/redis.ts';
import type { SaleDatabase } from '../orders/order-database.ts';
import { createStockShares, type StockShares } from '../postgres/stock-shares.ts';
import { createWarmUpBook, type WarmUpBook } from '../postgres/warm-ups.ts';
import { type RecoveryPolicyName, recoveryPolicies } from '../stock/recovery/registry.ts';
import type { LockSettings, WarmUpSetting } from '../stock/settings.ts';
import { InFlightOrders, type InFlightUnits } from './in-flight.ts';
import { ProcessCounter } from './process-counter.ts';
import { redisCounter } from './redis-counter.ts';
import { redisLocks } from './redis-lock.ts';
import { type SaleTally, tallyOf } from './sale-tally.ts';
import type { LoadableCounter, LoadedCount } from './stock-counter.ts';
import { StockLoader } from './stock-loader.ts';
import type { StrategyCaches } from './strategy-caches.ts';

/** What the counts of caches are made with. */
export interface CacheParts {
  readonly postgres: PostgresStore;
  readonly database: Pick<SaleDatabase, 'truth'>;
  readonly redis: RedisStore | undefined;
  /** Of all keys in Redis: the run's own. */
  readonly prefix: string;
  readonly recovery: RecoveryPolicyName;
  /** What is in flight in all server processes. */
  readonly inFlightEverywhere: (productId: string) => Promise<readonly InFlightUnits[]>;
}

/** A count in Redis, with what a back office needs of it. */
interface RedisStock {
  readonly counter: LoadableCounter;
  readonly loader: StockLoader;
}

/** What the counts of caches have in common, in whichever process. */
export interface CacheBooks {
  readonly warmUps: WarmUpBook;
  readonly shares: StockShares;
  readonly tally: (productId: string) => Promise<SaleTally>;
  /** What a count would be loaded with now. */
  readonly figure: (productId: string) => Promise<LoadedCount>;
  readonly redis: RedisStock | undefined;
}

/** @param warmUp decides whether a request that misses a count may load it */
export function createCacheBooks(
  parts: CacheParts,
  warmUp: WarmUpSetting,
): CacheBooks & { readonly loaderOf: (counter: LoadableCounter) => StockLoader } {
  const { postgres, database, redis, prefix, recovery, inFlightEverywhere } = parts;
  const warmUps = createWarmUpBook(postgres);
  const tally = (productId: string): Promise<SaleTally> => tallyOf(database, productId);
  const policy = recoveryPolicies[recovery];
  const figure = (productId: string): Promise<LoadedCount> =>
    policy.count(productId, { tally, inFlight: inFlightEverywhere });
  const mayLoad = mayLoadBy(warmUp, warmUps);
  const loaderOf = (counter: LoadableCounter): StockLoader =>
    new StockLoader({ counter, figure, mayLoad });
  const counter = redis === undefined ? undefined : redisCounter(redis, prefix);
  return {
    warmUps,
    shares: createStockShares(postgres),
    tally,
    figure,
    redis: counter === undefined ? undefined : { counter, loader: loaderOf(counter) },
    loaderOf,
  };
}

function mayLoadBy(
  warmUp: WarmUpSetting,
  book: WarmUpBook,
): (productId: string) => Promise<boolean> {
  if (warmUp.kind === 'none') return () => Promise.resolve(true);
  return (productId) => book.isWarm(productId);
}

/** The caches of one server process. */
export interface ServerCaches {
  readonly books: CacheBooks;
  readonly strategies: StrategyCaches;
  /** Counts in the memory of this process, shares included. */
  readonly local: ProcessCounter;
}

/** Which server process this is, from 1, and of how many. */
export interface ProcessPlace {
  readonly instance: number;
  readonly count: number;
}

/** Makes the caches of a server process. Nothing is loaded yet. */
export function createServerCaches(
  parts: CacheParts,
  warmUp: WarmUpSetting,
  lock: LockSettings,
  place: ProcessPlace,
): ServerCaches {
  const books = createCacheBooks(parts, warmUp);
  const { redis, prefix } = parts;
  const local = new ProcessCounter();
  const claimMore = claimer(books, local, place);
  const emptyShare = new StockLoader({
    counter: local,
    // A share begins with nothing, and claims when that is not enough.
    figure: () => Promise.resolve({ units: 0, supply: 0, taken: [] }),
    mayLoad: mayLoadBy(warmUp, books.warmUps),
  });
  return {
    books,
    local,
    strategies: {
      redis: books.redis,
      locks: redis === undefined ? undefined : redisLocks(redis, prefix, lock),
      process: { counter: local, loader: books.loaderOf(local) },
      share: { counter: local, loader: emptyShare, claimMore },
      inFlight: new InFlightOrders(),
    },
  };
}

/** Claims for the share of this process. Requests that run dry together wait for one claim. */
function claimer(
  { shares, tally }: CacheBooks,
  local: ProcessCounter,
  place: ProcessPlace,
): (productId: string) => Promise<number> {
  const claims = new Map<string, Promise<number>>();
  const claim = async (productId: string): Promise<number> => {
    let share = await shares.claim({ productId, ...place });
    if (share === undefined) {
      const { initial, restocked } = await tally(productId);
      await shares.supply(productId, initial + restocked);
      share = await shares.claim({ productId, ...place });
    }
    const units = share?.units ?? 0;
    if (units > 0) await local.adjust(productId, units);
    return units;
  };
  return (productId) => {
    const under = claims.get(productId);
    if (under !== undefined) return under;
    const next = claim(productId).finally(() => claims.delete(productId));
    claims.set(productId, next);
    return next;
  };
}
