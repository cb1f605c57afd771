import type { FastifyInstance } from 'fastify';
import { wallClockMs } from '../../../core/clock.ts';
import { controlProductId } from '../control-product.ts';
import { queueDepth } from '../postgres/order-queue.ts';
import { resetGate } from '../postgres/schema.ts';
import { Problem } from '../problems.ts';
import { type EventOrder, eventOf, type SaleOrder, saleOf, warmUpOf } from '../request-values.ts';
import type { SaleState, Services } from '../services.ts';

/** A sale of a thousand products. */
const bodyLimit = 1024 * 1024;

/**
 * GET /admin/truth, POST /admin/sale, /admin/events and /admin/warm-up, for `serve` only. A sale of a
 * new run resets the store, sessions included; the same run may say again when it opens, and nothing
 * else changes. An event restocks a product, closes the sale, or loads cached counts anew.
 */
export function addAdminRoutes(server: FastifyInstance, services: Services): void {
  const { store, database, control, caches } = services;
  server.get('/admin/truth', async (_request, reply) => {
    // The requests first: one that was under way has queued its order by now.
    const requests = await control.inFlight();
    const inFlight = requests + (await queueDepth(store));
    const orders = await caches.desk.truth(await database.truth(services.sale().runId));
    return reply.send({ ...orders, sessions: await services.gateway.registry.truth(), inFlight });
  });
  server.post('/admin/sale', { bodyLimit }, async (request, reply) =>
    reply.send(await setSale(services, saleOf(request.body))),
  );
  server.post('/admin/warm-up', async (request, reply) =>
    reply.send(await warmUp(services, warmUpOf(request.body))),
  );
  server.post('/admin/events', async (request, reply) =>
    reply.send(await applyEvent(services, eventOf(request.body))),
  );
}

async function setSale(
  services: Services,
  { runId, opensAtMs, closesAtMs, products }: SaleOrder,
): Promise<SaleState & { readonly reset: boolean }> {
  const { store, database, control, caches, gateway } = services;
  const before = services.sale();
  const sameRun = runId !== undefined && runId === before.runId;
  if (!sameRun) {
    if (products === undefined || products.length === 0) {
      throw new Problem('bad-request', { detail: 'A new sale needs `products`.' });
    }
    const ids = new Set(products.map(({ id }) => id));
    if (ids.size < products.length) {
      throw new Problem('bad-request', { detail: 'Two products have the same `id`.' });
    }
    if (ids.has(controlProductId)) {
      throw new Problem('bad-request', { detail: `No product may be \`${controlProductId}\`.` });
    }
    // Closed while the store is emptied: an order in between would belong to neither sale.
    await control.setSale({ ...before, opensAtMs: null });
    await resetGate(store);
    await gateway.reset();
    await database.reset(products);
    await caches.forget();
  }
  const sale = { runId: runId ?? before.runId, opensAtMs, closesAtMs };
  await control.setSale(sale);
  return { ...sale, reset: !sameRun };
}

async function applyEvent(
  services: Services,
  { runId, event }: EventOrder,
): Promise<Readonly<Record<string, unknown>>> {
  const { database, control, caches } = services;
  const sale = services.sale();
  if (runId !== undefined && runId !== sale.runId) {
    throw new Problem('bad-request', { detail: 'The sale that is on is of another run.' });
  }
  if (event.kind === 'close') {
    const closesAtMs = Math.min(wallClockMs(), sale.closesAtMs ?? Number.POSITIVE_INFINITY);
    await control.setSale({ ...sale, closesAtMs });
    return { ...event, closesAt: closesAtMs };
  }
  if (event.kind === 'warm-up') return warmUp(services, event);
  const { productId, quantity } = event;
  const known = productId !== controlProductId;
  const remaining = known ? await database.restock(productId, quantity) : undefined;
  if (remaining === undefined) throw new Problem('not-found');
  await caches.desk.restocked(productId);
  return { ...event, remaining };
}

/** Of one product, or of all of them. */
async function warmUp(
  services: Services,
  { productId }: { readonly productId?: string | undefined },
): Promise<{ readonly warmedUp: readonly string[] }> {
  const { database, caches } = services;
  const { products } = await database.truth(services.sale().runId);
  const meant = products.filter(({ id }) => productId === undefined || id === productId);
  if (meant.length === 0) throw new Problem('not-found');
  const warmedUp: string[] = [];
  for (const { id } of meant) {
    const done = await caches.desk.warmUp(id);
    if (done !== undefined) warmedUp.push(done);
  }
  if (warmedUp.length > 0) return { warmedUp };
  throw new Problem('bad-request', { detail: 'The strategy in use caches no count.' });
}
