import type { FastifyInstance } from 'fastify';
import { Problem } from '../problems.ts';
import { loginOf, tokenOf } from '../request-values.ts';
import type { Services } from '../services.ts';

/** POST /login and DELETE /session. Neither counts for the limiter. */
export function addSessionRoutes(server: FastifyInstance, services: Services): void {
  const { sessions, gauge } = services;
  server.post('/login', (request, reply) =>
    gauge.run(async () => {
      const { userId, deviceId } = loginOf(request.body);
      const result = await sessions.logIn(userId, deviceId);
      if (result.kind === 'device-limit') throw new Problem('device-limit');
      const { token, sessionId, evicted } = result;
      return reply.code(201).send({ token, sessionId, evicted });
    }),
  );
  server.delete('/session', (request, reply) =>
    gauge.run(async () => {
      const ended = await sessions.logOut(tokenOf(request.headers));
      if (!ended) throw new Problem('unauthorized');
      return reply.code(204).send();
    }),
  );
}
