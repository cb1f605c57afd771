import Fastify, { type FastifyError, type FastifyInstance, type FastifyReply } from 'fastify';
import { OverloadedError } from './errors.ts';
import { Problem, retryAfterSeconds } from './problems.ts';
import { addAdminRoutes } from './routes/admin.ts';
import { addHealthRoutes } from './routes/health.ts';
import { addOrderRoutes } from './routes/orders.ts';
import { addProductRoutes } from './routes/products.ts';
import { addSessionRoutes } from './routes/sessions.ts';
import { addWaitingRoomRoutes } from './routes/waiting-room.ts';
import type { Services } from './services.ts';

/** Longer than any phase of a run: a device's warm connection must last until the opening. */
const keepAliveTimeoutMs = 75_000;
/** An order is some 60 bytes. */
const bodyLimitBytes = 16 * 1024;

/** The order server of one process, not listening yet. */
export function createServer(services: Services): FastifyInstance {
  const instance = String(services.instance);
  const server = Fastify({
    logger: false,
    // Whoever connects from this machine may be a proxy, and no other.
    trustProxy: services.trustProxy ? 'loopback' : false,
    keepAliveTimeout: keepAliveTimeoutMs,
    bodyLimit: bodyLimitBytes,
    routerOptions: { maxParamLength: 400 },
    frameworkErrors: (error, _request, reply) => {
      answerProblem(reply.header('x-instance', instance), problemOf(error));
    },
  });
  // Node drops a connection whose next request's headers take longer than this.
  server.server.headersTimeout = keepAliveTimeoutMs + 5_000;
  server.addHook('onRequest', (_request, reply, done) => {
    reply.header('x-instance', instance);
    done();
  });
  server.setErrorHandler((error, _request, reply) => answerProblem(reply, problemOf(error)));
  server.setNotFoundHandler((_request, reply) => answerProblem(reply, new Problem('not-found')));
  addHealthRoutes(server, services);
  addSessionRoutes(server, services);
  addProductRoutes(server, services);
  addOrderRoutes(server, services);
  const { waitingRoom } = services.gateway;
  if (waitingRoom !== undefined) addWaitingRoomRoutes(server, waitingRoom);
  if (services.admin) addAdminRoutes(server, services);
  return server;
}

function answerProblem(reply: FastifyReply, problem: Problem): FastifyReply {
  if (problem.retryAfterMs !== undefined) {
    reply.header('retry-after', retryAfterSeconds(problem.retryAfterMs));
  }
  return reply
    .code(problem.status)
    .header('content-type', 'application/problem+json')
    .send(problem.toJson());
}

/** Anything thrown, as an answer. Details of what was not foreseen stay inside. */
function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof OverloadedError) {
    return new Problem('overloaded', { detail: error.message, retryAfterMs: 1000 });
  }
  // What fastify refuses itself: broken JSON, a body too large, an unknown media type.
  const status = error instanceof Error ? (error as Partial<FastifyError>).statusCode : undefined;
  if (status !== undefined && status >= 400 && status < 500) {
    return new Problem('bad-request', { status, detail: 'The request cannot be read.' });
  }
  return new Problem('server-error');
}
