import { z } from 'zod';
import { count, decimal, duration, oneOf, positiveDuration, trueOrFalse } from './values.ts';

/** The part of the scenario's schema that says how devices behave: see schema.ts. */
export const clientSchema = z.strictObject({
  timeout: positiveDuration().default(5_000).describe('Of one attempt.'),
  retry: z
    .strictObject({
      maxAttempts: count(1, 100).default(3).describe('The first one included.'),
      backoff: z
        .strictObject({
          initial: duration().default(100),
          multiplier: decimal(1, 10).default(2),
          max: duration().default(2_000),
        })
        .prefault({}),
      jitter: oneOf(['none', 'full']).default('full'),
      honorRetryAfter: trueOrFalse().default(true),
    })
    .prefault({}),
  poll: z
    .strictObject({
      // More often would ask faster than an answer can come.
      interval: duration()
        .refine((ms) => ms >= 10, { error: 'write at least 10ms' })
        .default(200),
      timeout: positiveDuration().default(10_000),
    })
    .prefault({})
    .describe('How an order that was answered 202 is followed.'),
});
