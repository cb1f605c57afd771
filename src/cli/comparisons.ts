import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { FlashsimError, messageOf } from '../core/errors.ts';
import { comparisonText } from '../reporters/comparison/terminal.ts';
import { type CompareOptions, compare, type Side } from '../results/comparison/compare.ts';
import type { Comparison } from '../results/comparison/comparison.ts';
import { whyNotComparable } from '../results/comparison/scenario-differences.ts';
import { exists, readResult } from '../results/result-file.ts';
import { seriesFile } from '../results/series.ts';
import type { LoadedScenario } from '../scenarios/load.ts';
import type { Environment } from './environment.ts';
import type { RunOptions } from './run-options.ts';
import { withoutSecrets } from './run-records.ts';
import { version } from './version.ts';

const seriesShape = z.object({
  schemaVersion: z.literal(1),
  runs: z.array(z.object({ folder: z.string() })).min(1),
});

/**
 * Reads what a comparison is made of: a run folder, a `result.json`, or the folder of a series.
 *
 * @throws FlashsimError RUN_FOLDER_INVALID
 */
export async function readSide(named: string, cwd: string): Promise<Side> {
  const path = resolve(cwd, named);
  const file = join(path, seriesFile);
  if (!(await exists(file))) return { label: named, results: [(await readResult(path)).result] };
  const folders = await runsOfSeries(file);
  const found = await Promise.all(folders.map((folder) => readResult(join(path, folder))));
  return { label: named, results: found.map(({ result }) => result) };
}

/** Folders of the runs that a series has, from its own. */
async function runsOfSeries(file: string): Promise<string[]> {
  try {
    const parsed = seriesShape.parse(JSON.parse(await readFile(file, 'utf8')));
    const folders = parsed.runs.map(({ folder }) => folder);
    // A file from elsewhere must not lead out of its folder.
    if (folders.every((folder) => /^[\w.-]+$/.test(folder) && !folder.startsWith('..'))) {
      return folders;
    }
    throw new Error('it names a folder outside of its own');
  } catch (error) {
    throw new FlashsimError('RUN_FOLDER_INVALID', {
      what: `${file} cannot be read: ${firstLine(messageOf(error))}.`,
      fix: 'Name a folder made by `flashsim run --repeat`, or a single run in it.',
      cause: error,
    });
  }
}

/** A report is of one run. */
export async function mustNotBeSeries(path: string, named: string): Promise<void> {
  const file = join(path, seriesFile);
  if (!(await exists(file))) return;
  const folders = await runsOfSeries(file);
  throw new FlashsimError('RUN_FOLDER_INVALID', {
    what: `${named} holds a series of ${folders.length} runs.`,
    fix: `Name one of them, such as ${join(named, folders[0] ?? '')}.`,
  });
}

function firstLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').slice(0, 200);
}

/**
 * Runs of different sales are not compared: their figures would say nothing of the server.
 *
 * @throws FlashsimError RUNS_NOT_COMPARABLE
 */
export function mustBeComparable(baseline: Side, candidates: readonly Side[]): void {
  for (const candidate of candidates) {
    const results = [...baseline.results, ...candidate.results];
    const [first] = results;
    if (first === undefined) continue;
    const reasons = [...new Set(results.flatMap((result) => whyNotComparable(first, result)))];
    mustBeOneSale(baseline.label, candidate.label, reasons);
  }
}

function mustBeOneSale(baseline: string, candidate: string, reasons: readonly string[]): void {
  if (reasons.length === 0) return;
  throw new FlashsimError('RUNS_NOT_COMPARABLE', {
    what: `${baseline} and ${candidate} are not runs of the same sale.`,
    why: reasons.slice(0, 8).join('; '),
    fix: 'Compare runs that ask the same of the server; `flashsim compare --force` compares any.',
  });
}

/**
 * Reads what a run is to be compared with in the end, and makes sure that it can be: to hear so when
 * the run is over would be late.
 *
 * @throws FlashsimError RUN_FOLDER_INVALID, RUNS_NOT_COMPARABLE
 */
export async function readBaseline(
  named: string,
  cwd: string,
  loaded: LoadedScenario,
): Promise<Side> {
  const { scenario, hash } = loaded;
  const baseline = await readSide(named, cwd);
  const [first] = baseline.results;
  if (first === undefined) return baseline;
  const { name, seed } = scenario;
  const shown = withoutSecrets(loaded);
  // Its plan is not made yet; where the scenarios can be compared, that is not asked for.
  const planned = { name, seed, scenarioHash: hash, scenario: shown, planHash: first.planHash };
  mustBeOneSale(named, 'this run', whyNotComparable(first, planned));
  return baseline;
}

/** What `run --baseline` prints; undefined when no baseline was named. */
export function compareWithBaseline(
  environment: Environment,
  {
    baseline,
    options: { json },
  }: { readonly baseline: Side | undefined; readonly options: RunOptions },
  candidate: Side,
): Comparison | undefined {
  if (baseline === undefined) return undefined;
  const comparison = comparisonOf({ baseline, candidates: [candidate], gates: new Map() });
  // Stdout belongs to the result when it is JSON.
  const output = json ? environment.stderr : environment.stdout;
  const { colour, columns } = output;
  output.write(`\n${comparisonText(comparison, { colour, columns })}`);
  return comparison;
}

/** Compares, in the name of this version. */
export function comparisonOf(options: Omit<CompareOptions, 'version'>): Comparison {
  return compare({ ...options, version });
}
