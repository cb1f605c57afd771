import { readFileSync } from 'node:fs';
import { describe, expect, expectTypeOf, it } from 'vitest';
import type { z } from 'zod';
import type { RunResult } from '../../../src/results/result.ts';
import { resultJsonSchema, resultSchema } from '../../../src/results/result-schema.ts';
import { passing } from '../reporters/result-fixture.ts';

type DeepReadonly<T> = T extends readonly (infer Item)[]
  ? readonly DeepReadonly<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: DeepReadonly<T[Key]> }
    : T;

describe('resultSchema', () => {
  it('describes exactly the type RunResult (checked by the compiler)', () => {
    type Twin = DeepReadonly<z.output<typeof resultSchema>>;
    expectTypeOf<Twin>().toEqualTypeOf<DeepReadonly<RunResult>>();
  });

  it('lets fields of a later release pass', () => {
    expect(resultSchema.safeParse({ ...passing, later: 1 }).success).toBe(true);
  });

  it.each([
    { name: 'another schema version', change: { schemaVersion: 2 } },
    { name: 'a verdict of its own', change: { verdict: 'ok' } },
    { name: 'a figure that is no number', change: { wallMs: Number.NaN } },
    { name: 'a negative count', change: { attempts: -1 } },
    { name: 'a missing field', change: { opening: undefined } },
  ])('refuses $name', ({ change }) => {
    expect(resultSchema.safeParse({ ...passing, ...change }).success).toBe(false);
  });

  it('is what result.schema.json says (npm run build && node scripts/write-result-schema.js)', () => {
    const file = new URL('../../../result.schema.json', import.meta.url);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(resultJsonSchema());
  });
});
