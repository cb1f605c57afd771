import type { FastifyInstance } from 'fastify';
import { OverloadedError } from '../errors.ts';
import type { WaitingRoomDoor } from '../gateway/waiting-room.ts';
import { retryAfterSeconds } from '../problems.ts';
import { tokenOf } from '../request-values.ts';

/**
 * POST /waiting-room asks to be let in to the sale, and asks again: 200 for one who may order, 202 with the
 * place and when to come back for one who waits. It looks no session up and does not count for the limiter.
 */
export function addWaitingRoomRoutes(server: FastifyInstance, room: WaitingRoomDoor): void {
  server.post('/waiting-room', (request, reply) => {
    const entrance = room.enter(tokenOf(request.headers));
    switch (entrance.kind) {
      case 'admitted':
        return reply.send({ status: 'admitted' });
      case 'waiting': {
        const { place, estimatedWaitMs, refreshAfterMs } = entrance;
        return reply
          .code(202)
          .header('retry-after', retryAfterSeconds(refreshAfterMs))
          .send({ status: 'waiting', place, estimatedWaitMs, refreshAfterMs });
      }
      case 'full':
        throw new OverloadedError('The waiting room is full.');
    }
  });
}
