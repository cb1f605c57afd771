import type { FastifyInstance } from 'fastify';
import { Problem } from '../problems.ts';
import { loginOf, refreshTokenOf, tokenOf } from '../request-values.ts';
import type { Services } from '../services.ts';

/**
 * POST /login, DELETE /session (this device), DELETE /sessions (all devices of the user) and POST
 * /session/refresh. None counts for the limiter.
 */
export function addSessionRoutes(server: FastifyInstance, services: Services): void {
  const { sessions, gauge } = services;
  server.post('/login', (request, reply) =>
    gauge.run(async () => {
      const { userId, deviceId } = loginOf(request.body);
      const { kind, ...session } = await sessions.logIn(userId, deviceId);
      if (kind === 'device-limit') throw new Problem('device-limit');
      return reply.code(201).send(session);
    }),
  );
  server.delete('/session', (request, reply) =>
    gauge.run(async () => {
      const ended = await sessions.logOut(tokenOf(request.headers));
      if (!ended) throw new Problem('unauthorized');
      return reply.code(204).send();
    }),
  );
  server.delete('/sessions', (request, reply) =>
    gauge.run(async () => {
      const ended = await sessions.logOutEverywhere(tokenOf(request.headers));
      if (!ended) throw new Problem('unauthorized');
      return reply.code(204).send();
    }),
  );
  server.post('/session/refresh', (request, reply) =>
    gauge.run(async () => {
      const { kind, ...tokens } = await sessions.refresh(refreshTokenOf(request.body));
      if (kind === 'unauthorized') throw new Problem('unauthorized');
      return reply.code(201).send(tokens);
    }),
  );
}
