import { z } from 'zod';
import { arrivals } from './arrivals-schema.ts';
import { retrySchema } from './client-schema.ts';
import {
  count,
  duration,
  positiveDuration,
  positiveShare,
  probability,
  share,
  text,
} from './values.ts';

/** What people do, whatever group they are in: see schema.ts. */

const exponentialTime = z.strictObject({ exponential: positiveDuration() });

const deviceShares = z.record(
  z.string().regex(/^[1-9]\d?$/, { error: 'write the number of devices, 1 to 99' }),
  share(),
);

/** `devicesPerUser`. */
export const devicesPerUser = z.union([count(1, 99), deviceShares], {
  error: 'write a whole number from 1 to 99, or shares such as { 1: 60%, 2: 40% }',
});

/** `arrivals`. */
export const arrivalShapes = z
  .array(arrivals)
  .min(1, { error: 'name at least one arrival shape' })
  .max(20, { error: 'name at most 20 arrival shapes' });

/** `refresh`. */
export const refresh = z.strictObject({
  probability: probability(),
  // Shorter intervals would plan more requests than a browser could send.
  interval: duration().refine((ms) => ms >= 50, { error: 'write at least 50ms' }),
});

const group = z.strictObject({
  name: text('bots').regex(/^[a-z][a-z0-9-]{0,30}$/, {
    error: 'use lower-case letters, digits and dashes, such as bots',
  }),
  share: positiveShare().describe('Of workload.users.'),
  accountsPerPerson: count(1, 10_000)
    .default(1)
    .describe('Users behind whom there is one person, for the report.'),
  devicesPerUser: devicesPerUser.optional(),
  arrivals: arrivalShapes.optional(),
  refresh: refresh.optional(),
  patience: exponentialTime.optional(),
  waits: exponentialTime
    .optional()
    .describe('How long a person waits for the opening before leaving; left out, until it opens.'),
  earlyClicks: z
    .strictObject({
      probability: probability(),
      lead: positiveDuration().describe('Anywhere in so long before the opening.'),
    })
    .optional()
    .describe('People who click before the sale has opened.'),
  retry: retrySchema.optional().describe('In place of client.retry.'),
});

/** `workload.groups`. */
export const groupsSchema = z
  .array(group)
  .min(1, { error: 'name at least one group' })
  .max(20, { error: 'name at most 20 groups' })
  .describe('People who behave otherwise than the rest, reported apart.');
