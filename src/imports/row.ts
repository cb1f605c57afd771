import { type Instant, parseIsoInstant, parseMs, parseNs, plusMs } from '../core/instants.ts';
import {
  notSentCode,
  type Operation,
  type OutcomeClass,
  operations,
} from '../history/vocabulary.ts';
import { ambiguousCode, meaningOf } from './outcomes.ts';

/** Names of the fields of the documented format (docs/reference/history-format.md). */
export const fieldNames = [
  'id',
  'operation',
  'user',
  'device',
  'key',
  'product',
  'quantity',
  'attempt',
  'scheduledAt',
  'scheduledMs',
  'scheduledNs',
  'sentAt',
  'sentMs',
  'sentNs',
  'doneAt',
  'doneMs',
  'doneNs',
  'durationMs',
  'status',
  'outcome',
  'code',
  'orderId',
  'remaining',
  'retryAfterMs',
  'instance',
] as const;
export type FieldName = (typeof fieldNames)[number];

/** A record as it was read: nothing in it is trusted. Empty text and null are no value. */
export type Fields = Readonly<Partial<Record<FieldName, unknown>>>;

/** One request, checked. */
export interface ImportedRow {
  readonly id: string | undefined;
  readonly operation: Operation;
  readonly user: string | undefined;
  readonly device: string | undefined;
  readonly key: string | undefined;
  readonly product: string | undefined;
  readonly quantity: number;
  /** From 1; undefined: to be counted. */
  readonly attempt: number | undefined;
  readonly scheduled: Instant;
  /** Undefined when nothing was sent. */
  readonly sent: Instant | undefined;
  readonly done: Instant;
  readonly status: number;
  readonly outcome: OutcomeClass;
  readonly code: string;
  /** The status alone leaves open what the answer means. */
  readonly ambiguous: boolean;
  readonly orderId: string | undefined;
  readonly remaining: number | undefined;
  readonly retryAfterMs: number | undefined;
  readonly instance: string;
}

const textMax = 512;

class Mistake extends Error {}

/** Checks a record. Returns what is wrong with it as text. */
export function rowOf(fields: Fields): ImportedRow | { readonly mistake: string } {
  try {
    return checkedRow(fields);
  } catch (error) {
    if (error instanceof Mistake) return { mistake: error.message };
    throw error;
  }
}

function checkedRow(fields: Fields): ImportedRow {
  const operation = operationOf(fields);
  const status = integer(fields, 'status', 0, 65_535);
  const toldCode = text(fields, 'code');
  const meaning = meaningOf({
    operation,
    status,
    outcome: text(fields, 'outcome'),
    code: toldCode,
  });
  if ('mistake' in meaning) throw new Mistake(meaning.mistake);
  const done = instant(fields, 'done');
  if (done === undefined) throw new Mistake('doneAt (or doneMs, doneNs) is missing');
  const sent = instant(fields, 'sent') ?? fromDuration(fields, done);
  if (sent === undefined) throw new Mistake('sentAt (or sentMs, sentNs, durationMs) is missing');
  return {
    id: text(fields, 'id'),
    operation,
    user: text(fields, 'user'),
    device: text(fields, 'device'),
    key: text(fields, 'key'),
    product: text(fields, 'product'),
    quantity: integer(fields, 'quantity', 0, 65_535) ?? (operation === 'login' ? 0 : 1),
    attempt: integer(fields, 'attempt', 1, 65_535),
    scheduled: instant(fields, 'scheduled') ?? sent,
    sent: meaning.code === notSentCode ? undefined : sent,
    done,
    status: status ?? 0,
    ...meaning,
    ambiguous: toldCode === undefined && meaning.code === ambiguousCode,
    orderId: text(fields, 'orderId'),
    remaining: integer(fields, 'remaining', -(2 ** 31), 2 ** 31 - 1),
    retryAfterMs: integer(fields, 'retryAfterMs', 0, 2 ** 31),
    instance: text(fields, 'instance') ?? '',
  };
}

function operationOf(fields: Fields): Operation {
  const told = text(fields, 'operation') ?? 'order';
  const found = operations.find((name) => name === told);
  if (found !== undefined) return found;
  throw new Mistake(`operation is "${told}", not ${operations.join(', ')}`);
}

function isAbsent(value: unknown): boolean {
  return value === undefined || value === null || value === '';
}

function text(fields: Fields, name: FieldName): string | undefined {
  const value = fields[name];
  if (isAbsent(value)) return undefined;
  if (typeof value === 'string') {
    if (value.length <= textMax) return value;
    throw new Mistake(`${name} is longer than ${textMax} characters`);
  }
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') {
    return String(value);
  }
  throw new Mistake(`${name} is neither text nor a number`);
}

function integer(fields: Fields, name: FieldName, min: number, max: number): number | undefined {
  const value = fields[name];
  if (isAbsent(value)) return undefined;
  const isNumber =
    typeof value === 'number' ||
    typeof value === 'bigint' ||
    (typeof value === 'string' && /^-?\d+$/.test(value));
  const number = isNumber ? Number(value) : Number.NaN;
  if (Number.isInteger(number) && number >= min && number <= max) return number;
  throw new Mistake(`${name} is ${shown(value)}, not a whole number from ${min} to ${max}`);
}

function instant(fields: Fields, name: 'scheduled' | 'sent' | 'done'): Instant | undefined {
  const [at, ms, ns] = [fields[`${name}At`], fields[`${name}Ms`], fields[`${name}Ns`]];
  if (!isAbsent(at)) return wanted(`${name}At`, at, parseAt(at), 'an ISO 8601 instant with a zone');
  if (!isAbsent(ms)) return wanted(`${name}Ms`, ms, parseMs(ms), 'a number of milliseconds');
  if (!isAbsent(ns)) return wanted(`${name}Ns`, ns, parseNs(ns), 'a whole number of nanoseconds');
  return undefined;
}

function parseAt(value: unknown): Instant | undefined {
  if (value instanceof Date) return parseMs(value.getTime());
  return typeof value === 'string' ? parseIsoInstant(value) : undefined;
}

function wanted(name: string, value: unknown, parsed: Instant | undefined, what: string): Instant {
  if (parsed !== undefined) return parsed;
  throw new Mistake(`${name} is ${shown(value)}, not ${what}`);
}

function fromDuration(fields: Fields, done: Instant): Instant | undefined {
  const value = fields.durationMs;
  if (isAbsent(value)) return undefined;
  const durationMs = typeof value === 'string' ? Number(value) : value;
  if (typeof durationMs !== 'number' || !(durationMs >= 0 && durationMs < 1e12)) {
    throw new Mistake(`durationMs is ${shown(value)}, not a number of milliseconds`);
  }
  return plusMs(done, -durationMs);
}

/** A value for a message: short, on one line. */
function shown(value: unknown): string {
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return text.length > 40 ? `${text.slice(0, 39)}…` : text;
}
