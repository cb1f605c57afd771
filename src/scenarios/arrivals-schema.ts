import { z } from 'zod';
import { arrivalProcesses } from '../policies/arrivals/registry.ts';
import { parseTimestamp } from './traces/timestamps.ts';
import {
  count,
  decimal,
  duration,
  listOf,
  offset,
  oneOf,
  positiveDuration,
  rate,
  rateOrNone,
  share,
  text,
  trueOrFalse,
} from './values.ts';

/** The part of the scenario's schema that says when people come: see schema.ts. */

const lognormalOptions = { median: positiveDuration(), sigma: decimal(0, 5) };

const reaction = z
  .strictObject(lognormalOptions)
  .describe('Lognormal reaction time: its median, and sigma of the underlying normal.');

const users = share().optional().describe('Share of the users; left out, those that remain.');

const from = offset().default(0).describe('After the opening; negative is before it.');

const herd = z
  .strictObject({
    type: z.literal('herd'),
    users,
    clockSkew: duration().default(0).describe('Standard deviation of people’s clocks.'),
    reaction: z
      .strictObject({ lognormal: reaction })
      .optional()
      .describe('Left out: no reaction time.'),
  })
  .describe('Everybody waits for the opening and clicks once.');

const deadline = z
  .strictObject({
    type: z.literal('deadline'),
    users,
    horizon: positiveDuration().describe('Nobody comes earlier than this before the opening.'),
    epsilon: positiveDuration()
      .default(100)
      .describe('Keeps the rate, 1 / (time left + epsilon), finite at the opening.'),
  })
  .describe('Early birds, more and more of them as the opening comes near.');

const uniform = z
  .strictObject({
    type: z.literal('uniform'),
    users,
    from,
    within: positiveDuration().default(100).describe('Length of the window.'),
  })
  .describe('Anywhere in a window, such as bots within 0.1 s of the opening.');

const exponential = z
  .strictObject({ type: z.literal('exponential'), users, mean: positiveDuration() })
  .describe('Latecomers, fewer by the same factor every second.');

const lognormal = z
  .strictObject({ type: z.literal('lognormal'), users, ...lognormalOptions })
  .describe('Latecomers, with a slow start and a long tail.');

const weibull = z
  .strictObject({
    type: z.literal('weibull'),
    users,
    shape: decimal(0.01, 100),
    mean: positiveDuration(),
  })
  .describe('Latecomers, most of them early when shape is below 1.');

const poisson = z
  .strictObject({ type: z.literal('poisson'), users, rate: rate(), from })
  .describe('A steady stream, one click every 1/rate on average.');

const constant = z
  .strictObject({ type: z.literal('constant'), users, rate: rate(), from })
  .describe('A click every 1/rate, to the tick.');

const ramp = z
  .strictObject({
    type: z.literal('ramp'),
    users,
    startRate: rateOrNone(),
    targetRate: rateOrNone().describe('It stays when it is reached.'),
    for: positiveDuration().describe('How long the change takes.'),
    from,
  })
  .describe('A stream that swells or ebbs in a straight line, then stays.');

const steps = z
  .strictObject({
    type: z.literal('steps'),
    users,
    levels: z
      .array(
        z.strictObject({
          rate: rateOrNone(),
          for: positiveDuration()
            .optional()
            .describe('May be left out of the last level, which then stays.'),
        }),
      )
      .min(1, { error: 'name at least one level' })
      .max(100, { error: 'name at most 100 levels' }),
    from,
  })
  .describe('A stream that jumps from rate to rate.');

const timestampAdvice =
  'write a timestamp as the trace has it: an instant such as 2026-11-27T10:00:00Z, the date of an access log, or a number';

const timestamp = z
  .union([z.number(), z.string()], { error: timestampAdvice })
  .refine((written) => parseTimestamp(String(written), 'ms') !== undefined, {
    error: timestampAdvice,
  });

const trace = z
  .strictObject({
    type: z.literal('trace'),
    users,
    file: text('access.log').min(1, { error: 'write the path of a file, such as access.log' }),
    opensAt: timestamp.describe('The instant of the trace that falls on the opening.'),
    column: z
      .union([z.string(), count(1, 1_000)], {
        error: 'write the name of a column, or its number from 1 where the file has no header',
      })
      .optional()
      .describe('Column of a CSV that has the timestamps; left out, the file is an access log.'),
    unit: oneOf(['s', 'ms', 'us', 'ns']).default('s').describe('Of timestamps that are numbers.'),
    match: text('POST /orders')
      .min(1, { error: 'write text that lines hold, such as POST /orders' })
      .optional()
      .describe('Only lines that hold this text count.'),
    sort: trueOrFalse().default(false).describe('Puts lines that are out of order in order.'),
    speed: decimal(0.001, 1_000).default(1).describe('2 plays the trace twice as fast.'),
  })
  .transform((options) => ({
    ...options,
    /** What the loader reads from the file: see TraceOptions. */
    timesMs: [] as readonly number[],
    resolutionMs: 0,
  }))
  .describe('The instants of an access log or a CSV file, played again.');

/** One entry of `workload.arrivals`. */
export const arrivals = z.discriminatedUnion(
  'type',
  [herd, deadline, uniform, exponential, lognormal, weibull, poisson, constant, ramp, steps, trace],
  {
    error: ({ code }) =>
      // Its type leaves this out, but a value that is no map at all comes here too.
      (code as string) === 'invalid_type'
        ? 'write keys and values, such as { type: herd }'
        : `write ${listOf(Object.keys(arrivalProcesses))}`,
  },
);
