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
  maximumSessions: count,
  onExceed: z.string(),
  beyondCap: count.nullable().describe('Alive of one user beyond the cap, in the store.'),
  beyondCapByAnswers: count,
  staleRequests: count.describe('Honoured on sessions that had ended.'),
  stalenessMaxMs: amount,
  overEvicted: count.describe('Turned away although nothing had ended the session.'),
  refusedLogins: count.describe('Refused although a place was free.'),
});

const wait = z.object({ p50: amount, p99: amount, max: amount });

const waitingRoom = z.object({
  totalActiveUsers: count,
  newUsersPerMinute: count,
  queueing: z.string(),
  came: count.describe('Visitors who asked to be let in.'),
  admitted: count,
  abandoned: count.describe('Went away before they were let in.'),
  stillWaiting: count.describe('Waited when the workload was over.'),
  waitMs: wait.nullable().describe('Until they were let in, of those who were.'),
  waitingMax: count.describe('Most who waited at one instant, for certain.'),
  insideMax: count.describe('Most who were inside at one instant, as they saw it.'),
  insideCertainMax: count.describe('Most whom the room must have had inside at one instant.'),
  admittedPerMinuteMax: count.describe('Most who came in within any minute.'),
  admittedPerSecondMax: count.describe('Most who came in within any second.'),
  fairness: amount.nullable().describe('Jain’s index of the waits.'),
  overtaken: amount.nullable().describe('Share of pairs let in against their order of arrival.'),
  groups: z.array(
    z.object({ name: z.string(), came: count, admitted: count, waitMs: wait.nullable() }),
  ),
});

/** `gateway` in `result.json`. */
export const gatewaySchema = z
  .object({
    limit: limit.nullable(),
    sessions: sessions.nullable(),
    waitingRoom: waitingRoom.exactOptional(),
  })
  .describe('What came of the rules at the gateway.');
