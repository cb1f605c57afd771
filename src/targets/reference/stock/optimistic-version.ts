import { OverloadedError } from '../errors.ts';
import type { OrderTransaction, StockMovement } from '../orders/order-store.ts';
import { lookThenPlace, type MoveStock, releaseInTransaction } from './place-order.ts';
import { orderStoreNames } from './settings.ts';
import type { StockStrategy, StockStrategyEntry } from './stock-strategy.ts';

/** Somebody wrote the row between reading and writing: the transaction has to be undone. */
class VersionConflict extends Error {
  override readonly name = 'VersionConflict';
}

/** A cancel must not fail because others buy: it is tried until it cannot be bad luck any more. */
const releaseTriesMax = 100;

async function move(tx: OrderTransaction, movement: StockMovement): Promise<number | undefined> {
  const { stock, version } = await tx.readVersioned(movement.productId);
  const stockAfter = stock + movement.delta;
  if (movement.delta < 0 && stockAfter < 0) return undefined;
  if (await tx.writeVersioned(movement, stockAfter, version)) return stockAfter;
  throw new VersionConflict();
}

/** Runs `work` until it meets no conflict; undefined after `triesMax` that did. */
async function untilSettled<T>(triesMax: number, work: () => Promise<T>): Promise<T | undefined> {
  for (let tries = 1; tries <= triesMax; tries += 1) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof VersionConflict)) throw error;
    }
  }
  return undefined;
}

/**
 * Optimistic concurrency control by a version column (Kung and Robinson 1981; JPA `@Version`): the
 * row is written only if nobody else wrote it since it was read. It never oversells. What it does when
 * all tries have failed is the question: "sold out" is a lie that leaves units unsold, "overloaded"
 * makes the client come again.
 */
export const optimisticVersion: StockStrategyEntry = {
  name: 'optimistic-version',
  describe: 'Writes only if the row’s version is still the one it read; else tries again, k times.',
  stores: orderStoreNames,
  expected: {
    oneProcess: 'refuses',
    manyProcesses: 'refuses',
    restocks: 'kept',
    faults: { 'crash-after-decrement': 'refuses' },
  },
  create: ({ store, settings }): StockStrategy => {
    const { retries, onExhausted } = settings.optimistic;
    const stockMove: MoveStock = move;
    return {
      place: async (order) => {
        const result = await untilSettled(1 + retries, () =>
          lookThenPlace(store, order, stockMove),
        );
        if (result !== undefined) return result;
        if (onExhausted === 'sold-out') return { kind: 'sold-out' };
        throw new OverloadedError('Somebody else wrote the stock each time.');
      },
      release: async (order) => {
        const result = await untilSettled(releaseTriesMax, () =>
          releaseInTransaction(store, order, stockMove),
        );
        if (result !== undefined) return result;
        throw new OverloadedError('Somebody else wrote the stock each time.');
      },
    };
  },
};
