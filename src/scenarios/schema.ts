import { z } from 'zod';
import { workloadModelNames } from '../policies/models/registry.ts';
import { clientSchema } from './client-schema.ts';
import { fault, when } from './fault-schema.ts';
import { arrivalShapes, devicesPerUser, groupsSchema, refresh } from './group-schema.ts';
import { httpTarget } from './http-schema.ts';
import { stockStrategyNames } from './names.ts';
import { referenceTarget } from './target-schema.ts';
import { thresholdNames } from './threshold-names.ts';
import { parseThreshold } from './thresholds.ts';
import {
  count,
  decimal,
  duration,
  oneOf,
  positiveDuration,
  probability,
  share,
  text,
  trueOrFalse,
} from './values.ts';

/**
 * The scenario file: the one source of its types, defaults, validation and JSON Schema.
 * Every object is strict: an unknown key is an error. Durations become milliseconds, rates become
 * per second, shares become fractions of 1; the names say so only in the file's own words, because
 * the keys are what people write.
 */

const name = text('sale-opening').regex(/^[a-z0-9][a-z0-9-]{0,62}$/, {
  error: 'use lower-case letters, digits and dashes, such as sale-opening',
});

const exponentialTime = z.strictObject({ exponential: positiveDuration() });

const productId = text('sneaker-42').regex(/^[A-Za-z0-9._~-]{1,64}$/, {
  error: 'use letters, digits and . _ ~ -',
});

const product = z.strictObject({
  id: productId,
  stock: count(1, 10_000_000).describe('Units for sale.'),
  limitPerUser: count(1, 10_000_000).optional().describe('Units one person may have.'),
  strategy: oneOf(stockStrategyNames)
    .optional()
    .describe('How this one is counted down; reference target only.'),
});

const instant = z.iso.datetime({ offset: true });

const capturedInstant = z.string().regex(/^\{\{setup\.[A-Za-z]\w*\}\}$/);

const sale = z.strictObject({
  products: z
    .array(product)
    .min(1, { error: 'name at least one product' })
    .max(100, { error: 'name at most 100 products' }),
  opensAt: z
    .union([duration(), instant, capturedInstant], {
      error: 'write a duration such as 3s, or an instant such as 2026-11-27T10:00:00Z',
    })
    .default(3_000)
    .describe('From t = 0 (every device ready), an instant, or a capture of a setup request.'),
  closesAt: z
    .union([duration(), instant], { error: 'write a duration such as 12s, or an instant' })
    .optional(),
});

const quantityShares = z.record(
  z.string().regex(/^([1-9]\d{0,2}|1000)$/, { error: 'write a number of units, 1 to 1000' }),
  share(),
);

const cancel = z
  .strictObject({
    probability: probability(),
    delay: z
      .union([duration(), exponentialTime], {
        error: 'write a duration such as 500ms, or { exponential: 500ms }',
      })
      .default(0),
  })
  .describe('Orders that their buyers withdraw, some time after they were acknowledged.');

const popularity = z
  .union(
    [
      z.literal('uniform'),
      z.strictObject({ zipf: decimal(0, 10).describe('Exponent; 0 is uniform.') }),
    ],
    { error: 'write uniform, or { zipf: 1 }' },
  )
  .default('uniform')
  .describe('Which products are wanted: all alike, or the first most of all.');

const addresses = z
  .strictObject({
    each: oneOf(['user', 'device']).describe('Who has an address of their own.'),
    via: oneOf(['source', 'x-forwarded-for'])
      .default('source')
      .describe('Connects from it (127.0.0.0/8, Linux), or tells of it as a proxy would.'),
  })
  .describe('Where devices come from; left out, all from one address.');

