import { z } from 'zod';
import { slidingWindows } from '../policies/breakers/registry.ts';
import { backoffs } from '../policies/retries/backoffs/registry.ts';
import { retryBudgets } from '../policies/retries/budgets/registry.ts';
import { jitters } from '../policies/retries/jitters/registry.ts';
import {
  count,
  decimal,
  duration,
  namesOf,
  oneOf,
  oneOfTypes,
  positiveDuration,
  positiveShare,
  rateOrNone,
  share,
  trueOrFalse,
} from './values.ts';

/** The part of the scenario's schema that says how devices behave: see schema.ts. */

const backoff = z
  .discriminatedUnion(
    'type',
    [
      z.strictObject({
        type: z.literal('exponential').optional(),
        initial: duration().default(100),
        multiplier: decimal(1, 10).default(2),
        max: duration().default(2_000),
      }),
      z.strictObject({ type: z.literal('fixed'), delay: duration().default(500) }),
      z.strictObject({ type: z.literal('none') }),
    ],
    { error: oneOfTypes(namesOf(backoffs)) },
  )
  .describe('Wait before a retry; exponential when no type is given.');

/** Bounded, so that a budget of a minute is forgotten within the run that it was made in. */
const timeToLive = (): z.ZodType<number, string> =>
  duration()
    .refine((ms) => ms >= 1_000, { error: 'write at least 1s' })
    .refine((ms) => ms <= 60_000, { error: 'write at most 60s' });

const budget = z
  .discriminatedUnion(
    'type',
    [
      z
        .strictObject({
          type: z.literal('ratio').optional(),
          ratio: share().default(0.2).describe('Retries for each first attempt.'),
          floor: rateOrNone()
            .refine((perS) => perS <= 1_000_000, { error: 'write at most 1000000/s' })
            .default(10)
            .describe('Retries that are always there.'),
          ttl: timeToLive().default(10_000).describe('How long a first attempt counts.'),
        })
        .describe('A share of the first attempts, and some a second on top (Finagle).'),
      z
        .strictObject({
          type: z.literal('token-bucket'),
          ratio: share().default(0.1).describe('Tokens that a first attempt brings.'),
          capacity: count(1, 1_000_000).default(100).describe('Tokens that a full bucket holds.'),
        })
        .describe('A bucket that first attempts fill and retries empty.'),
      z
        .strictObject({
          type: z.literal('grpc'),
          maxTokens: count(1, 1_000).default(10),
          tokenRatio: decimal(0.001, 1_000).default(0.1),
        })
        .describe('Stops while failures outweigh successes (gRPC retry throttling).'),
      z
        .strictObject({
          type: z.literal('quota'),
          capacity: count(1, 1_000_000).default(500),
          retryCost: count(0, 1_000_000).default(5),
          timeoutCost: count(0, 1_000_000).default(10),
          successRefill: count(0, 1_000_000).default(1),
        })
        .describe('Tokens that retries cost and successes give back (AWS SDKs).'),
      z
        .strictObject({
          type: z.literal('failure-rate'),
          threshold: share().default(0.1).describe('Failed attempts for each first attempt.'),
          window: timeToLive().default(10_000),
        })
        .describe('Retries only while few attempts fail.'),
    ],
    { error: oneOfTypes(namesOf(retryBudgets)) },
  )
  .describe('Bounds what retries add to the load; ratio when no type is given.');

/** `client.retry`. */
export const retrySchema = z.strictObject({
  maxAttempts: count(1, 100).default(3).describe('The first one included.'),
  backoff: backoff.prefault({}),
  jitter: oneOf(namesOf(jitters)).default('full'),
  honorRetryAfter: trueOrFalse().default(true),
  budget: budget.optional(),
});

const throttle = z
  .strictObject({
    multiplier: decimal(1, 100)
      .default(2)
      .describe('Requests that may be sent for each that the server takes (K).'),
    window: positiveDuration().default(120_000),
  })
  .describe('Holds requests back once the server takes too few of them (adaptive throttling).');

const circuitBreaker = z
  .strictObject({
    slidingWindowType: oneOf(namesOf(slidingWindows)).default('count-based'),
    slidingWindowSize: count(1, 100_000)
      .default(100)
      .describe('Calls, or seconds when time-based.'),
    minimumNumberOfCalls: count(1, 100_000).default(100),
    failureRateThreshold: positiveShare().default(0.5),
    slowCallRateThreshold: positiveShare().default(1),
    slowCallDurationThreshold: positiveDuration().default(60_000),
    waitDurationInOpenState: positiveDuration().default(60_000),
    permittedNumberOfCallsInHalfOpenState: count(1, 100_000).default(10),
    maxWaitDurationInHalfOpenState: duration().default(0).describe('0s waits for ever.'),
    automaticTransitionFromOpenToHalfOpenEnabled: trueOrFalse().default(false),
  })
  .describe('Stops sending while too many attempts fail or are slow (resilience4j).');

/** The map `client`. */
export const clientSchema = z.strictObject({
  timeout: positiveDuration().default(5_000).describe('Of one attempt.'),
  idempotencyKey: oneOf(['per-intent', 'per-attempt'])
    .default('per-intent')
    .describe('per-attempt: a broken client, whose retries are purchases of their own.'),
  retry: retrySchema.prefault({}),
  throttle: throttle.optional(),
  circuitBreaker: circuitBreaker.optional(),
  scope: oneOf(['process', 'user', 'device'])
    .default('process')
    .describe('Who shares a budget, a throttle and a circuit breaker.'),
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

/** How devices behave, as the program reads it. */
export type ClientOptions = z.output<typeof clientSchema>;
