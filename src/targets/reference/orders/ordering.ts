import type { OrderQueue } from '../postgres/order-queue.ts';
import { answerAgain, sameOrder } from '../stock/place-order.ts';
import type { OrderDatabase } from './order-database.ts';
import type { OrderRequest, PlaceResult } from './order-store.ts';

/** What became of an order that came in. */
export type SubmitResult =
  | PlaceResult
  /** Accepted under this id, and not decided yet. */
  | { readonly kind: 'pending'; readonly orderId: string };

/** How orders that may be made are dealt with: at once, or by a queue. */
export interface Ordering {
  submit(order: OrderRequest): Promise<SubmitResult>;
}

/** How often a key is looked at whose entry is rejected just as it comes again. */
const maxTries = 3;

/**
 * The answer to a key that came before, or undefined when nothing holds: it is new, or what came with
 * it was refused, and refusals are evaluated again.
 *
 * @param userId whose order alone counts; undefined for anybody's
 */
export async function answerOfBefore(
  database: Pick<OrderDatabase, 'findOrder'>,
  order: OrderRequest,
  userId?: string,
): Promise<SubmitResult | undefined> {
  const before = await database.findOrder('key', order.key, userId);
  if (before === undefined || before.status === 'rejected') return undefined;
  if (before.status !== 'pending') return answerAgain(before, order);
  const { orderId } = before;
  return sameOrder(before, order) ? { kind: 'pending', orderId } : { kind: 'key-reuse' };
}

/**
 * Orders go into a queue and are decided later. A key whose order is decided is answered as if it had
 * been placed at once; one whose order was rejected is queued anew, under a new order id, so that
 * what was said of the old id stays true.
 *
 * @param onQueued called when there is something to decide
 */
export function queuedOrdering(
  database: Pick<OrderDatabase, 'findOrder'>,
  queue: OrderQueue,
  onQueued: () => void,
): Ordering {
  return {
    submit: async (order) => {
      for (let tries = 1; tries <= maxTries; tries += 1) {
        const entered = await queue.enqueue(order);
        if (entered === 'queued') {
          onQueued();
          return { kind: 'pending', orderId: order.orderId };
        }
        const before = await answerOfBefore(database, order);
        if (before !== undefined) return before;
        if (entered === 'unknown-product') return { kind: entered };
      }
      return { kind: 'in-progress' };
    },
  };
}
