import { randomUUID } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { wallClockMs } from '../../../core/clock.ts';
import { admitted } from '../admission.ts';
import { controlProductId } from '../control-product.ts';
import type { FoundOrder, OrderRequest } from '../orders/order-store.ts';
import { answerOfBefore, type SubmitResult } from '../orders/ordering.ts';
import { Problem } from '../problems.ts';
import { checkedId, checkedKey, keyOfHeaders, orderOf, tokenOf } from '../request-values.ts';
import type { SaleState, Services } from '../services.ts';

/**
 * POST /orders, which counts for the limiter and stands behind the waiting room, and what one can do with
 * one's own orders, which does neither: GET them, by id and by key, and DELETE them, which withdraws a
 * confirmed one.
 */
export function addOrderRoutes(server: FastifyInstance, services: Services): void {
  const { gauge, admission } = services;
  server.post('/orders', (request, reply) =>
    gauge.run(async () => {
      const key = keyOfHeaders(request.headers);
      const { productId, quantity } = orderOf(request.body);
      // The control is played when everybody has left.
      const visit = productId === controlProductId ? undefined : letIn(services, request);
      const userId = await admitted(admission, request, reply).catch((error: unknown) => {
        if (error instanceof Problem && error.code === 'unauthorized') visit?.end();
        throw error;
      });
      const order: OrderRequest = { orderId: randomUUID(), key, userId, productId, quantity };
      const result = await submit(services, order);
      if (visit !== undefined && isFinal(result)) visit.end();
      return answer(reply, order, result);
    }),
  );
  server.get<{ Params: { id: string } }>('/orders/:id', (request, reply) =>
    gauge.run(async () => {
      const token = tokenOf(request.headers);
      const id = checkedId(request.params.id, 'id');
      return reply.send(shown(await ownOrder(services, token, 'id', id)));
    }),
  );
  server.get<{ Params: { key: string } }>('/orders/by-key/:key', (request, reply) =>
    gauge.run(async () => {
      const token = tokenOf(request.headers);
      const key = checkedKey(request.params.key);
      return reply.send(shown(await ownOrder(services, token, 'key', key)));
    }),
  );
  server.delete<{ Params: { id: string } }>('/orders/:id', (request, reply) =>
    gauge.run(async () => {
      const token = tokenOf(request.headers);
      const id = checkedId(request.params.id, 'id');
      return reply.send(await withdraw(services, await ownOrder(services, token, 'id', id)));
    }),
  );
}

/** The visit of one whom the waiting room has let in; undefined where there is none. */
function letIn(
  { gateway: { waitingRoom } }: Services,
  { headers }: FastifyRequest,
): { end(): void } | undefined {
  if (waitingRoom === undefined) return undefined;
  const token = tokenOf(headers);
  if (waitingRoom.visit(token)) return { end: () => waitingRoom.leave(token) };
  throw new Problem('waiting', { retryAfterMs: waitingRoom.refreshEveryMs });
}

/** Whether the visitor has what they came for, or cannot have it: somebody else may come in. */
function isFinal({ kind }: SubmitResult): boolean {
  switch (kind) {
    case 'placed':
    case 'replayed':
    case 'pending':
    case 'sold-out':
    case 'limit-per-user':
      return true;
    case 'unknown-product':
    case 'key-reuse':
    case 'in-progress':
      return false;
  }
}

async function ownOrder(
  services: Services,
  token: string,
  by: 'id' | 'key',
  value: string,
): Promise<FoundOrder> {
  const user = (await services.sessions.identify(token))?.userId;
  if (user === undefined) throw new Problem('unauthorized');
  const order = await services.database.findOrder(by, value, user);
  if (order === undefined) throw new Problem('not-found');
  return order;
}

/** An order as its owner sees it. */
function shown(order: FoundOrder): Readonly<Record<string, unknown>> {
  const { orderId, key, productId, quantity, status } = order;
  const code = order.status === 'rejected' ? { code: order.code } : {};
  return { orderId, key, productId, quantity, status, ...code };
}

/**
 * Withdraws an order; once withdrawn, it says so again. One that is not confirmed cannot be withdrawn
 * and is answered as one that there is not.
 */
async function withdraw(
  { stock }: Services,
  order: FoundOrder,
): Promise<{ readonly orderId: string; readonly status: 'cancelled' }> {
  const { orderId, status } = order;
  if (status === 'pending' || status === 'rejected') {
    throw new Problem('not-found', { detail: `The order is ${status}, not confirmed.` });
  }
  if (status === 'confirmed') await stock.release(order);
  return { orderId, status: 'cancelled' };
}

async function submit(services: Services, order: OrderRequest): Promise<SubmitResult> {
  // The control has no opening time, and races only when it is placed at once.
  if (order.productId === controlProductId) return services.stock.place(order);
  const refusal = windowRefusal(services.sale(), wallClockMs());
  if (refusal === undefined) return services.ordering.submit(order);
  if (refusal === 'closed') {
    // A retry whose first try made it in time gets that order, not a refusal that would deny it.
    const before = await answerOfBefore(services.database, order, order.userId);
    if (before !== undefined) return before;
  }
  throw new Problem(refusal);
}

function windowRefusal(sale: SaleState, nowMs: number): 'not-open' | 'closed' | undefined {
  if (sale.opensAtMs === null || nowMs < sale.opensAtMs) return 'not-open';
  return sale.closesAtMs !== null && nowMs >= sale.closesAtMs ? 'closed' : undefined;
}

function answer(reply: FastifyReply, order: OrderRequest, result: SubmitResult): FastifyReply {
  const { productId, quantity } = order;
  switch (result.kind) {
    case 'placed': {
      const { orderId, remaining } = result;
      return reply.code(201).send({ orderId, productId, quantity, remaining });
    }
    case 'replayed': {
      const { orderId, remaining } = result.order;
      return reply.code(201).send({ orderId, productId, quantity, remaining });
    }
    case 'pending':
      return reply.code(202).send({ orderId: result.orderId, status: 'pending' });
    case 'unknown-product':
      throw new Problem('not-found');
    case 'sold-out':
    case 'limit-per-user':
    case 'key-reuse':
    case 'in-progress':
      throw new Problem(result.kind);
  }
}
