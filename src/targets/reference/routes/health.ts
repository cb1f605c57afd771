import type { FastifyInstance } from 'fastify';
import type { Services } from '../services.ts';

/** GET /health: never limited, never slowed, needs no session. */
export function addHealthRoutes(server: FastifyInstance, services: Services): void {
  const { instance, gauge } = services;
  server.get('/health', (_request, reply) =>
    reply.send({ status: 'ok', instance, inFlight: gauge.inFlight }),
  );
}
