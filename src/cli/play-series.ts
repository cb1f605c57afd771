import { rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { worst } from '../audit/verdict.ts';
import { messageOf } from '../core/errors.ts';
import { type ExitCode, exitCodes } from '../core/exit-codes.ts';
import { formatDurationMs } from '../core/units.ts';
import { runFiles, writeJson } from '../history/run-folder.ts';
import { seriesText } from '../reporters/series.ts';
import type { Side } from '../results/comparison/compare.ts';
import { metricValues } from '../results/metric-values.ts';
import type { RunResult } from '../results/result.ts';
import { type PlayedRun, type SeriesResult, seriesFile, seriesOf } from '../results/series.ts';
import { compareWithBaseline } from './comparisons.ts';
import type { Environment } from './environment.ts';
import { makeFolder, playRun, type RunContext } from './play-run.ts';
import { createProgress } from './progress.ts';
import { type WantedReport, writeReport } from './report-outputs.ts';

/** What a series is played with. */
export interface SeriesContext extends Omit<RunContext, 'progress'> {
  readonly environment: Environment;
  readonly reports: readonly WantedReport[];
  /** What the series is compared with in the end. */
  readonly baseline: Side | undefined;
}

/**
 * Plays a scenario under one seed after the other, each run into a folder of its own, and sums them up.
 * A signal ends the run that is under way and all that would come after it.
 */
export async function playSeries(context: SeriesContext): Promise<ExitCode> {
  const { environment, options, folder } = context;
  const played: PlayedRun[] = [];
  const failure = await playAll(context, played);
  if (played.length === 0 && failure !== undefined) {
    await rmdir(folder).catch(() => undefined);
    throw failure;
  }
  const interrupted = context.signal.aborted || played.some(({ result }) => isInterrupted(result));
  const series = seriesOf(played, { planned: options.repeat, interrupted });
  await writeJson(join(folder, seriesFile), series);
  printSeries(environment, series, context);
  await writeReportsOf(played, context);
  if (failure !== undefined && !interrupted) throw failure;
  const comparison = compareWithBaseline(environment, context, {
    label: folder,
    results: played.map(({ result }) => result),
  });
  if (interrupted) return exitCodes.interrupted;
  return exitCodes[worst(series.verdict, comparison?.verdict ?? 'pass')];
}

/** A threshold that ends a run ends that one alone. */
function isInterrupted({ interrupted, abort }: RunResult): boolean {
  return interrupted && abort === undefined;
}

/** Plays until all were played, a signal came, or one could not be. Returns why it ended early. */
async function playAll(context: SeriesContext, played: PlayedRun[]): Promise<Error | undefined> {
  const { options, loaded, signal } = context;
  for (let number = 0; number < options.repeat && !signal.aborted; number += 1) {
    const seed = loaded.scenario.seed + number;
    const name = `seed-${seed}`;
    try {
      const result = await playOne(context, name, seed);
      played.push({ folder: name, result });
      tell(context, `run ${number + 1} of ${options.repeat}  ${runWords(result)}\n`);
    } catch (error) {
      return error instanceof Error ? error : new Error(messageOf(error));
    }
  }
  return undefined;
}

async function playOne(context: SeriesContext, name: string, seed: number): Promise<RunResult> {
  const { environment, options, loaded } = context;
  const folder = join(context.folder, name);
  await makeFolder(folder, Object.values(runFiles));
  const quiet = options.quiet || options.json;
  return playRun({
    ...context,
    loaded: { ...loaded, scenario: { ...loaded.scenario, seed } },
    folder,
    progress: createProgress({ stream: environment.stderr, quiet }),
  });
}

function tell({ environment, options }: SeriesContext, text: string): void {
  if (!options.quiet && !options.json) environment.stderr.write(text);
}

/** `seed 43: pass, 500 of 500 sold, order.p99 412 ms`. */
function runWords(result: RunResult): string {
  const { seed, verdict, sold, stock } = result;
  const p99 = metricValues(result).find(({ name }) => name === 'order.p99')?.value ?? null;
  const latency = p99 === null ? '' : `, order.p99 ${formatDurationMs(p99 / 1_000)}`;
  return `seed ${seed}: ${verdict}, ${sold ?? 'unknown'} of ${stock} sold${latency}`;
}

function printSeries(
  { stdout }: Environment,
  series: SeriesResult,
  { options, folder }: SeriesContext,
): void {
  const { colour, columns } = stdout;
  stdout.write(
    options.json
      ? `${JSON.stringify(series, undefined, 2)}\n`
      : seriesText(series, { colour, columns, folder }),
  );
}

/** A report that has a file goes into the folder of each run; one that is printed tells of the gravest. */
async function writeReportsOf(
  played: readonly PlayedRun[],
  { environment, options, folder, reports }: SeriesContext,
): Promise<void> {
  const stdout = options.json ? environment.stderr : environment.stdout;
  const gravest = worst(...played.map(({ result }) => result.verdict));
  const shown = played.find(({ result }) => result.verdict === gravest);
  for (const wanted of reports) {
    const isPrinted = wanted.reporter.fileName === undefined;
    for (const run of isPrinted ? [shown] : played) {
      if (run === undefined) continue;
      const places = { environment, folder: join(folder, run.folder), stdout };
      await writeReport(wanted, run.result, places);
    }
  }
}
