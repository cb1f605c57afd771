import type { Json } from '../../core/json.ts';
import type { RunResult } from '../result.ts';

/** More differences than these are another scenario anyway. */
const differencesMax = 12;

/** Parts of a scenario that say what is asked of the server; the rest says what is done to it. */
const demandKeys = ['sale', 'workload', 'client', 'events', 'probes'];

/** Settings that change nothing about a run. */
const untold = /^(?:seed|name|description):/;

/** Settings in which the scenarios of two sides differ, as `path: before → after`. */
export function differencesOf(
  baseline: readonly RunResult[],
  candidate: readonly RunResult[],
): string[] {
  const [a, b] = [baseline[0], candidate[0]];
  if (a === undefined || b === undefined || a.scenarioHash === b.scenarioHash) return [];
  if (a.scenario === undefined || b.scenario === undefined) {
    return ['scenarioHash: the settings differ, and a result does not tell in what'];
  }
  const found = changedPaths(a.scenario, b.scenario, '').filter((text) => !untold.test(text));
  const rest = found.length - differencesMax;
  return rest > 0 ? [...found.slice(0, differencesMax), `and ${rest} more`] : found;
}

/** What tells whether two runs are of one sale. */
export type ComparableRun = Pick<
  RunResult,
  'name' | 'seed' | 'scenarioHash' | 'scenario' | 'planHash'
>;

/**
 * Why two runs are not of one sale, so that comparing their figures would say nothing about a server;
 * empty when they are, or when nobody can tell.
 */
export function whyNotComparable(a: ComparableRun, b: ComparableRun): string[] {
  if (a.name !== b.name) return [`the scenarios are called ${a.name} and ${b.name}`];
  if (a.scenarioHash === b.scenarioHash) return [];
  if (isObject(a.scenario) && isObject(b.scenario)) {
    const [before, after] = [a.scenario, b.scenario];
    return demandKeys.flatMap((key) =>
      changedPaths(before[key] ?? null, after[key] ?? null, key).slice(0, differencesMax),
    );
  }
  const samePlan = a.seed !== b.seed || a.planHash === b.planHash;
  return samePlan ? [] : ['the same seed gives another plan'];
}

function changedPaths(a: Json, b: Json, path: string): string[] {
  if (isObject(a) && isObject(b)) {
    const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])];
    return keys.flatMap((key) =>
      changedPaths(a[key] ?? null, b[key] ?? null, path === '' ? key : `${path}.${key}`),
    );
  }
  if (Array.isArray(a) && Array.isArray(b) && a.length === b.length) {
    return a.flatMap((item: Json, at) =>
      changedPaths(item, (b[at] ?? null) as Json, `${path}[${at}]`),
    );
  }
  const [before, after] = [written(a), written(b)];
  return before === after ? [] : [`${path}: ${before} → ${after}`];
}

function isObject(value: Json | undefined): value is Readonly<Record<string, Json>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function written(value: Json): string {
  if (value === null) return 'none';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}
