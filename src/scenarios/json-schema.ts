import { z } from 'zod';
import { scenarioSchema } from './schema.ts';

/** Where editors fetch the schema from; scenario files name it in their first line. */
export const schemaUrl = 'https://unpkg.com/flashsim/scenario.schema.json';

/** The part of JSON Schema (draft 7) that the generated schema uses. */
export interface JsonSchema {
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly description?: string;
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
  readonly pattern?: string;
  readonly format?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: JsonSchema | false;
  readonly propertyNames?: JsonSchema;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
}

let made: JsonSchema | undefined;

/** The JSON Schema (draft 7) of a scenario as people write it. */
export function scenarioJsonSchema(): JsonSchema {
  made ??= {
    ...(z.toJSONSchema(scenarioSchema, { io: 'input', target: 'draft-7' }) as JsonSchema),
    $id: schemaUrl,
    title: 'flashsim scenario',
  } as JsonSchema;
  return made;
}

/** Schemas that the value at `path` may follow; several where the file has a choice. */
export function schemasAt(
  path: readonly (string | number)[],
  value: unknown,
): readonly JsonSchema[] {
  let found = branches(scenarioJsonSchema(), value);
  let current = value;
  for (const part of path) {
    current = memberOf(current, part);
    found = found.flatMap((schema) => {
      const next =
        typeof part === 'number'
          ? schema.items
          : (schema.properties?.[part] ?? additional(schema, part));
      return next === undefined ? [] : branches(next, current);
    });
  }
  return found;
}

function additional(
  { additionalProperties, propertyNames }: JsonSchema,
  key: string,
): JsonSchema | undefined {
  const { enum: names, pattern } = propertyNames ?? {};
  const isName = names?.includes(key) ?? new RegExp(pattern ?? '').test(key);
  return additionalProperties === false || !isName ? undefined : additionalProperties;
}

/**
 * The choices of a union, less those whose constant key (`type: herd`) says otherwise; of the rest those
 * alone that lack no key, if there are any (`kill: …` makes a fault of one kind).
 */
function branches(schema: JsonSchema, value: unknown): readonly JsonSchema[] {
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices === undefined) return [schema];
  const fitting = choices.filter(({ properties = {}, required = [] }) =>
    Object.entries(properties).every(([key, { const: constant }]) => {
      const given = memberOf(value, key);
      const mayBeLeftOut = given === undefined && !required.includes(key);
      return constant === undefined || given === constant || mayBeLeftOut;
    }),
  );
  const whole = fitting.filter(({ required }) =>
    required?.every((key) => memberOf(value, key) !== undefined),
  );
  const [best = choices] = [whole, fitting].filter(({ length }) => length > 0);
  return best.flatMap((choice) => branches(choice, value));
}

/** `value[part]`, or undefined where there is none. */
export function memberOf(value: unknown, part: string | number): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined;
  return (value as Record<string | number, unknown>)[part];
}

/** Keys that may stand in the map at `path`. */
export function keysAt(path: readonly (string | number)[], value: unknown): readonly string[] {
  const keys = schemasAt(path, value).flatMap((schema) => [
    ...Object.keys(schema.properties ?? {}),
    ...(schema.propertyNames?.enum ?? []).map(String),
  ]);
  return [...new Set(keys)].filter((key) => key !== '$schema');
}

/** The words that choose between maps at `path`, such as those of `type`. */
export function constantsAt(path: readonly (string | number)[], value: unknown): readonly string[] {
  return schemasAt(path, value).flatMap(({ const: constant }) =>
    typeof constant === 'string' ? [constant] : [],
  );
}

/** Every place where a key of that name may stand, such as `sale.products[].limitPerUser`. */
export function placesOf(key: string): readonly string[] {
  const places = new Set<string>();
  const walk = (schema: JsonSchema, at: string): void => {
    for (const [name, member] of Object.entries(schema.properties ?? {})) {
      const path = at === '' ? name : `${at}.${name}`;
      if (name === key) places.add(path);
      walk(member, path);
    }
    if (schema.items !== undefined) walk(schema.items, `${at}[]`);
    for (const choice of schema.anyOf ?? schema.oneOf ?? []) walk(choice, at);
  };
  walk(scenarioJsonSchema(), '');
  return [...places];
}

/** Some value that the schema accepts: stands in for one that was wrong, so that the rest can be judged. */
export function standInFor(schema: JsonSchema): unknown {
  const [first] = [...(schema.examples ?? []), ...(schema.enum ?? [])];
  const given = schema.default ?? schema.const ?? first ?? schema.minimum;
  if (given !== undefined) return given;
  const [choice] = schema.anyOf ?? schema.oneOf ?? [];
  if (choice !== undefined) return standInFor(choice);
  if (schema.type === 'array') return schema.items === undefined ? [] : [standInFor(schema.items)];
  if (schema.type !== 'object') return schema.format === 'uri' ? 'http://localhost' : 'x';
  const members = (schema.required ?? []).flatMap((key) => {
    const member = schema.properties?.[key];
    return member === undefined ? [] : [[key, standInFor(member)] as const];
  });
  return Object.fromEntries(members);
}