const workload = z.strictObject({
  model: oneOf(workloadModelNames)
    .default('open')
    .describe('Whether a device comes back after a purchase, and how often.'),
  users: count(1, 1_000_000).describe('People.'),
  devicesPerUser: devicesPerUser.default(1),
  concurrentLogins: trueOrFalse()
    .default(false)
    .describe('Whether the devices of a person log in together, or one after the other.'),
  quantity: z
    .union([count(1, 1_000), quantityShares], {
      error: 'write a whole number from 1 to 1000, or shares such as { 1: 80%, 2: 20% }',
    })
    .default(1)
    .describe('Units per purchase.'),
  endsAt: positiveDuration()
    .default(10_000)
    .describe('From t = 0: nobody starts or retries after it.'),
  workers: count(1, 16).optional().describe('Load-generating processes; left out: cores − 1.'),
  connections: z
    .union(
      [
        z.literal('per-device'),
        z.strictObject({
          pool: count(1, 1_000_000).describe('Connections that all devices share.'),
        }),
      ],
      { error: 'write per-device, or a pool such as { pool: 500 }' },
    )
    .default('per-device')
    .describe('One for each device, or a pool: a request that finds none free waits for its turn.'),
  arrivals: arrivalShapes,
  thinkTime: z
    .union([duration(), exponentialTime], {
      error: 'write a duration such as 500ms, or { exponential: 500ms }',
    })
    .optional()
    .describe('From the end of a purchase to the next one of the same device.'),
  stayProbability: probability()
    .optional()
    .describe('partly-open: that a device wants something more after a purchase.'),
  maxPurchases: count(1, 10_000)
    .optional()
    .describe('Of a device, the first one included; left out, 100.'),
  popularity,
  refresh: refresh
    .optional()
    .describe('While waiting, a device reloads the sale page each interval with this probability.'),
  patience: exponentialTime.optional().describe('How long a person tries before giving up.'),
  cancel: cancel.optional(),
  groups: groupsSchema.optional(),
  addresses: addresses.optional(),
});

const event = z.union(
  [
    z.strictObject({
      ...when,
      restock: count(1, 10_000_000).describe('Units added to the stock.'),
      product: productId.optional().describe('May be left out when there is one product.'),
    }),
    z.strictObject({
      ...when,
      warmUp: productId.describe('Loads its cached counts anew, over those that are there.'),
    }),
    z.strictObject({
      ...when,
      close: z.literal(true, { error: 'write true' }).describe('Ends the sale.'),
    }),
  ],
  { error: 'write restock: 50 with a product, warmUp: with a product, or close: true' },
);

const shareOfShoppers = share().optional();

const probes = z
  .strictObject({
    keyReuse: shareOfShoppers.describe('Send their key again with another quantity.'),
    beforeOpen: shareOfShoppers.describe('Order before the opening.'),
    afterClose: shareOfShoppers.describe('Order after the closing.'),
    evictedDevice: shareOfShoppers.describe('Call on all their devices, ended sessions too.'),
    logout: shareOfShoppers.describe('Log a device out during the sale, and go on with its token.'),
    logoutEverywhere: shareOfShoppers.describe(
      'Log all their devices out during the sale, and go on with the tokens.',
    ),
  })
  .describe('Shares of the people who deliberately test a rule.');

const thresholdAdvice = 'write a number such as 0, or a comparison such as "< 800ms"';

const comparison = z
  .string()
  .refine((written) => parseThreshold('', written) !== undefined, { error: thresholdAdvice })
  .meta({ examples: ['< 800ms', '<= 1%', '== 0'] });

const limit = z.union([z.number(), comparison], { error: thresholdAdvice });

const thresholds = z
  .partialRecord(
    oneOf(thresholdNames),
    z.union(
      [
        z.number(),
        comparison,
        z.strictObject({
          limit: limit.describe('A number, or a comparison such as "< 800ms".'),
          abortOnFail: trueOrFalse().default(false).describe('Whether the run ends when it fails.'),
          delayAbortEval: duration()
            .default(0)
            .describe('From the opening: until then abortOnFail does not look.'),
        }),
      ],
      { error: `${thresholdAdvice}, or { limit: 0, abortOnFail: true }` },
    ),
  )
  .describe('Limits on metrics and invariants; a bare number means at most.');

/** The whole file. */
export const scenarioSchema = z
  .strictObject({
    $schema: z.string().optional(),
    name,
    description: text('Sneaker drop.')
      .max(500, { error: 'write at most 500 characters' })
      .optional(),
    seed: count(0, Number.MAX_SAFE_INTEGER).default(42),
    target: z
      .strictObject({ reference: referenceTarget.optional(), http: httpTarget.optional() })
      .refine((target) => (target.reference === undefined) !== (target.http === undefined), {
        error: 'name exactly one target: reference (the bundled server) or http (your own)',
      }),
    allowHosts: z
      .array(z.string())
      .default([])
      .describe('Hosts outside loopback that may be loaded; --allow-remote is needed too.'),
    sale,
    workload,
    client: clientSchema.prefault({}),
    events: z.array(event).max(100, { error: 'name at most 100 events' }).default([]),
    probes: probes.prefault({}),
    faults: z.array(fault).max(100, { error: 'name at most 100 faults' }).default([]),
    thresholds: thresholds.default({}),
  })
  .describe('A flash sale to play and to judge.');

/** A scenario as the program reads it: defaults filled in, units resolved. */
export type Scenario = z.output<typeof scenarioSchema>;
export type ArrivalOptions = Scenario['workload']['arrivals'][number];
export type FaultEntry = Scenario['faults'][number];
export type EventEntry = Scenario['events'][number];
