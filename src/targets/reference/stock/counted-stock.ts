import type { InHand } from '../cache/in-flight.ts';
import type { StockCounter, Take } from '../cache/stock-counter.ts';
import type { CountedStock } from '../cache/strategy-caches.ts';
import { OverloadedError } from '../errors.ts';
import type {
  Claim,
  OrderRequest,
  OrderTransaction,
  PlaceResult,
  ReleaseResult,
  StockMovement,
  StoredOrder,
} from '../orders/order-store.ts';
import { answerOfBuyer, answerTaken, returned, taken } from './place-order.ts';
import type { StockStrategy, StrategyContext } from './stock-strategy.ts';

/** How units leave the count and come back to it. */
export interface CountSteps {
  take(order: OrderRequest, limitPerUser: number | undefined): Promise<Take>;
  /** For units that no order came of. */
  undo(order: OrderRequest): Promise<unknown>;
  /** For units of an order that was withdrawn. */
  putBack(order: StoredOrder): Promise<unknown>;
}

/**
 * Writes a movement into the books, in the transaction of its order. The stock afterwards, or undefined
 * when the database has too few.
 *
 * @param counted what the count told of the stock afterwards
 */
export type WriteMovement = (
  tx: OrderTransaction,
  movement: StockMovement,
  counted: number,
) => Promise<number | undefined>;

/** The stock is the count: the database has the ledger alone. */
export const recorded: WriteMovement = async (tx, movement, counted) => {
  await tx.recordMovement(movement, counted);
  return counted;
};

/** A strategy that takes units from a count first, and makes an order of them then. */
export interface CountedWay {
  readonly stock: CountedStock;
  readonly steps: CountSteps;
  readonly write: WriteMovement;
  /** Reached with the units in hand; nothing unless told. */
  readonly onTaken?: () => Promise<void>;
}

/** Loads of one request: another one is needed only when the count is lost again at once. */
const loadsMax = 10;

/** Builds the strategy. A crowd that comes too late costs it a look and a question to the cache each. */
export function countedStrategy(context: StrategyContext, way: CountedWay): StockStrategy {
  return {
    place: (order) => place(context, way, order),
    release: (order) => release(context, way, order),
  };
}

async function place(
  context: StrategyContext,
  way: CountedWay,
  order: OrderRequest,
): Promise<PlaceResult> {
  const { store, caches } = context;
  const { steps, stock } = way;
  const outlook = await store.outlook(order);
  const early = answerOfBuyer(outlook, order);
  if (early !== undefined) return early;
  const limitPerUser = outlook.product?.limitPerUser;
  const taking = {
    take: () => steps.take(order, limitPerUser),
    undo: () => steps.undo(order),
  };
  for (let loads = 0; loads <= loadsMax; loads += 1) {
    const result = await caches.inFlight.taking(order, taking, (inHand) =>
      settle(context, way, order, limitPerUser, inHand),
    );
    if (result.kind === 'already-taken') return answerTaken(store, order);
    if (result.kind !== 'not-loaded') return result;
    if (!(await stock.loader.recover(order.productId))) return { kind: 'sold-out' };
  }
  throw new OverloadedError('The count was lost each time that it had been loaded.');
}

/** Makes an order of units in hand, or puts them back. */
async function settle(
  { store }: StrategyContext,
  { write, onTaken }: CountedWay,
  order: OrderRequest,
  limitPerUser: number | undefined,
  inHand: InHand,
): Promise<PlaceResult> {
  await onTaken?.();
  let result: PlaceResult | Exclude<Claim, 'claimed'>;
  try {
    result = await store.transaction<typeof result>(async (tx) => {
      const claim = await tx.claim(order, limitPerUser);
      if (claim !== 'claimed') return { commit: false, value: claim };
      const remaining = await write(tx, taken(order), inHand.remaining);
      if (remaining === undefined) return { commit: false, value: { kind: 'sold-out' } };
      return { commit: true, value: { kind: 'placed', orderId: order.orderId, remaining } };
    });
  } catch (error) {
    // Undone for certain. After anything else the order may stand: its units stay where they are.
    if (error instanceof OverloadedError) await inHand.undo();
    throw error;
  }
  if (result === 'key-taken' || result === 'limit-per-user') {
    await inHand.undo();
    return result === 'key-taken' ? answerTaken(store, order) : { kind: result };
  }
  if (result.kind !== 'placed') await inHand.undo();
  return result;
}

/**
 * The rows first, the count then: a process that dies between the two leaves units that nobody can buy,
 * and not units that two can.
 */
async function release(
  { store, caches }: StrategyContext,
  { stock, steps, write }: CountedWay,
  order: StoredOrder,
): Promise<ReleaseResult> {
  const counted = ((await stock.counter.read(order.productId)) ?? 0) + order.quantity;
  let remaining: number | undefined;
  const withdraw = (): Promise<boolean> =>
    store.transaction(async (tx) => {
      const value = await tx.withdraw(order);
      if (value) remaining = await write(tx, returned(order), counted);
      return { commit: value, value };
    });
  await caches.inFlight.returning(order, withdraw, () => steps.putBack(order));
  return remaining === undefined ? { kind: 'already-released' } : { kind: 'released', remaining };
}

/** The steps of a count that takes, undoes and puts back in one step each. */
export function stepsOf(counter: StockCounter): CountSteps {
  return {
    take: (order, limitPerUser) => counter.take(order, limitPerUser),
    undo: (order) => counter.undo(order),
    putBack: (order) => counter.putBack(order),
  };
}
