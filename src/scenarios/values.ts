import { z } from 'zod';
import { parseDurationMs, parsePercent, parseRatePerS } from '../core/units.ts';

/**
 * The scalar vocabulary of a scenario: what people write (`250ms`, `500/s`, `20%`) and what the
 * program reads (milliseconds, per second, a share of 1). The input side goes into the JSON Schema.
 */

type Parse = (text: string) => number | undefined;

/** A number that is written as text with a unit. */
type Written = z.ZodType<number, string>;

function written(parse: Parse, kind: string, example: string, pattern: string): Written {
  return z
    .string({ error: `write ${kind} with its unit, such as ${example}` })
    .meta({ pattern, examples: [example] })
    .transform((text, context) => {
      const value = parse(text);
      if (value !== undefined) return value;
      context.addIssue({
        code: 'custom',
        message: `write ${kind} with its unit, such as ${example}`,
      });
      return z.NEVER;
    });
}

const hourMs = 3_600_000;

/**
 * A duration in milliseconds, zero allowed. Written `250ms`, `3s`, `1.5m`. None is longer than an
 * hour: a run must end by itself, and timers overflow after 24 days.
 */
export const duration = (): Written =>
  written(
    parseDurationMs,
    'a duration',
    '250ms',
    String.raw`^(\d+(\.\d+)?|\.\d+)\s*(us|ms|s|m|min|h)$`,
  ).refine((ms) => ms <= hourMs, { error: 'write at most 1h' });

/** A duration that may be negative, in milliseconds. Written `2s`, `-500ms`; an hour at most either way. */
export const offset = (): Written =>
  written(
    (text) => {
      const [, minus, rest = ''] = /^\s*(-?)(.*)$/s.exec(text) ?? [];
      const ms = parseDurationMs(rest);
      return ms === undefined || minus === '' ? ms : 0 - ms;
    },
    'a duration',
    '-500ms',
    String.raw`^-?(\d+(\.\d+)?|\.\d+)\s*(us|ms|s|m|min|h)$`,
  ).refine((ms) => Math.abs(ms) <= hourMs, { error: 'write at most 1h' });

/** A duration above zero, in milliseconds. */
export const positiveDuration = (): Written =>
  duration().refine((ms) => ms > 0, { error: 'write a duration longer than 0, such as 250ms' });

/** A rate per second, zero allowed. Written `500/s`, `30/m`. */
export const rateOrNone = (): Written =>
  written(parseRatePerS, 'a rate', '500/s', String.raw`^(\d+(\.\d+)?|\.\d+)\s*/\s*(s|m|min|h)$`);

/** A rate per second, above zero. */
export const rate = (): Written =>
  rateOrNone().refine((perS) => perS > 0, { error: 'write a rate above 0/s' });

/** A share of a whole, 0 to 1. Written `20%`. */
export const share = (): Written =>
  written(parsePercent, 'a share', '20%', String.raw`^(\d+(\.\d+)?|\.\d+)\s*%$`).refine(
    (value) => value <= 1,
    { error: 'write at most 100%' },
  );

/** A share above zero, up to 1. */
export const positiveShare = (): Written =>
  share().refine((value) => value > 0, { error: 'write a share above 0%' });

const probabilityAdvice = 'write a probability from 0 to 1, such as 0.3 or 30%';

/** A probability from 0 to 1, written as a number or as a percentage. */
export const probability = (): z.ZodType<number, number | string> =>
  z.union(
    [z.number().min(0, probabilityAdvice).max(1, probabilityAdvice), share()],
    probabilityAdvice,
  );

/** A whole number within bounds. */
export const count = (min: number, max: number): z.ZodType<number, number> =>
  z
    .int({ error: `write a whole number from ${min} to ${max}` })
    .min(min, { error: `write a whole number from ${min} to ${max}` })
    .max(max, { error: `write a whole number from ${min} to ${max}` });

/** A number within bounds, both included. */
export const decimal = (min: number, max: number): z.ZodType<number, number> =>
  z
    .number({ error: `write a number from ${min} to ${max}` })
    .min(min, { error: `write a number from ${min} to ${max}` })
    .max(max, { error: `write a number from ${min} to ${max}` });

/** Yes or no, written as YAML has it. */
export const trueOrFalse = (): z.ZodBoolean => z.boolean({ error: 'write true or false' });

/** One of a few words. */
export const oneOf = <const Word extends string>(words: readonly Word[]): z.ZodType<Word, Word> =>
  z.enum(words, { error: `write ${listOf(words)}` });

/** `a, b or c`. */
export function listOf(words: readonly string[]): string {
  return words.length < 2
    ? words.join('')
    : `${words.slice(0, -1).join(', ')} or ${words.at(-1) ?? ''}`;
}

/** What can be named in a scenario, from the registry that has it. */
export function namesOf<Name extends string>(
  registry: Readonly<Record<Name, unknown>>,
): readonly Name[] {
  return Object.keys(registry) as Name[];
}

/** The advice for a map whose `type` is none of `types`, or which is no map at all. */
export function oneOfTypes(types: readonly string[]): (issue: { code?: unknown }) => string {
  return ({ code }) =>
    code === 'invalid_type'
      ? `write keys and values, such as { type: ${types[0] ?? ''} }`
      : `write ${listOf(types)}`;
}

/** Text, possibly of a given form. `example` is what a good value looks like. */
export const text = (example: string): z.ZodString =>
  z.string({ error: `write text, such as ${example}` });
