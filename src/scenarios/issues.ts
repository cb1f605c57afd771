import type { z } from 'zod';
import { formatPath, type Path } from './document.ts';
import { constantsAt, keysAt, memberOf, placesOf } from './json-schema.ts';
import { nearest } from './suggest.ts';
import { invariantNames, thresholdNames } from './threshold-names.ts';
import { listOf } from './values.ts';

/** A mistake, before its place in the file is known. */
export interface Finding {
  readonly path: Path;
  /** What to point at. */
  readonly at: 'key' | 'value';
  readonly what: string;
  readonly fix: string;
}

/** What a finding may say of the values it is about. */
export interface Values {
  /** The whole scenario, as plain values. */
  readonly raw: unknown;
  /** How to quote the value at `path`: values from the environment may be secrets. */
  readonly quote: (path: Path, value: unknown) => string;
  /** Whether the value at `path` was given by `--set`. */
  readonly isOverride: (path: Path) => boolean;
}

type Issue = z.core.$ZodIssue;

/** Lists longer than this are left to `flashsim list`. */
const namesShownMax = 12;

/** One finding for each mistake that the schema found. */
export function findingsOf(issues: readonly Issue[], values: Values): readonly Finding[] {
  const findings = issues.flatMap((issue) => describe(issue, issue.path as Path, values));
  // A misspelt key is one mistake: that the right one is missing goes without saying.
  const meant = new Set(findings.map(({ instead }) => instead && formatPath(instead)));
  return findings.filter(({ path, isMissing }) => !(isMissing && meant.has(formatPath(path))));
}

interface Described extends Finding {
  /** The path that was evidently meant. */
  readonly instead?: Path | undefined;
  readonly isMissing?: boolean;
}

function describe(issue: Issue, path: Path, values: Values): readonly Described[] {
  const value = path.reduce(memberOf, values.raw);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => unknownKey([...path, key], values));
  }
  if (issue.code === 'invalid_key') {
    return [badKey(path, issue.issues[0]?.message ?? issue.message)];
  }
  if (issue.code === 'custom' && formatPath(path) === 'target') return [targetCount(value)];
  if (issue.code === 'invalid_union' && value !== undefined) {
    const meant = branchMeant(issue.errors);
    if (meant !== undefined) {
      return meant.flatMap((inner) => describe(inner, [...path, ...(inner.path as Path)], values));
    }
  }
  return [value === undefined ? missing(path, issue) : wrongValue(path, value, issue, values)];
}

/**
 * The branch of a union that was evidently meant: of those that accept this kind of value, the one
 * with the fewest unknown keys, then the fewest mistakes. Undefined when no branch takes the kind.
 */
function branchMeant(errors: readonly (readonly Issue[])[]): readonly Issue[] | undefined {
  const structured = errors.filter((issues) =>
    issues.every(
      (issue) =>
        issue.path.length > 0 || issue.code === 'unrecognized_keys' || issue.code === 'custom',
    ),
  );
  const unknownKeys = (issues: readonly Issue[]): number =>
    issues.reduce(
      (sum, issue) => sum + (issue.code === 'unrecognized_keys' ? issue.keys.length : 0),
      0,
    );
  const [best] = [...structured].sort(
    (a, b) => unknownKeys(a) - unknownKeys(b) || typos(b) - typos(a) || a.length - b.length,
  );
  if (best?.some((issue) => issue.path.length > 0 || issue.code === 'unrecognized_keys') === true) {
    return best;
  }
  // A refinement that failed on a value of the right kind, such as shares that do not add up.
  return best?.some((issue) => issue.code === 'custom' && !('params' in issue)) === true &&
    errors.length > structured.length
    ? best
    : undefined;
}

/** Unknown keys that are nearly one that is missing. */
function typos(issues: readonly Issue[]): number {
  const missing = issues.flatMap(({ path }) => (path.length === 1 ? [String(path[0])] : []));
  return issues
    .flatMap((issue) => (issue.code === 'unrecognized_keys' ? issue.keys : []))
    .filter((key) => nearest(key, missing) !== undefined).length;
}

const ofGroups = 'workload.groups[].';

/** Where else a key can stand. What a group can say of itself, the file says of everybody elsewhere. */
function placesFor(key: string, here: string): readonly string[] {
  const places = placesOf(key);
  const isCopy = (place: string): boolean =>
    place.startsWith(ofGroups) &&
    ['workload.', 'client.'].some((map) => places.includes(map + place.slice(ofGroups.length)));
  return places.filter((place) => place !== here && !isCopy(place));
}

