import type {
  OrderRequest,
  OrderStore,
  PlaceResult,
  ReleaseResult,
  StoredOrder,
} from '../orders/order-store.ts';
import { answerFrom, answerTaken, returned, taken } from './place-order.ts';
import { orderStoreNames } from './settings.ts';
import type { StockStrategyEntry } from './stock-strategy.ts';

/**
 * The mistake everybody makes first: the stock is read, the new value computed here and written back
 * with nothing around it. Whoever read the same value in between sells the same unit again. The
 * order itself (key, quota) is written properly, so that what a run finds is the stock's fault.
 */
async function place(store: OrderStore, order: OrderRequest): Promise<PlaceResult> {
  const outlook = await store.outlook(order);
  const early = answerFrom(outlook, order);
  if (early !== undefined) return early;
  const stock = await store.readStock(order.productId);
  if (stock < order.quantity) return { kind: 'sold-out' };
  const claim = await store.transaction(async (tx) => {
    const value = await tx.claim(order, outlook.product?.limitPerUser);
    return { commit: value === 'claimed', value };
  });
  if (claim === 'key-taken') return answerTaken(store, order);
  if (claim === 'limit-per-user') return { kind: claim };
  const stockAfter = stock - order.quantity;
  await store.writeStock(taken(order), stockAfter);
  return { kind: 'placed', orderId: order.orderId, remaining: stockAfter };
}

/** A withdrawal with the same mistake: the order properly, the stock by reading, adding, writing. */
async function release(store: OrderStore, order: StoredOrder): Promise<ReleaseResult> {
  const withdrawn = await store.transaction(async (tx) => {
    const value = await tx.withdraw(order);
    return { commit: value, value };
  });
  if (!withdrawn) return { kind: 'already-released' };
  const remaining = (await store.readStock(order.productId)) + order.quantity;
  await store.writeStock(returned(order), remaining);
  return { kind: 'released', remaining };
}

/** Oversells with one process and with many. */
export const naive: StockStrategyEntry = {
  name: 'naive',
  describe: 'Reads the stock, subtracts in the process, writes it back; no transaction, no lock.',
  stores: orderStoreNames,
  expected: {
    oneProcess: 'oversells',
    manyProcesses: 'oversells',
    restocks: 'lost',
    faults: { 'crash-after-decrement': 'oversells' },
  },
  create: ({ store }) => ({
    place: (order) => place(store, order),
    release: (order) => release(store, order),
  }),
};
