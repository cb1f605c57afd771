import type {
  OrderOutlook,
  OrderRequest,
  OrderStore,
  OrderTransaction,
  PlaceResult,
  StoredOrder,
} from '../orders/order-store.ts';

/** Takes the order's stock inside its transaction: the stock afterwards, or undefined if too few. */
export type TakeStock = (tx: OrderTransaction, order: OrderRequest) => Promise<number | undefined>;

/**
 * The answer that committed facts alone give, or undefined when the order has to be tried. One round
 * trip: it keeps the crowd that comes too late away from transactions and locks.
 */
export function answerFrom(outlook: OrderOutlook, order: OrderRequest): PlaceResult | undefined {
  const { committed, product, used } = outlook;
  if (committed !== undefined) return answerAgain(committed, order);
  if (product === undefined) return { kind: 'unknown-product' };
  if (product.limitPerUser !== undefined && used + order.quantity > product.limitPerUser) {
    return { kind: 'limit-per-user' };
  }
  return product.stock < order.quantity ? { kind: 'sold-out' } : undefined;
}

/** The answer to a key that has an order: the same again, or a refusal when it meant another one. */
export function answerAgain(committed: StoredOrder, order: OrderRequest): PlaceResult {
  const same =
    committed.userId === order.userId &&
    committed.productId === order.productId &&
    committed.quantity === order.quantity;
  return same ? { kind: 'replayed', order: committed } : { kind: 'key-reuse' };
}

/** The answer for a key that a transaction found taken by a committed order. */
export async function answerTaken(store: OrderStore, order: OrderRequest): Promise<PlaceResult> {
  const { committed } = await store.outlook(order);
  return committed === undefined ? { kind: 'in-progress' } : answerAgain(committed, order);
}

/**
 * Everything of an order in one transaction: key, quota, and the stock last, so that the row that
 * everybody wants is locked for the shortest time.
 */
export async function placeInTransaction(
  store: OrderStore,
  order: OrderRequest,
  limitPerUser: number | undefined,
  takeStock: TakeStock,
): Promise<PlaceResult> {
  const result = await store.transaction<PlaceResult | 'key-taken'>(async (tx) => {
    const claim = await tx.claim(order, limitPerUser);
    if (claim === 'key-taken') return { commit: false, value: claim };
    if (claim === 'limit-per-user') return { commit: false, value: { kind: claim } };
    const stockAfter = await takeStock(tx, order);
    if (stockAfter === undefined) return { commit: false, value: { kind: 'sold-out' } };
    const { orderId } = order;
    return { commit: true, value: { kind: 'placed', orderId, remaining: stockAfter } };
  });
  return result === 'key-taken' ? answerTaken(store, order) : result;
}

/** {@link answerFrom}, and {@link placeInTransaction} when that leaves the order open. */
export async function lookThenPlace(
  store: OrderStore,
  order: OrderRequest,
  takeStock: TakeStock,
): Promise<PlaceResult> {
  const outlook = await store.outlook(order);
  const early = answerFrom(outlook, order);
  if (early !== undefined) return early;
  return placeInTransaction(store, order, outlook.product?.limitPerUser, takeStock);
}

/** Reads with `read`, subtracts here, writes the result back. Exact only if nobody else can write. */
export async function readThenWrite(
  tx: OrderTransaction,
  order: OrderRequest,
  read: (productId: string) => Promise<number>,
): Promise<number | undefined> {
  const stock = await read(order.productId);
  if (stock < order.quantity) return undefined;
  const stockAfter = stock - order.quantity;
  await tx.writeStock(order, stockAfter);
  return stockAfter;
}
