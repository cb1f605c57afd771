import { z } from 'zod';

const count = z.int().nonnegative();
const amount = z.number().nonnegative();

const limit = z.object({
  algorithm: z.string(),
  key: z.string(),
  limit: amount,
  windowMs: amount,
  keys: count.describe('Whose requests reached the limiter.'),
  admitted: count,
  limited: count,
  overAdmission: amount.nullable().describe('Share of what should have been admitted.'),
  underAdmission: amount.nullable().describe('Share of what should have been admitted.'),
  fullestWindow: count.describe('Most admitted of one key within any stretch of a window.'),
  burstFactor: amount.describe('Fullest window over the limit.'),
  fairness: amount.nullable().describe('Jain’s index over the keys’ admitted shares.'),
  retryAfter: z.object({
    told: count,
    broken: count.describe('Refused again although they came no earlier than told.'),
    tooLongMs: z.object({ p50: amount, max: amount }).nullable(),
  }),
  failedOpen: count.nullable().describe('Let through because the limiter could not be asked.'),
});

const sessions = z.object({
  maximumSessions: count.nullable().describe('null where no cap is promised.'),
  onExceed: z.string(),
  beyondCap: count.nullable().describe('Alive of one user beyond the cap, in the store.'),
  beyondCapByAnswers: count,
  staleRequests: count.describe('Honoured on sessions that had ended.'),
  stalenessMaxMs: amount,
  overEvicted: count.describe('Turned away although nothing had ended the session.'),
  refusedLogins: count.describe('Refused although a place was free.'),
  logouts: count.describe('Answered ok; one of all devices of a person counts once.'),
});

/** `gateway` in `result.json`. */
export const gatewaySchema = z
  .object({ limit: limit.nullable(), sessions: sessions.nullable() })
  .describe('What came of the rules at the gateway.');
