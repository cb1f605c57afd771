import { randomUUID } from 'node:crypto';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { wallClockMs } from '../../../core/clock.ts';
import { admitted } from '../admission.ts';
import type { OrderRequest, PlaceResult, StoredOrder } from '../orders/order-store.ts';
import { findOrder } from '../postgres/order-store.ts';
import { Problem } from '../problems.ts';
import { checkedId, checkedKey, keyOfHeaders, orderOf, tokenOf } from '../request-values.ts';
import type { SaleState, Services } from '../services.ts';
import { answerAgain } from '../stock/place-order.ts';

/** POST /orders, which counts for the limiter, and the look-ups of one's own orders, which do not. */
export function addOrderRoutes(server: FastifyInstance, services: Services): void {
  const { gauge, door } = services;
  server.post('/orders', (request, reply) =>
    gauge.run(async () => {
      const token = tokenOf(request.headers);
      const key = keyOfHeaders(request.headers);
      const { productId, quantity } = orderOf(request.body);
      const userId = await admitted(door, token);
      const order: OrderRequest = { orderId: randomUUID(), key, userId, productId, quantity };
      return answer(reply, order, await place(services, order));
    }),
  );
  server.get<{ Params: { id: string } }>('/orders/:id', (request, reply) =>
    gauge.run(async () => {
      const token = tokenOf(request.headers);
      const id = checkedId(request.params.id, 'id');
      return reply.send(await ownOrder(services, token, 'id', id));
    }),
  );
  server.get<{ Params: { key: string } }>('/orders/by-key/:key', (request, reply) =>
    gauge.run(async () => {
      const token = tokenOf(request.headers);
      const key = checkedKey(request.params.key);
      return reply.send(await ownOrder(services, token, 'key', key));
    }),
  );
}

async function ownOrder(
  services: Services,
  token: string,
  by: 'id' | 'key',
  value: string,
): Promise<Omit<StoredOrder, 'userId' | 'remaining'>> {
  const user = await services.sessions.userOf(token);
  if (user === undefined) throw new Problem('unauthorized');
  const order = await findOrder(services.store, user, by, value);
  if (order === undefined) throw new Problem('not-found');
  const { orderId, key, productId, quantity, status } = order;
  return { orderId, key, productId, quantity, status };
}

async function place(services: Services, order: OrderRequest): Promise<PlaceResult> {
  const refusal = windowRefusal(services.sale(), wallClockMs());
  if (refusal === undefined) return services.stock.place(order);
  if (refusal === 'closed') {
    // A retry whose first try made it in time gets that order, not a refusal that would deny it.
    const committed = await findOrder(services.store, order.userId, 'key', order.key);
    if (committed !== undefined) return answerAgain(committed, order);
  }
  throw new Problem(refusal);
}

function windowRefusal(sale: SaleState, nowMs: number): 'not-open' | 'closed' | undefined {
  if (sale.opensAtMs === null || nowMs < sale.opensAtMs) return 'not-open';
  return sale.closesAtMs !== null && nowMs >= sale.closesAtMs ? 'closed' : undefined;
}

function answer(reply: FastifyReply, order: OrderRequest, result: PlaceResult): FastifyReply {
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
    case 'unknown-product':
      throw new Problem('not-found');
    case 'sold-out':
    case 'limit-per-user':
    case 'key-reuse':
    case 'in-progress':
      throw new Problem(result.kind);
  }
}
