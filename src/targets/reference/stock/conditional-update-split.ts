import type { OrderRequest, OrderStore, PlaceResult } from '../orders/order-store.ts';
import { answerFrom, answerTaken, releaseInTransaction, taken } from './place-order.ts';
import { orderStoreNames } from './settings.ts';
import type { StockStrategyEntry } from './stock-strategy.ts';

/**
 * The stock is moved rightly, and the order written after it in a transaction of its own. Nothing is
 * oversold; a process that dies between the two takes the units with it.
 */
async function place(store: OrderStore, order: OrderRequest): Promise<PlaceResult> {
  const outlook = await store.outlook(order);
  const early = answerFrom(outlook, order);
  if (early !== undefined) return early;
  const remaining = await store.moveStock(taken(order));
  if (remaining === undefined) return { kind: 'sold-out' };
  const claim = await store.transaction(async (tx) => {
    const value = await tx.claim(order, outlook.product?.limitPerUser);
    return { commit: value === 'claimed', value };
  });
  if (claim === 'claimed') return { kind: 'placed', orderId: order.orderId, remaining };
  // Nobody's order came of it: the units go back, if the process lives to do it.
  await store.moveStock({ ...taken(order), delta: order.quantity });
  return claim === 'key-taken' ? answerTaken(store, order) : { kind: claim };
}

/** Leaks when a process dies between stock and order; a claim that fails is made good. */
export const conditionalUpdateSplit: StockStrategyEntry = {
  name: 'conditional-update-split',
  describe: 'The conditional UPDATE first, then the order’s INSERT in a transaction of its own.',
  stores: orderStoreNames,
  expected: {
    oneProcess: 'exact',
    manyProcesses: 'exact',
    restocks: 'kept',
    faults: { 'crash-after-decrement': 'leaks' },
  },
  create: ({ store }) => ({
    place: (order) => place(store, order),
    release: (order) =>
      releaseInTransaction(store, order, (tx, movement) => tx.moveStock(movement)),
  }),
};
