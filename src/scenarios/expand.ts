import { isPair, isScalar, isSeq, parseDocument, type Scalar, visit } from 'yaml';
import type { Problem } from '../core/errors.ts';
import { formatPath, keyText, type Path, position, type SourceDocument } from './document.ts';

/** Variables by name, as in `process.env`. */
export type Variables = Readonly<Record<string, string | undefined>>;

const expansion = /\$(\$)?\{([^{}]*)\}/g;
const reference = /^([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?$/s;

/**
 * Expands `${NAME}` and `${NAME:-default}` in every text value, in place. As in the shell, the
 * default stands in for a variable that is unset or empty. A value that is one expansion and nothing
 * else takes the type of what came out (`"${STOCK:-500}"` is a number). `$${` is a plain `${`.
 *
 * @returns a problem for every variable that is not set and has no default
 */
export function expandVariables(source: SourceDocument, variables: Variables): readonly Problem[] {
  const problems: Problem[] = [];
  visit(source.document, {
    Scalar(key, node, path) {
      if (key === 'key' || typeof node.value !== 'string' || !node.value.includes('${')) return;
      if (source.origins.has(node)) return;
      const written = node.value;
      const { text, missing, malformed } = expandText(written, variables);
      const at = node.range ? { location: position(source, node.range[0]) } : {};
      const where = { ...at, path: formatPath(pathOf(path, key)) };
      for (const name of missing) {
        problems.push({
          ...where,
          what: `the environment variable ${name} is not set`,
          fix: `set it, or give a default: \${${name}:-…}`,
        });
      }
      for (const inside of malformed) {
        problems.push({
          ...where,
          what: `\${${inside}} names no environment variable`,
          fix: 'write ${NAME} or ${NAME:-default}, or $${ for a plain ${',
        });
      }
      node.value = isOneExpansion(written) ? retype(text) : text;
      if (text !== written) source.origins.set(node, { kind: 'env', text: written });
    },
  });
  return problems;
}

function expandText(
  written: string,
  variables: Variables,
): { text: string; missing: string[]; malformed: string[] } {
  const missing: string[] = [];
  const malformed: string[] = [];
  const text = written.replace(
    expansion,
    (whole, escaped: string | undefined, inside: string): string => {
      if (escaped !== undefined) return whole.slice(1);
      const [, name, fallback] = reference.exec(inside) ?? [];
      if (name === undefined) {
        malformed.push(inside);
        return '';
      }
      const value = Object.hasOwn(variables, name) ? variables[name] : undefined;
      if (fallback !== undefined) return value === undefined || value === '' ? fallback : value;
      if (value === undefined) missing.push(name);
      return value ?? '';
    },
  );
  return { text, missing, malformed };
}

/** A variable that a text names and that is set. */
interface ExpandedValue {
  readonly name: string;
  readonly value: string;
}

/** The variables whose values a text takes; those whose defaults it takes are left out. */
export function expandedValues(written: string, variables: Variables): readonly ExpandedValue[] {
  return [...written.matchAll(expansion)].flatMap(([, escaped, inside = '']) => {
    const name = reference.exec(inside)?.[1];
    if (escaped !== undefined || name === undefined || !Object.hasOwn(variables, name)) return [];
    const value = variables[name] ?? '';
    return value === '' ? [] : [{ name, value }];
  });
}

function isOneExpansion(written: string): boolean {
  return /^\$\{[^{}]*\}$/.test(written);
}

/** Reads text as a plain YAML scalar: `5` is a number, `true` a boolean, the rest stays text. */
function retype(text: string): Scalar['value'] {
  if (text.length > 100) return text;
  const document = parseDocument(text, { prettyErrors: false });
  const { contents, errors, warnings } = document;
  const readable = errors.length === 0 && warnings.length === 0;
  if (!readable || !isScalar(contents)) return text;
  const { value } = contents;
  return typeof value === 'number' || typeof value === 'boolean' ? value : text;
}

/** The way to a node that `visit` has come to by these ancestors. */
export function pathOf(ancestors: readonly unknown[], key: unknown): Path {
  const path: (string | number)[] = [];
  ancestors.forEach((ancestor, index) => {
    if (isPair(ancestor)) path.push(keyText(ancestor.key));
    if (!isSeq(ancestor)) return;
    const child = ancestors[index + 1];
    path.push(child === undefined ? Number(key) : ancestor.items.indexOf(child));
  });
  return path;
}
