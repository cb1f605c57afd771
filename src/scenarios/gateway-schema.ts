import { z } from 'zod';
import { limiters } from '../policies/limiters/registry.ts';
import { queueingMethods } from '../policies/waiting-room/registry.ts';
import { newUsersPerMinuteMax } from '../policies/waiting-room/waiting-room.ts';
import { limitKeys, limitStoreNames } from '../targets/reference/gateway/limit-settings.ts';
import {
  denylistNames,
  onExceedNames,
  registrationNames,
  sessionStoreNames,
} from '../targets/reference/sessions/settings.ts';
import {
  count,
  duration,
  namesOf,
  oneOf,
  oneOfTypes,
  positiveDuration,
  rate,
  trueOrFalse,
} from './values.ts';

/** The part of the scenario's schema that says who is let in to the reference server: see schema.ts. */

const tokens = z
  .discriminatedUnion(
    'type',
    [
      z.strictObject({ type: z.literal('opaque').optional() }),
      z.strictObject({
        type: z.literal('jwt'),
        ttl: positiveDuration().default(900_000).describe('Life of a token.'),
        denylist: oneOf(denylistNames)
          .default('redis')
          .describe('Where tokens are listed whose sessions have ended.'),
      }),
    ],
    { error: oneOfTypes(['opaque', 'jwt']) },
  )
  .describe('What a device shows: a text that the store knows, or a signed statement.');

/** `target.reference.sessions`. */
export const sessionsSchema = z.strictObject({
  maximumSessions: count(1, 1000)
    .optional()
    .describe('Devices of one person that may be logged in.'),
  onExceed: oneOf(onExceedNames)
    .default('terminate-oldest')
    .describe('What a login above the cap does.'),
  registration: oneOf(registrationNames)
    .default('atomic')
    .describe(
      'Whether a login counts and registers in one step, or in two that others come between.',
    ),
  store: oneOf(sessionStoreNames).default('postgres').describe('Where sessions are kept.'),
  tokens: tokens.prefault({}),
  refresh: z
    .strictObject({
      ttl: positiveDuration().default(3_600_000).describe('Life of a refresh token.'),
      leeway: duration()
        .default(0)
        .describe('How long the token before the last one may come again.'),
    })
    .optional()
    .describe('Refresh tokens, each good once; left out, none.'),
});

const common = {
  key: oneOf(limitKeys).default('user').describe('Whose requests count together.'),
  store: oneOf(limitStoreNames).default('postgres').describe('Where it is counted.'),
  failOpen: trueOrFalse()
    .optional()
    .describe(
      'Whether requests pass while the store cannot be asked; spring-cloud-gateway does so unless told.',
    ),
};

const bucket = {
  replenishRate: rate().describe('Tokens that come back.'),
  burstCapacity: count(1, 1_000_000).describe('Tokens that a full bucket holds.'),
  ...common,
};

const window = {
  limit: count(1, 100_000).describe('Requests that a window admits.'),
  window: positiveDuration().describe('Its length.'),
  ...common,
};

/** `target.reference.rateLimiter`. */
export const rateLimiterSchema = z.discriminatedUnion(
  'algorithm',
  [
    z.strictObject({ algorithm: z.literal('token-bucket').optional(), ...bucket }),
    z.strictObject({ algorithm: z.literal('spring-cloud-gateway'), ...bucket }),
    z.strictObject({
      algorithm: z.literal('gcra'),
      replenishRate: rate().describe('Requests that may come, evenly spaced.'),
      maxBurst: count(0, 1_000_000).describe('Requests at once beyond the first.'),
      ...common,
    }),
    z.strictObject({ algorithm: z.literal('fixed-window'), ...window }),
    z.strictObject({ algorithm: z.literal('sliding-log'), ...window }),
    z.strictObject({ algorithm: z.literal('sliding-counter'), ...window }),
  ],
  { error: oneOfTypes(namesOf(limiters)) },
);

/** `target.reference.waitingRoom`. Its times are Cloudflare's defaults. */
export const waitingRoomSchema = z
  .strictObject({
    totalActiveUsers: count(1, 1_000_000).describe('Visitors inside at the same time.'),
    newUsersPerMinute: count(1, newUsersPerMinuteMax).describe(
      'Visitors who are let in within a minute, evenly spread.',
    ),
    queueing: oneOf(namesOf(queueingMethods))
      .default('fifo')
      .describe('The order in which those who wait are let in.'),
    sessionDuration: positiveDuration()
      .default(300_000)
      .describe('How long a visitor stays inside after their last order.'),
    // Shorter intervals would make more requests than a browser could send.
    refreshEvery: duration()
      .refine((ms) => ms >= 50, { error: 'write at least 50ms' })
      .default(20_000)
      .describe('How often those who wait look again.'),
    placeKeptFor: positiveDuration()
      .default(300_000)
      .describe('How long the place of one who does not look again is kept.'),
  })
  .describe('A waiting room in front of the orders; left out, there is none.');
