import type { FastifyInstance } from 'fastify';
import { admitted } from '../admission.ts';
import { Problem } from '../problems.ts';
import { checkedId } from '../request-values.ts';
import type { Services } from '../services.ts';

/** GET /products/:id, the page that shoppers reload. Counts for the limiter. */
export function addProductRoutes(server: FastifyInstance, services: Services): void {
  const { gauge, admission, database, caches } = services;
  server.get<{ Params: { id: string } }>('/products/:id', (request, reply) =>
    gauge.run(async () => {
      await admitted(admission, request, reply);
      const product = await database.findProduct(checkedId(request.params.id, 'id'));
      if (product === undefined) throw new Problem('not-found');
      const remaining = (await caches.desk.remaining(product.id)) ?? product.remaining;
      return reply.send({ ...product, remaining, opensAt: services.sale().opensAtMs });
    }),
  );
}
