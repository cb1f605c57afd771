import { z } from 'zod';
import { decimal, duration, positiveDuration, rate, share } from './values.ts';

/** The part of the scenario's schema that says when people come: see schema.ts. */

const lognormal = z
  .strictObject({ median: positiveDuration(), sigma: decimal(0, 5) })
  .describe('Lognormal reaction time: its median, and sigma of the underlying normal.');

const shareOfUsers = share()
  .optional()
  .describe('Share of the users; left out, those that remain.');

/** One entry of `workload.arrivals`. */
export const arrivals = z.discriminatedUnion(
  'type',
  [
    z
      .strictObject({
        type: z.literal('herd'),
        users: shareOfUsers,
        clockSkew: duration().default(0).describe('Standard deviation of people’s clocks.'),
        reaction: z.strictObject({ lognormal }).optional().describe('Left out: no reaction time.'),
      })
      .describe('Everybody waits for the opening and clicks once.'),
    z
      .strictObject({
        type: z.literal('weibull'),
        users: shareOfUsers,
        shape: decimal(0.01, 100),
        mean: positiveDuration(),
      })
      .describe('Latecomers, most of them early when shape is below 1.'),
    z
      .strictObject({
        type: z.literal('poisson'),
        users: shareOfUsers,
        rate: rate(),
        from: duration().default(0).describe('After the opening.'),
      })
      .describe('A steady stream, one click every 1/rate on average.'),
  ],
  {
    error: ({ code }) =>
      // Its type leaves this out, but a value that is no map at all comes here too.
      (code as string) === 'invalid_type'
        ? 'write keys and values, such as { type: herd }'
        : 'write herd, weibull or poisson',
  },
);
