import { OverloadedError } from '../../errors.ts';
import { answerFrom, answerTaken, taken } from '../../stock/place-order.ts';
import type { OrderRequest, PlaceResult } from '../order-store.ts';
import { answerOfBefore, type SubmitResult } from '../ordering.ts';
import type { OrderingContext, OrderingEntry } from './ordering-entry.ts';
import { publish } from './publish.ts';

/** Units first, then the message; a timeout is taken for a failure, which it is not. */
async function submit(context: OrderingContext, order: OrderRequest): Promise<SubmitResult> {
  const { database, orders, queue, failpoints, publishTimeoutMs } = context;
  const before = await answerOfBefore(database, order);
  if (before !== undefined) return before;
  const early = answerFrom(await orders.outlook(order), order);
  if (early !== undefined) return early;
  const remaining = await orders.moveStock(taken(order));
  if (remaining === undefined) return { kind: 'sold-out' };
  const published = await publish(queue, order, publishTimeoutMs);
  if (published === 'queued') {
    context.ring();
    await failpoints.reach('after-commit-before-reply');
    return { kind: 'pending', orderId: order.orderId };
  }
  await giveBack(context, order);
  if (published === 'late') throw new OverloadedError('The queue did not answer in time.');
  if (published === 'unknown-product') return { kind: published };
  return (await answerOfBefore(database, order)) ?? { kind: 'in-progress' };
}

async function giveBack({ orders }: OrderingContext, order: OrderRequest): Promise<void> {
  await orders.moveStock({ ...taken(order), delta: order.quantity });
}

/** Whoever took the units has seen to it that there were enough: nobody looks again. */
async function decide(context: OrderingContext, order: OrderRequest): Promise<PlaceResult> {
  const { deciding } = context;
  const { product } = await deciding.outlook(order);
  if (product === undefined) return { kind: 'unknown-product' };
  const claim = await deciding.transaction(async (tx) => {
    const value = await tx.claim(order, product.limitPerUser);
    return { commit: value === 'claimed', value };
  });
  if (claim === 'key-taken') return answerTaken(deciding, order);
  if (claim === 'limit-per-user') {
    await giveBack(context, order);
    return { kind: claim };
  }
  return { kind: 'placed', orderId: order.orderId, remaining: product.stock };
}

/**
 * Oversells when publishing takes longer than its timeout and takes effect all the same: the units are
 * sold to somebody else, and the message makes an order of them too.
 */
export const publishOrRelease: OrderingEntry = {
  name: 'publish-or-release',
  describe: 'Units are taken, then the order is queued (202); after a timeout they go back (503).',
  queues: 'taken-units',
  create: (context) => ({
    submit: (order) => submit(context, order),
    decide: (order) => decide(context, order),
  }),
};
