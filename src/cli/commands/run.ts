import { join, resolve } from 'node:path';
import { worst } from '../../audit/verdict.ts';
import { wallClockMs } from '../../core/clock.ts';
import { type ExitCode, exitCodes } from '../../core/exit-codes.ts';
import { runFiles } from '../../history/run-folder.ts';
import type { Side } from '../../results/comparison/compare.ts';
import type { Comparison } from '../../results/comparison/comparison.ts';
import type { RunResult } from '../../results/result.ts';
import { seriesFile } from '../../results/series.ts';
import { type LoadedScenario, loadScenario } from '../../scenarios/load.ts';
import type { Target } from '../../targets/target.ts';
import { compareWithBaseline, readBaseline } from '../comparisons.ts';
import { announceRun, type RunPresence } from '../concurrent-runs.ts';
import { checkConnections } from '../connection-budget.ts';
import { printDryRun } from '../dry-run-view.ts';
import { variablesWith } from '../env-files.ts';
import type { Environment } from '../environment.ts';
import { printResult } from '../judge.ts';
import { folderNameOf, makeFolder, playRun } from '../play-run.ts';
import { playSeries } from '../play-series.ts';
import { createProgress } from '../progress.ts';
import { type WantedReport, wantedReports, writeReport } from '../report-outputs.ts';
import type { RunOptions } from '../run-options.ts';
import { stopEverythingNow } from '../stop-everything.ts';

/** `flashsim run`: plays a scenario, judges it, and writes the run folder; several times if wanted. */
export async function runCommand(
  environment: Environment,
  scenarioName: string,
  options: RunOptions,
): Promise<ExitCode> {
  const startedAtMs = wallClockMs();
  const reports = wantedReports(options.report, options.repeat);
  const loaded = await loadScenario(scenarioName, {
    overrides: options.set,
    ...(options.seed === undefined ? {} : { seed: options.seed }),
    env: await variablesWith(environment, options.envFile),
    cwd: environment.cwd,
    nowMs: startedAtMs,
    secrets: environment.secrets,
  });
  if (options.dryRun) return printDryRun(environment, loaded, options);
  await checkConnections(loaded.scenario);
  const baseline =
    options.baseline === undefined
      ? undefined
      : await readBaseline(options.baseline, environment.cwd, loaded);
  const named = options.out ?? join('reports', folderNameOf(loaded.scenario.name, startedAtMs));
  const folder = resolve(environment.cwd, named);
  await makeFolder(folder, [...Object.values(runFiles), seriesFile]);

  const controller = new AbortController();
  const presence = announceRun(process.pid);
  const stopper = stopOnSignal(environment, controller);
  const stage: Stage = {
    environment,
    scenarioName,
    options,
    loaded,
    folder,
    reports,
    baseline,
    presence,
  };
  try {
    const { signal } = controller;
    return await (options.repeat === 1
      ? playOnce(stage, signal, stopper.watch)
      : playSeries({ ...stage, signal, onTarget: stopper.watch }));
  } finally {
    stopper.release();
    presence.leave();
  }
}

/** What all runs of a command have in common. */
interface Stage {
  readonly environment: Environment;
  readonly scenarioName: string;
  readonly options: RunOptions;
  readonly loaded: LoadedScenario;
  readonly folder: string;
  readonly reports: readonly WantedReport[];
  readonly baseline: Side | undefined;
  readonly presence: RunPresence;
}

async function playOnce(
  stage: Stage,
  signal: AbortSignal,
  onTarget: (target: Target | undefined) => void,
): Promise<ExitCode> {
  const { environment, options, folder } = stage;
  const quiet = options.quiet || options.json;
  const progress = createProgress({ stream: environment.stderr, quiet });
  const result = await playRun({ ...stage, progress, signal, onTarget });
  printResult(environment, result, { json: options.json, folder, wrotePage: true });
  const stdout = options.json ? environment.stderr : environment.stdout;
  for (const wanted of stage.reports) {
    await writeReport(wanted, result, { environment, folder, stdout });
  }
  const comparison = compareWithBaseline(environment, stage, { label: folder, results: [result] });
  return exitCodeOf(result, comparison);
}

function exitCodeOf(result: RunResult, comparison: Comparison | undefined): ExitCode {
  // A threshold that ends a run says what it came to; a signal says nothing.
  if (result.interrupted && result.abort === undefined) return exitCodes.interrupted;
  return exitCodes[worst(result.verdict, comparison?.verdict ?? 'pass')];
}

interface Stopper {
  /** Tells which target is running. */
  readonly watch: (target: Target | undefined) => void;
  readonly release: () => void;
}

/**
 * The first SIGINT or SIGTERM ends the run and judges what is known; the second ends the process at
 * once, children and temporary folders first.
 */
function stopOnSignal(environment: Environment, controller: AbortController): Stopper {
  let running: Target | undefined;
  const release = environment.onStopSignal((signal) => {
    if (controller.signal.aborted) {
      stopEverythingNow(running?.processIds() ?? []);
      process.exit(exitCodes.interrupted);
    }
    environment.stderr.write(`\n${signal}: stopping; once more to stop at once\n`);
    controller.abort();
  });
  return {
    watch: (target) => {
      running = target;
    },
    release,
  };
}
