import { answerFrom, answerTaken } from '../../stock/place-order.ts';
import type { OrderRequest, PlaceResult } from '../order-store.ts';
import { answerOfBefore, type SubmitResult } from '../ordering.ts';
import type { OrderingContext, OrderingEntry } from './ordering-entry.ts';
import { publish } from './publish.ts';

async function submit(context: OrderingContext, order: OrderRequest): Promise<SubmitResult> {
  const { database, orders, queue, outbox, failpoints, publishTimeoutMs } = context;
  const before = await answerOfBefore(database, order);
  if (before !== undefined) return before;
  const early = answerFrom(await orders.outlook(order), order);
  if (early !== undefined) return early;
  const accepted = await outbox.accept(order);
  if (accepted === 'sold-out') return { kind: accepted };
  if (accepted === 'key-taken') {
    return (await answerOfBefore(database, order)) ?? { kind: 'in-progress' };
  }
  await failpoints.reach('after-commit-before-reply');
  // The order is on record with its units: whatever comes of this, it is published, now or later.
  const published = await publish(queue, order, publishTimeoutMs);
  if (published === 'queued') context.ring();
  return { kind: 'pending', orderId: order.orderId };
}

async function decide(context: OrderingContext, order: OrderRequest): Promise<PlaceResult> {
  const { deciding, outbox } = context;
  const { product } = await deciding.outlook(order);
  if (product === undefined) return { kind: 'unknown-product' };
  const claim = await outbox.conclude(order, product.limitPerUser);
  if (claim === 'key-taken') return answerTaken(deciding, order);
  if (claim === 'limit-per-user') return { kind: claim };
  return { kind: 'placed', orderId: order.orderId, remaining: product.stock };
}

/**
 * A timeout is no failure: the order stays pending until somebody knows. Units and order are noted in
 * one transaction (a transactional outbox), from which every order that the queue does not have is
 * published again.
 */
export const publishOrPending: OrderingEntry = {
  name: 'publish-or-pending',
  describe: 'Units are taken, then the order is queued (202); after a timeout it stays pending.',
  queues: 'taken-units',
  create: (context) => ({
    submit: (order) => submit(context, order),
    decide: (order) => decide(context, order),
    maintain: () => context.outbox.reconcile(),
  }),
};
