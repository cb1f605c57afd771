import { isScalar, visit } from 'yaml';
import { isSecretName, literalsOf, secretsOfQuery, secretsOfUrls } from '../core/secrets.ts';
import type { SourceDocument } from './document.ts';
import { expandedValues, pathOf, type Variables } from './expand.ts';

/** Parts of `target.http` in which a value of the environment is taken for a secret. */
const confidential: ReadonlySet<string> = new Set([
  'headers',
  'requests',
  'setup',
  'announce',
  'teardown',
  'truth',
]);

/**
 * The secrets that a scenario holds, whether or not it is valid:
 *
 * - passwords and secret parameters of every URL in it;
 * - in `target.http`, what stands under a name that says so (`Authorization`, `password`, `apiKey`, …), in
 *   headers, bodies, forms and queries, but for placeholders;
 * - values of environment variables that are called like a secret, and of all others that stand in
 *   requests, headers and probes.
 *
 * @param values the document as plain values, variables expanded
 */
export function secretsOf(
  source: SourceDocument,
  values: unknown,
  variables: Variables,
): readonly string[] {
  return [...urlsIn(values), ...namedIn(httpOf(values)), ...expandedIn(source, variables)];
}

function memberOf(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
}

function httpOf(values: unknown): unknown {
  return memberOf(memberOf(values, 'target'), 'http');
}

/** Every text below a value, with the names that lead there. */
function* textsIn(
  value: unknown,
  path: readonly string[] = [],
): Generator<readonly [readonly string[], string]> {
  if (typeof value === 'string' || typeof value === 'number') yield [path, String(value)];
  else if (typeof value === 'object' && value !== null) {
    for (const [key, member] of Object.entries(value)) yield* textsIn(member, [...path, key]);
  }
}

function urlsIn(values: unknown): string[] {
  return [...textsIn(values)].flatMap(([, text]) => secretsOfUrls(text));
}

/** What a name says is one. Captures and rules say where something is, and what it is called. */
function namedIn(http: unknown): string[] {
  return [...textsIn(http)].flatMap(([path, text]) => {
    if (path.some((name) => name === 'capture' || name === 'outcomes')) return [];
    const name = path.at(-1) ?? '';
    if (name === 'path') return secretsOfQuery(text);
    if (name === 'body') return namedInText(text);
    if (/^(?:set-)?cookie$/i.test(name)) {
      return text.split(';').flatMap((pair) => literalsOf(pair.replace(/^[^=]*=/, '')));
    }
    return isSecretName(name) ? literalsOf(text) : [];
  });
}

/** Fields of a body that is written as text: a form, XML or JSON. */
function namedInText(text: string): string[] {
  const field = /([\w-]{1,60})["']?\s*[=:>]\s*["']?([^"'&<>\s,;}]+)/g;
  return [...text.matchAll(field)].flatMap(([, name = '', value = '']) =>
    isSecretName(name) ? literalsOf(value) : [],
  );
}

function expandedIn(source: SourceDocument, variables: Variables): string[] {
  const found: string[] = [];
  visit(source.document, {
    Scalar(key, node, ancestors) {
      const origin = source.origins.get(node);
      if (key === 'key' || !isScalar(node) || origin?.kind !== 'env') return;
      const isUrl = /^[a-z][a-z0-9+.-]*:\/\//i.test(String(node.value));
      const kept = !isUrl && isConfidential(pathOf(ancestors, key));
      for (const { name, value } of expandedValues(origin.text, variables)) {
        // Figures and addresses are in every report, and URLs were looked at above.
        const isTelling = !/^[\d.,:]*$/.test(value) && !/^\w+:\/\//.test(value);
        if (isSecretName(name) || (kept && isTelling)) found.push(value);
      }
    },
  });
  return found;
}

function isConfidential(path: readonly (string | number)[]): boolean {
  const [target, http, part = ''] = path;
  return target === 'target' && http === 'http' && confidential.has(String(part));
}
