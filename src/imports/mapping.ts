import { z } from 'zod';
import { operations, outcomeClasses } from '../history/vocabulary.ts';
import { type FieldName, type Fields, fieldNames } from './row.ts';

/**
 * The mapping file: how the records of a load test say what was asked for and what came of it. Fields
 * of a record are called as the tool calls them: columns, or tags.
 */

const pattern = z
  .string()
  .max(1_000)
  .transform((source, context) => {
    try {
      return new RegExp(source, 'u');
    } catch {
      context.addIssue({ code: 'custom', message: 'write a regular expression' });
      return z.NEVER;
    }
  });

const scalar = z.union([z.string(), z.number(), z.boolean()], {
  error: 'write text or a number',
});

const condition = z
  .strictObject({
    field: z.string().describe('Column or tag.'),
    equals: scalar.optional().describe('The very value.'),
    matches: pattern
      .optional()
      .describe('Regular expression that is found somewhere in the value.'),
  })
  .refine(({ equals, matches }) => (equals === undefined) !== (matches === undefined), {
    error: 'write either equals or matches',
  });

const when = z.union([condition, z.array(condition).min(1)], {
  error: 'write { field: …, equals: … }, or a list of them',
});

const source = z.union(
  [
    z.string(),
    z.strictObject({
      field: z.string(),
      capture: pattern.optional().describe('Takes its first group, or all that it finds.'),
    }),
    z.strictObject({ constant: scalar }),
  ],
  { error: 'write the name of a column or tag, { field, capture }, or { constant }' },
);

/** Fields that can be looked for; operations and outcomes have rules of their own. */
const mapped = fieldNames.filter(
  (name) => name !== 'operation' && name !== 'outcome' && name !== 'code',
);

/** What the file may hold. */
export const mappingSchema = z
  .strictObject({
    operations: z
      .array(z.strictObject({ when, operation: z.enum(operations) }))
      .min(1)
      .optional()
      .describe('What each record asked for: the first that holds. Others are left out.'),
    fields: z
      .partialRecord(z.enum(mapped), source)
      .default({})
      .describe('Where to find key, user, product and so on.'),
    outcomes: z
      .array(z.strictObject({ when, outcome: z.enum(outcomeClasses), code: z.string().optional() }))
      .default([])
      .describe('What each answer meant: the first that holds. Others go by code and status.'),
  })
  .describe('How to read the records of another tool.');

/** A checked mapping file. */
export type Mapping = z.output<typeof mappingSchema>;

/** A record as the tool wrote it: values by column or tag. */
export type RawRecord = Readonly<Record<string, unknown>>;

type Condition = z.output<typeof condition>;
type Source = z.output<typeof source>;

/**
 * The fields of a record by the mapping, beside what its format gives by itself.
 *
 * @returns undefined for a record that `operations` leaves out
 */
export function mappedFields(
  mapping: Mapping,
  record: RawRecord,
  ofFormat: Fields,
): Fields | undefined {
  const rule = mapping.operations?.find(({ when: held }) => holds(held, record));
  if (mapping.operations !== undefined && rule === undefined) return undefined;
  const fields: Partial<Record<FieldName, unknown>> = { ...ofFormat };
  if (rule !== undefined) fields.operation = rule.operation;
  for (const [name, from] of Object.entries(mapping.fields)) {
    fields[name as FieldName] = valueOf(from, record);
  }
  const meaning = mapping.outcomes.find(({ when: held }) => holds(held, record));
  if (meaning !== undefined) {
    fields.outcome = meaning.outcome;
    fields.code = meaning.code;
  }
  return fields;
}

function holds(held: Condition | readonly Condition[], record: RawRecord): boolean {
  return Array.isArray(held)
    ? held.every((one: Condition) => holdsOne(one, record))
    : holdsOne(held as Condition, record);
}

function holdsOne({ field, equals, matches }: Condition, record: RawRecord): boolean {
  const value = textOf(record, field);
  return matches === undefined ? value === String(equals) : matches.test(value);
}

function valueOf(from: Source, record: RawRecord): unknown {
  if (typeof from === 'string') return own(record, from);
  if ('constant' in from) return from.constant;
  if (from.capture === undefined) return own(record, from.field);
  const found = from.capture.exec(textOf(record, from.field));
  return found === null ? undefined : (found[1] ?? found[0]);
}

/** A record's own value: `constructor` is no column. */
function own(record: RawRecord, field: string): unknown {
  return Object.hasOwn(record, field) ? record[field] : undefined;
}

function textOf(record: RawRecord, field: string): string {
  const value = own(record, field);
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint'
    ? String(value)
    : '';
}
