import { z } from 'zod';
import { failpointNames } from '../targets/reference/failpoints.ts';
import { count, duration, oneOf, positiveDuration } from './values.ts';

/** The part of the scenario's schema that says when something happens, and what breaks: see schema.ts. */

/** When a fault or an event is due: exactly one of the two, which cross-checks see to. */
export const when = {
  at: duration().optional().describe('From t = 0.'),
  afterOpening: duration().optional(),
};

const advice =
  'write one of kill, slow, pause, failpoint, flush, restart and stall, such as kill: order-server';

/** One entry of `faults`. What a fault needs of the target is checked across keys. */
export const fault = z.union(
  [
    z.strictObject({
      ...when,
      kill: oneOf(['order-server', 'postgres', 'mysql']).describe(
        'Ends it at once, as a crash would.',
      ),
    }),
    z.strictObject({
      ...when,
      slow: oneOf(['order-server']),
      delay: positiveDuration().describe('Added to each request.'),
      for: positiveDuration(),
    }),
    z.strictObject({
      ...when,
      pause: oneOf(['order-server']).describe('Stops one server process, and lets it go on.'),
      for: positiveDuration(),
    }),
    z.strictObject({
      ...when,
      failpoint: oneOf(failpointNames).describe('A place in an order’s way.'),
      action: oneOf(['kill', 'pause']).describe('What happens to the process that comes there.'),
      hit: count(1, 1_000_000)
        .default(1)
        .describe('Which coming counts, over all server processes.'),
      for: positiveDuration().optional().describe('pause: how long.'),
    }),
    z.strictObject({
      ...when,
      flush: oneOf(['redis']).describe('Forgets everything.'),
    }),
    z.strictObject({
      ...when,
      restart: oneOf(['redis']).describe('Ends it at once and starts it again.'),
      persistence: oneOf(['none', 'aof']).describe('What it knows afterwards.'),
    }),
    z.strictObject({
      ...when,
      stall: oneOf(['queue']).describe('Nothing can be written to it meanwhile.'),
      for: positiveDuration(),
    }),
  ],
  { error: advice },
);
