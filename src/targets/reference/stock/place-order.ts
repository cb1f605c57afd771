import { defined } from '../../../core/assert.ts';
import type {
  OrderOutlook,
  OrderRequest,
  OrderStore,
  OrderTransaction,
  PlaceResult,
  ReleaseResult,
  StockMovement,
  StoredOrder,
  TransactionMode,
} from '../orders/order-store.ts';
import type { StockStrategy } from './stock-strategy.ts';

/** Moves an order's stock inside its transaction: the stock afterwards, or undefined if too few. */
export type MoveStock = (
  tx: OrderTransaction,
  movement: StockMovement,
) => Promise<number | undefined>;

/** The units of an order, on their way out. */
export function taken({ productId, key, quantity }: OrderRequest): StockMovement {
  return { productId, key, delta: -quantity };
}

/** The units of an order, on their way back. */
export function returned({ productId, key, quantity }: StoredOrder): StockMovement {
  return { productId, key, delta: quantity };
}

/**
 * The answer that committed facts alone give, or undefined when the order has to be tried. One round
 * trip: it keeps the crowd that comes too late away from transactions and locks.
 */
export function answerFrom(outlook: OrderOutlook, order: OrderRequest): PlaceResult | undefined {
  const answer = answerOfBuyer(outlook, order);
  if (answer !== undefined) return answer;
  return (outlook.product?.stock ?? 0) < order.quantity ? { kind: 'sold-out' } : undefined;
}

/** {@link answerFrom} without a look at the stock, for those who count it elsewhere. */
export function answerOfBuyer(
  { committed, product, used }: OrderOutlook,
  order: OrderRequest,
): PlaceResult | undefined {
  if (committed !== undefined) return answerAgain(committed, order);
  if (product === undefined) return { kind: 'unknown-product' };
  const { limitPerUser } = product;
  return limitPerUser !== undefined && used + order.quantity > limitPerUser
    ? { kind: 'limit-per-user' }
    : undefined;
}

/** Whether two requests with one key mean the same order. */
export function sameOrder(
  a: Pick<OrderRequest, 'userId' | 'productId' | 'quantity'>,
  b: Pick<OrderRequest, 'userId' | 'productId' | 'quantity'>,
): boolean {
  return a.userId === b.userId && a.productId === b.productId && a.quantity === b.quantity;
}

/**
 * The answer to a key that has an order: the same again, or a refusal when it meant another one. A
 * withdrawn order keeps its key, so that a late retry of the purchase cannot buy it again.
 */
export function answerAgain(committed: StoredOrder, order: OrderRequest): PlaceResult {
  return sameOrder(committed, order)
    ? { kind: 'replayed', order: committed }
    : { kind: 'key-reuse' };
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
  move: MoveStock,
  mode?: TransactionMode,
): Promise<PlaceResult> {
  const result = await store.transaction<PlaceResult | 'key-taken'>(async (tx) => {
    const claim = await tx.claim(order, limitPerUser);
    if (claim === 'key-taken') return { commit: false, value: claim };
    if (claim === 'limit-per-user') return { commit: false, value: { kind: claim } };
    const stockAfter = await move(tx, taken(order));
    if (stockAfter === undefined) return { commit: false, value: { kind: 'sold-out' } };
    const { orderId } = order;
    return { commit: true, value: { kind: 'placed', orderId, remaining: stockAfter } };
  }, mode);
  return result === 'key-taken' ? answerTaken(store, order) : result;
}

/** {@link answerFrom}, and {@link placeInTransaction} when that leaves the order open. */
export async function lookThenPlace(
  store: OrderStore,
  order: OrderRequest,
  move: MoveStock,
  mode?: TransactionMode,
): Promise<PlaceResult> {
  const outlook = await store.outlook(order);
  const early = answerFrom(outlook, order);
  if (early !== undefined) return early;
  return placeInTransaction(store, order, outlook.product?.limitPerUser, move, mode);
}

/** Everything of a withdrawal in one transaction: key, quota, and the stock last, as in an order. */
export async function releaseInTransaction(
  store: OrderStore,
  order: StoredOrder,
  move: MoveStock,
  mode?: TransactionMode,
): Promise<ReleaseResult> {
  return store.transaction<ReleaseResult>(async (tx) => {
    const withdrawn = await tx.withdraw(order);
    if (!withdrawn) return { commit: false, value: { kind: 'already-released' } };
    const remaining = defined(await move(tx, returned(order)), 'the product of a stored order');
    return { commit: true, value: { kind: 'released', remaining } };
  }, mode);
}

/**
 * A strategy that reads, subtracts and writes inside the order's transaction, and differs from others
 * only in what the transaction begins with.
 *
 * @param modeOf what a transaction for the product begins with
 */
export function readThenWriteIn(
  store: OrderStore,
  modeOf: (productId: string) => TransactionMode,
): StockStrategy {
  const move: MoveStock = (tx, movement) => readThenWrite(tx, movement, (id) => tx.readStock(id));
  return {
    place: (order) => lookThenPlace(store, order, move, modeOf(order.productId)),
    release: (order) => releaseInTransaction(store, order, move, modeOf(order.productId)),
  };
}

/** Reads with `read`, adds here, writes the sum back. Exact only if nobody else can write. */
export async function readThenWrite(
  tx: OrderTransaction,
  movement: StockMovement,
  read: (productId: string) => Promise<number>,
): Promise<number | undefined> {
  const stockAfter = (await read(movement.productId)) + movement.delta;
  if (movement.delta < 0 && stockAfter < 0) return undefined;
  await tx.writeStock(movement, stockAfter);
  return stockAfter;
}
