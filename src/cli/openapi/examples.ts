import { isNode, mapAt, type Node, type OpenApi, textAt } from './document.ts';
import { toDo } from './marker.ts';

/** Deeper schemas are cut off: a schema may hold itself. */
const depthMax = 6;

/** What a field is likely to take, by its name; the first that fits. */
const guesses: readonly (readonly [name: RegExp, template: string])[] = [
  [/idempoten|request-?id|client-?token|dedup/i, '{{key}}'],
  [/e-?mail/i, '{{user.id}}@example.com'],
  [/user|customer|buyer|account|login|client|shopper|\bmember/i, '{{user.id}}'],
  [/device/i, '{{device.id}}'],
  [/order|reservation|booking|purchase/i, '{{order.id}}'],
  [/product|sku|item|article|variant|offer/i, '{{product.id}}'],
  [/quantity|qty|units|count|amount/i, '{{quantity}}'],
];

/** The placeholder for a field or a parameter; undefined when its name says nothing. */
export function placeholderFor(name: string, known: readonly string[]): string | undefined {
  const words = name.replaceAll(/([a-z0-9])([A-Z])/g, '$1-$2').replaceAll('_', '-');
  return guesses.find(
    ([pattern, template]) =>
      pattern.test(words) && known.some((placeholder) => template.includes(placeholder)),
  )?.[1];
}

/** A value for a schema: with placeholders where names say what is meant, else its examples. */
export function valueFor(
  api: OpenApi,
  written: unknown,
  known: readonly string[],
  name = '',
  depth = 0,
): unknown {
  const schema = merged(api, written);
  const type = typeOf(schema);
  if (type === 'object' && depth < depthMax) {
    const required = schema['required'];
    const isNeeded = (key: string): boolean =>
      !Array.isArray(required) ||
      required.includes(key) ||
      placeholderFor(key, known) !== undefined;
    return Object.fromEntries(
      Object.entries(mapAt(schema, 'properties'))
        .filter(([key]) => isNeeded(key))
        .map(([key, member]) => [inertText(key), valueFor(api, member, known, key, depth + 1)]),
    );
  }
  if (type === 'array' && depth < depthMax) {
    return [valueFor(api, schema['items'], known, name, depth + 1)];
  }
  const template = placeholderFor(name, known);
  if (template !== undefined && type !== 'boolean') return template;
  return exampleOf(schema, type);
}

function exampleOf(schema: Node, type: string): unknown {
  const { example, examples, enum: values } = schema;
  const listed = (list: unknown): unknown =>
    Array.isArray(list) ? (list as unknown[])[0] : undefined;
  const found =
    example ?? listed(examples) ?? schema['default'] ?? schema['const'] ?? listed(values);
  if (found !== undefined) return inert(found);
  if (type === 'integer' || type === 'number') return 1;
  if (type === 'boolean') return true;
  return toDo;
}

/** A value of the file that nothing is to be filled into, nor into the names of its fields. */
export function inert(value: unknown): unknown {
  if (typeof value === 'string') return inertText(value);
  if (Array.isArray(value)) return value.map(inert);
  if (!isNode(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [inertText(key), inert(member)]),
  );
}

function inertText(text: string): string {
  return text.replaceAll('{{', '{ {');
}

function typeOf(schema: Node): string {
  const { type } = schema;
  const [first] = Array.isArray(type)
    ? (type as unknown[]).filter((one) => one !== 'null')
    : [type];
  if (typeof first === 'string') return first;
  return isNode(schema['properties']) ? 'object' : 'string';
}

/** A schema with what `allOf` adds to it; of a choice the first. */
function merged(api: OpenApi, written: unknown): Node {
  const schema = api.follow(written);
  const parts = ['allOf', 'oneOf', 'anyOf'].flatMap((key) => {
    const list = schema[key];
    if (!Array.isArray(list)) return [];
    return key === 'allOf' ? (list as unknown[]) : (list as unknown[]).slice(0, 1);
  });
  return parts.reduce<Node>((whole, part) => {
    const more = api.follow(part);
    const properties = { ...mapAt(whole, 'properties'), ...mapAt(more, 'properties') };
    const hasAny = Object.keys(properties).length > 0;
    return { ...more, ...whole, ...(hasAny ? { properties } : {}) };
  }, schema);
}

/** Where in an answer a field with such a name is, as a JSONPath; the one nearest to the top. */
export function pathTo(api: OpenApi, written: unknown, name: RegExp): string | undefined {
  let level: { readonly path: string; readonly schema: unknown }[] = [
    { path: '$', schema: written },
  ];
  for (let depth = 0; depth < depthMax && level.length > 0; depth += 1) {
    const fields = level.flatMap(({ path, schema }) =>
      Object.entries(mapAt(merged(api, schema), 'properties'))
        .filter(([key]) => /^[A-Za-z_]\w*$/.test(key))
        .map(([key, member]) => ({ key, path: `${path}.${key}`, schema: member })),
    );
    const found = fields.find(
      ({ key, schema }) => name.test(key) && typeOf(merged(api, schema)) !== 'object',
    );
    if (found !== undefined) return found.path;
    level = fields;
  }
  return undefined;
}

/** The schema of a body of JSON, or of a form. */
export function contentOf(
  api: OpenApi,
  holder: unknown,
):
  | { readonly kind: 'json' | 'form'; readonly schema: unknown; readonly example: unknown }
  | undefined {
  const content = mapAt(api.follow(holder), 'content');
  const names = Object.keys(content);
  const json = names.find((name) => /json/i.test(name));
  const form = names.find((name) => /x-www-form-urlencoded/i.test(name));
  const name = json ?? form;
  if (name === undefined) return undefined;
  const media = mapAt(content, name);
  return {
    kind: json === undefined ? 'form' : 'json',
    schema: media['schema'],
    example: media['example'],
  };
}

/** What people are told of something. */
export function descriptionOf(node: Node): string {
  return textAt(node, 'description') || textAt(node, 'summary');
}