function unknownKey(path: Path, values: Values): Described {
  if (path[0] === 'thresholds') return badKey(path, '');
  const key = String(path.at(-1));
  const parent = path.slice(0, -1);
  const known = keysAt(parent, values.raw);
  const near = nearest(key, known);
  // A key of another choice of the same map, such as of another `type`, belongs nowhere else.
  const here = formatPath(path).replaceAll(/\[\d+\]/g, '[]');
  const places = near === undefined ? placesFor(key, here) : [];
  let fix = `keys that can stand here: ${known.join(', ')}`;
  if (near !== undefined) {
    const name = values.isOverride(path) ? formatPath([...parent, near]) : near;
    fix = `did you mean "${name}"?`;
  } else if (places.length > 0) {
    fix = `it belongs in ${listOf(places.slice(0, 3))}`;
  }
  return {
    path,
    at: 'key',
    what: `unknown key "${key.slice(0, 80)}"`,
    fix,
    instead: near === undefined ? undefined : [...parent, near],
  };
}

function badKey(path: Path, message: string): Finding {
  const key = String(path.at(-1)).slice(0, 80);
  if (path[0] !== 'thresholds') {
    return { path, at: 'key', what: `"${key}" cannot be a key here`, fix: message };
  }
  const near = nearest(key, thresholdNames);
  const fix =
    near === undefined
      ? `name an invariant (${invariantNames.join(', ')}) or a metric (\`flashsim list\` shows them)`
      : `did you mean "${near}"?`;
  return { path, at: 'key', what: `no metric or invariant is called "${key}"`, fix };
}

function targetCount(target: unknown): Finding {
  const both =
    memberOf(target, 'reference') !== undefined && memberOf(target, 'http') !== undefined;
  return both
    ? {
        path: ['target', 'http'],
        at: 'key',
        what: 'two targets are named: reference and http',
        fix: "keep one; from the command line, --set 'target={http: {baseUrl: …}}' replaces both",
      }
    : {
        path: ['target'],
        at: 'key',
        what: 'no target is named',
        fix: 'write reference: {} for the bundled server, or http: { baseUrl: … } for your own',
      };
}

function missing(path: Path, issue: Issue): Described {
  if (formatPath(path) === 'target') return { ...targetCount(undefined), isMissing: true };
  const key = leafOf(path);
  return {
    path,
    at: 'key',
    what: `"${key}" is missing`,
    fix: `add it: ${adviceOf(issue)}`,
    isMissing: true,
  };
}

function wrongValue(path: Path, value: unknown, issue: Issue, values: Values): Finding {
  const leaf = path.length === 0 ? 'the scenario' : leafOf(path);
  const advice = adviceOf(issue);
  if (value === null) return { path, at: 'key', what: `"${leaf}" has no value`, fix: advice };
  const shown = values.quote(path, value);
  const words = wordsOf(issue, path, values);
  const near = typeof value === 'string' ? nearest(value, words) : undefined;
  return {
    path,
    at: 'value',
    what: `${leaf} cannot be ${shown}`,
    fix: near === undefined || near === value ? advice : suggestion(near, words, advice),
  };
}

/** The words that the value at `path` may be, where the schema has a list of them. */
function wordsOf(issue: Issue, path: Path, { raw }: Values): readonly string[] {
  if (issue.code === 'invalid_value') return issue.values.map(String);
  const isDiscriminator = issue.code === 'invalid_union' && issue.discriminator === path.at(-1);
  return isDiscriminator ? constantsAt(path, raw) : [];
}

/** A longer list would bury the name that was meant. */
const wordsListedMax = 8;

function suggestion(near: string, words: readonly string[], advice: string): string {
  const listed = words.length > 1 && words.length <= wordsListedMax;
  return `did you mean "${near}"?${listed ? ` ${capital(advice)}` : ''}`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** `products[0]` for an entry of a list, the key for the rest. */
function leafOf(path: Path): string {
  const last = path.at(-1);
  if (typeof last !== 'number') return last ?? 'the scenario';
  return `${leafOf(path.slice(0, -1))}[${last}]`;
}

/** What to write instead: the schema's own words, or those that follow from the expected type. */
function adviceOf(issue: Issue): string {
  if (issue.code === 'invalid_value' && issue.values.length > namesShownMax) {
    return 'write one of the names that `flashsim list` shows';
  }
  if (!/^(Invalid|Too |Unrecognized)/.test(issue.message)) return issue.message;
  if (issue.code !== 'invalid_type') return 'write a value that docs/reference/scenario.md allows';
  return adviceOfType[issue.expected] ?? `write a ${issue.expected}`;
}

const adviceOfType: Partial<Record<string, string>> = {
  object: 'write keys and values, indented below it or in { }',
  record: 'write keys and values, indented below it or in { }',
  array: 'write a list, in [ ] or with a dash before each entry',
  string: 'write text',
  boolean: 'write true or false',
};
