import { z } from 'zod';
import { parseDurationMs } from '../core/units.ts';
import type { Contract } from '../history/contract.ts';
import { operations } from '../history/vocabulary.ts';

/** The contract file: what the server under test promised. Words and units are the scenario's. */

const whole = (min: number, max: number) =>
  z
    .int({ error: `write a whole number from ${min} to ${max}` })
    .min(min)
    .max(max);

const duration = z
  .string({ error: 'write a duration with its unit, such as 250ms' })
  .transform((text, context) => {
    const ms = parseDurationMs(text);
    if (ms !== undefined) return ms;
    context.addIssue({ code: 'custom', message: 'write a duration with its unit, such as 250ms' });
    return z.NEVER;
  });

const instant = z.iso
  .datetime({ offset: true, error: 'write an instant such as 2026-11-27T10:00:00Z' })
  .transform((text) => Date.parse(text));

const product = z.strictObject({
  id: z.string().min(1).max(512).describe('As the history and the store call it.'),
  stock: whole(0, 1_000_000_000).describe('Units for sale when the sale opens.'),
  limitPerUser: whole(1, 1_000_000_000).optional().describe('Units one person may have.'),
});

/** What the file may hold. */
export const contractFileSchema = z
  .strictObject({
    name: z.string().max(63).default('imported').describe('Name in the report.'),
    products: z.array(product).min(1, { error: 'name at least one product' }).max(1_000),
    opensAt: instant.optional(),
    closesAt: instant.optional(),
    maximumSessions: whole(1, 1_000).optional(),
    onExceed: z.enum(['terminate-oldest', 'deny']).optional(),
    grace: duration.optional(),
    sessionLife: duration.optional(),
    endsOnLogout: z.boolean().optional(),
    completion: duration.optional(),
    clockTolerance: duration.optional(),
    exactRemaining: z.boolean().optional(),
    rejectsKeyReuse: z.boolean().optional(),
    rateLimit: z
      .strictObject({
        algorithm: z.string(),
        key: z.enum(['user', 'device', 'address', 'global']),
        limit: whole(1, 1_000_000_000),
        window: duration,
        operations: z.array(z.enum(operations)).min(1).optional(),
      })
      .optional(),
  })
  .refine(({ products }) => new Set(products.map(({ id }) => id)).size === products.length, {
    path: ['products'],
    error: 'two products have the same id',
  });

/** A contract file as read: its contract and the name of what is judged. */
export interface NamedContract {
  readonly name: string;
  readonly contract: Contract;
}

/** The contract in the units of the program. */
export function contractOf(file: z.output<typeof contractFileSchema>): NamedContract {
  const { name, rateLimit } = file;
  const contract: Contract = {
    products: file.products.map(({ id, stock, limitPerUser }) => ({
      id,
      stock,
      ...(limitPerUser === undefined ? {} : { limitPerUser }),
    })),
    ...defined('opensAtMs', file.opensAt),
    ...defined('closesAtMs', file.closesAt),
    ...defined('maximumSessions', file.maximumSessions),
    ...defined('onExceed', file.onExceed),
    ...defined('graceMs', file.grace),
    ...defined('sessionLifeMs', file.sessionLife),
    ...defined('endsOnLogout', file.endsOnLogout),
    ...defined('completionMs', file.completion),
    ...defined('clockToleranceMs', file.clockTolerance),
    ...defined('exactRemaining', file.exactRemaining),
    ...defined('rejectsKeyReuse', file.rejectsKeyReuse),
    ...(rateLimit === undefined
      ? {}
      : {
          rateLimit: {
            algorithm: rateLimit.algorithm,
            key: rateLimit.key,
            limit: rateLimit.limit,
            windowMs: rateLimit.window,
            ...defined('operations', rateLimit.operations),
          },
        }),
  };
  return { name, contract };
}

function defined<K extends string, V>(
  key: K,
  value: V | undefined,
): Partial<Record<K, Exclude<V, undefined>>> {
  return value === undefined ? {} : ({ [key]: value } as Partial<Record<K, Exclude<V, undefined>>>);
}
