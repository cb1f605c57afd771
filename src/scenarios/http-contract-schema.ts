import { z } from 'zod';
import { count, duration, oneOf, positiveDuration, trueOrFalse } from './values.ts';

/** What a rate limit may count. */
const limitedOperations = ['login', 'page', 'order', 'status', 'cancel'] as const;

/** `target.http.contract`. */
export const contract = z
  .strictObject({
    maximumSessions: count(1, 1000).optional(),
    onExceed: oneOf(['terminate-oldest', 'deny']).optional(),
    rateLimit: z
      .strictObject({
        algorithm: z.string(),
        key: oneOf(['user', 'device', 'address', 'global']),
        limit: count(1, 1_000_000_000),
        window: positiveDuration(),
        operations: z
          .array(oneOf(limitedOperations))
          .min(1, { error: 'name at least one operation' })
          .optional()
          .describe('What counts for it; left out: order and page.'),
      })
      .optional(),
    grace: duration().optional(),
    sessionLife: positiveDuration()
      .optional()
      .describe(
        'How long a session lasts at most from its login on; left out: until something ends it.',
      ),
    endsOnLogout: trueOrFalse()
      .optional()
      .describe('Whether a logout ends the session; with maximumSessions it is taken to.'),
    completion: positiveDuration()
      .optional()
      .describe('How long an order answered 202 may stay undecided.'),
    clockTolerance: duration()
      .optional()
      .describe('How far the clocks of server and runner may be apart.'),
    exactRemaining: trueOrFalse()
      .optional()
      .describe('Whether `remaining` in an answer is the stock right after the order.'),
    saleWindow: trueOrFalse()
      .optional()
      .describe('Whether it opens and closes as sale.opensAt and sale.closesAt say, untold.'),
    rejectsKeyReuse: trueOrFalse()
      .optional()
      .describe('Whether a key with another payload is refused.'),
  })
  .prefault({})
  .describe('What the server promises; what is not promised is not judged.');
