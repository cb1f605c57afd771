import type { Problem } from '../core/errors.ts';
import type { Secrets } from '../core/secrets.ts';
import { checkOpening, crossCheck } from './cross-checks.ts';
import {
  formatPath,
  invalid,
  locate,
  type Path,
  plainValues,
  type SourceDocument,
} from './document.ts';
import { type Finding, findingsOf, type Values } from './issues.ts';
import { memberOf, schemasAt, standInFor } from './json-schema.ts';
import { type Scenario, scenarioSchema } from './schema.ts';
import { resolveTraces } from './traces/resolve-traces.ts';
import type { TraceFiles } from './traces/trace-files.ts';

const quotedCharactersMax = 60;

/**
 * Checks a parsed document and returns the scenario with defaults filled in.
 *
 * @param earlier problems found on the way here, reported with the rest
 * @param nowMs wall-clock time, ms since 1970: an opening before it is missed
 * @param traces what the traces hold that it names; left out, they are not judged, and nobody comes
 * @throws FlashsimError SCENARIO_INVALID with every mistake and its place, or OPENING_MISSED
 */
export function validateSource(
  source: SourceDocument,
  earlier: readonly Problem[],
  nowMs: number,
  traces: TraceFiles = new Map(),
): Scenario {
  const raw = plainValues(source);
  const values = valuesOf(source, raw);
  const parsed = scenarioSchema.safeParse(raw);
  const findings: Finding[] = [];
  let scenario = parsed.data;
  if (parsed.success) {
    const resolved = resolveTraces(parsed.data, traces);
    scenario = resolved.scenario;
    findings.push(...crossCheck(parsed.data, nowMs), ...resolved.findings);
  } else {
    findings.push(...findingsOf(parsed.error.issues, values));
    findings.push(...crossCheckRest(raw, findings, nowMs, traces));
  }
  // A variable that is not set leaves a wrong value behind: one mistake, said once.
  const said = new Set(earlier.map(({ path }) => path));
  const problems = findings
    .filter(({ path }) => !said.has(formatPath(path)))
    .map((finding) => problemOf(source, finding));
  const all = unique([...earlier, ...problems]);
  if (all.length > 0 || scenario === undefined) throw invalid(source.file, all);
  checkOpening(scenario, nowMs, locate(source, ['sale', 'opensAt'], 'value').location);
  return scenario;
}

/**
 * Cross-checks of a scenario that has other mistakes: stand-ins take their places first, and what
 * they touch is not judged. Nothing is said when the rest makes no scenario.
 */
function crossCheckRest(
  raw: unknown,
  findings: readonly Finding[],
  nowMs: number,
  traces: TraceFiles,
): readonly Finding[] {
  const rest: unknown = structuredClone(raw);
  const removed = findings.map(({ path }) => path);
  for (const path of removed) repair(rest, path, raw);
  const parsed = scenarioSchema.safeParse(rest);
  if (!parsed.success) return [];
  const found = [...crossCheck(parsed.data, nowMs), ...resolveTraces(parsed.data, traces).findings];
  return found.filter(
    ({ uses }) => !uses.some((used) => removed.some((path) => overlaps(used, path))),
  );
}

function repair(root: unknown, path: Path, raw: unknown): void {
  const key = path.at(-1);
  const parent = path.slice(0, -1).reduce(memberOf, root);
  if (key === undefined || typeof parent !== 'object' || parent === null) return;
  // Which of the two targets it is makes no difference to what is checked.
  const [schema] = path[0] === 'target' ? [] : schemasAt(path, raw);
  if (path[0] === 'target') Reflect.set(root as object, 'target', { reference: {} });
  else if (schema === undefined) Reflect.deleteProperty(parent, key);
  else Reflect.set(parent, key, standInFor(schema));
}

/** Whether one of two paths leads through the other. */
function overlaps(a: Path, b: Path): boolean {
  const shorter = Math.min(a.length, b.length);
  return a.slice(0, shorter).every((part, index) => String(part) === String(b[index]));
}

function valuesOf(source: SourceDocument, raw: unknown): Values {
  return {
    raw,
    isOverride: (path) => locate(source, path, 'value').origin?.kind === 'set',
    quote: (path, value) => {
      const { origin } = locate(source, path, 'value');
      if (origin?.kind === 'env') return `what ${JSON.stringify(origin.text)} came to`;
      return quote(value, source.secrets);
    },
  };
}

function quote(value: unknown, secrets: Secrets): string {
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'object' && value !== null) return 'a map';
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value);
  // Masked before it is cut: half a secret is nobody's business either.
  const safe = secrets.text(text).replace(/\/\/[^/@\s]*@/g, '//…@');
  return safe.length > quotedCharactersMax ? `${safe.slice(0, quotedCharactersMax - 1)}…` : safe;
}

function problemOf(source: SourceDocument, finding: Finding): Problem {
  const { location, origin } = locate(source, finding.path, finding.at);
  const path = formatPath(finding.path);
  return {
    ...(location && { location }),
    ...(path !== '' && { path }),
    what: origin?.kind === 'set' ? `${origin.text}: ${finding.what}` : finding.what,
    fix: finding.fix,
  };
}

function unique(problems: readonly Problem[]): readonly Problem[] {
  const seen = new Set<string>();
  return problems.filter((problem) => {
    const key = JSON.stringify(problem);
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}
