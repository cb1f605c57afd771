import type { FastifyInstance } from 'fastify';
import { resetSale } from '../postgres/schema.ts';
import { readTruth } from '../postgres/truth.ts';
import { Problem } from '../problems.ts';
import { saleOf } from '../request-values.ts';
import type { Services } from '../services.ts';

/** A sale of a thousand products. */
const bodyLimit = 1024 * 1024;

/**
 * GET /admin/truth and POST /admin/sale, for `serve` only. A sale of a new run resets the store,
 * sessions included; the same run may say again when it opens, and nothing else changes.
 */
export function addAdminRoutes(server: FastifyInstance, services: Services): void {
  const { store, control } = services;
  server.get('/admin/truth', async (_request, reply) => {
    const inFlight = await control.inFlight();
    return reply.send({ ...(await readTruth(store, services.sale().runId)), inFlight });
  });
  server.post('/admin/sale', { bodyLimit }, async (request, reply) => {
    const { runId, opensAtMs, closesAtMs, products } = saleOf(request.body);
    const before = services.sale();
    const sameRun = runId !== undefined && runId === before.runId;
    if (!sameRun) {
      if (products === undefined || products.length === 0) {
        throw new Problem('bad-request', { detail: 'A new sale needs `products`.' });
      }
      if (new Set(products.map(({ id }) => id)).size < products.length) {
        throw new Problem('bad-request', { detail: 'Two products have the same `id`.' });
      }
      // Closed while the store is emptied: an order in between would belong to neither sale.
      await control.setSale({ ...before, opensAtMs: null });
      await resetSale(store, products);
    }
    const sale = { runId: runId ?? before.runId, opensAtMs, closesAtMs };
    await control.setSale(sale);
    return reply.send({ ...sale, reset: !sameRun });
  });
}
