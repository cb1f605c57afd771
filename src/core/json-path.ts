/** Finds values in parsed JSON. The order is that of the document. */
export type JsonPath = (value: unknown) => readonly unknown[];

type Step =
  | { readonly kind: 'member'; readonly name: string }
  | { readonly kind: 'element'; readonly index: number }
  | { readonly kind: 'all' };

const stepPattern =
  /\.([A-Za-z_$][\w$-]*)|\.(\*)|\[(-?\d+)\]|\[(\*)\]|\['((?:[^'\\]|\\.)*)'\]|\["((?:[^"\\]|\\.)*)"\]/y;

/**
 * Compiles the part of JSONPath (RFC 9535) that addresses values: `$`, `.name`, `['name']`, `[0]`,
 * `[-1]`, `.*` and `[*]`. Filters, slices and descendants are left out: a rule that needs them can look
 * at the text instead.
 *
 * @returns undefined when the path is none of that
 */
export function compileJsonPath(path: string): JsonPath | undefined {
  if (!path.startsWith('$')) return undefined;
  const steps: Step[] = [];
  stepPattern.lastIndex = 1;
  while (stepPattern.lastIndex < path.length) {
    const match = stepPattern.exec(path);
    if (match === null) return undefined;
    const [, dotted, dotStar, index, star, single, double] = match;
    const quoted = single ?? double;
    if (dotStar !== undefined || star !== undefined) steps.push({ kind: 'all' });
    else if (index !== undefined) steps.push({ kind: 'element', index: Number(index) });
    else {
      const name = dotted ?? (quoted ?? '').replaceAll(/\\(.)/g, '$1');
      steps.push({ kind: 'member', name });
    }
  }
  return (value) => steps.reduce<readonly unknown[]>((found, step) => follow(found, step), [value]);
}

function follow(values: readonly unknown[], step: Step): readonly unknown[] {
  // Nearly always one value: no list is made for it on the way.
  const [only] = values;
  if (values.length === 1 && step.kind !== 'all') {
    const next = stepInto(only, step);
    return next === undefined ? [] : [next];
  }
  return values.flatMap((value) => {
    if (step.kind === 'all') return membersOf(value);
    const next = stepInto(value, step);
    return next === undefined ? [] : [next];
  });
}

function stepInto(value: unknown, step: Exclude<Step, { kind: 'all' }>): unknown {
  if (step.kind === 'element') return Array.isArray(value) ? value.at(step.index) : undefined;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return Object.hasOwn(value, step.name)
    ? (value as Readonly<Record<string, unknown>>)[step.name]
    : undefined;
}

function membersOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  return typeof value === 'object' && value !== null ? Object.values(value) : [];
}
