import { z } from 'zod';
import { orderStoreNames, strategyDefaults } from '../targets/reference/stock/settings.ts';
import { rateLimiterSchema, sessionsSchema, waitingRoomSchema } from './gateway-schema.ts';
import { orderingNames, recoveryPolicyNames, stockStrategyNames } from './names.ts';
import { count, duration, oneOf, positiveDuration, trueOrFalse } from './values.ts';

/** The part of the scenario's schema that names the server under test: see schema.ts. */

/** `target.reference`. */
export const referenceTarget = z
  .strictObject({
    topology: oneOf(['single']).default('single'),
    processes: count(1, 16).default(2).describe('Server processes that share one port.'),
    stock: z
      .strictObject({
        strategy: oneOf(stockStrategyNames)
          .default('conditional-update')
          .describe('How stock is counted down.'),
        store: oneOf(orderStoreNames)
          .default('postgres')
          .describe('Where products and orders are kept.'),
        permits: count(1, 1_000)
          .default(strategyDefaults.permits)
          .describe('semaphore: requests of one process that are let in at once.'),
        optimistic: z
          .strictObject({
            retries: count(0, 1_000).default(strategyDefaults.optimistic.retries),
            onExhausted: oneOf(['sold-out', 'overloaded']).default(
              strategyDefaults.optimistic.onExhausted,
            ),
          })
          .prefault({})
          .describe('optimistic-version: tries after the first, and the answer when all failed.'),
        lock: z
          .strictObject({
            ttl: positiveDuration()
              .default(strategyDefaults.lock.ttlMs)
              .describe('How long a lock lives when nobody opens it.'),
            token: trueOrFalse()
              .default(strategyDefaults.lock.token)
              .describe('Whether only the token of its holder opens it.'),
          })
          .prefault({})
          .describe('redis-lock, redis-lock-guarded: the lock in Redis.'),
        warmUp: z
          .union(
            [
              oneOf(['none', 'manual']),
              z.strictObject({
                scheduled: positiveDuration().describe('So long before the opening.'),
              }),
            ],
            { error: 'write none, manual, or { scheduled: 2s } for so long before the opening' },
          )
          .default('none')
          .describe('When cached counts are loaded; none: by the first request that misses one.'),
        recovery: oneOf(recoveryPolicyNames)
          .default('none')
          .describe('What a cached count is loaded with.'),
      })
      .prefault({}),
    stores: z
      .strictObject({
        postgres: z
          .string()
          .optional()
          .describe('URL of your own PostgreSQL; left out, an embedded one is started.'),
        mysql: z
          .string()
          .optional()
          .describe('URL of your own MySQL or MariaDB; left out, a private one is started.'),
        redis: z
          .string()
          .optional()
          .describe(
            'URL of your own Redis; left out, a private one is started where it is needed.',
          ),
      })
      .prefault({}),
    sessions: sessionsSchema.prefault({}),
    rateLimiter: rateLimiterSchema.optional(),
    waitingRoom: waitingRoomSchema.optional(),
    ordering: oneOf(orderingNames)
      .default('sync')
      .describe('When an order is decided: at once (201), or later (202).'),
    publishTimeout: positiveDuration()
      .default(250)
      .describe('How long an order may take into the queue, once its units are taken.'),
    threadPool: z
      .strictObject({
        size: count(1, 10_000).describe('Orders that one process works on at once.'),
        serviceTime: duration().describe('How long each keeps its thread at least.'),
      })
      .optional()
      .describe('A capacity that is known beforehand; left out, what the machine gives.'),
    trustProxy: trueOrFalse()
      .default(false)
      .describe('Whether X-Forwarded-For is believed of a proxy on this machine.'),
    port: count(0, 65_535).default(0).describe('Port to listen on; 0 takes a free one.'),
  })
  .describe('The bundled order server.');
