import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, rmdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { wallClockMs } from '../../core/clock.ts';
import { FlashsimError, messageOf } from '../../core/errors.ts';
import { type ExitCode, exitCodes } from '../../core/exit-codes.ts';
import { createTarget } from '../../engine/create-target.ts';
import { type PlayProgress, play } from '../../engine/play.ts';
import type { RunOutcome } from '../../engine/run-outcome.ts';
import { createJournal } from '../../history/journal.ts';
import { runFiles, writeRunFolder } from '../../history/run-folder.ts';
import type { RunResult } from '../../results/result.ts';
import { type LoadedScenario, loadScenario } from '../../scenarios/load.ts';
import { meanQuantity } from '../../scenarios/quantities.ts';
import type { Target } from '../../targets/target.ts';
import { announceRun } from '../concurrent-runs.ts';
import { checkConnections } from '../connection-budget.ts';
import type { Environment } from '../environment.ts';
import { judge, printResult, writeJudgement } from '../judge.ts';
import { createProgress, type Progress } from '../progress.ts';
import type { RunOptions } from '../run-options.ts';
import {
  describeTarget,
  isExclusive,
  journalHeaderOf,
  manifestOf,
  replayLine,
} from '../run-records.ts';
import { stopEverythingNow } from '../stop-everything.ts';

/** `flashsim run`: plays a scenario, judges it, and writes the run folder. */
export async function runCommand(
  environment: Environment,
  scenarioName: string,
  options: RunOptions,
): Promise<ExitCode> {
  const startedAtMs = wallClockMs();
  const loaded = await loadScenario(scenarioName, {
    overrides: options.set,
    ...(options.seed === undefined ? {} : { seed: options.seed }),
    env: environment.env,
    cwd: environment.cwd,
    nowMs: startedAtMs,
  });
  await checkConnections(loaded.scenario);
  const runId = newRunId(startedAtMs);
  const target = await createTarget({
    runId,
    scenario: loaded.scenario,
    allowRemote: options.allowRemote,
    folder: loaded.folder,
  });
  const folder = await makeRunFolder(environment, options, loaded.scenario.name, startedAtMs);

  const controller = new AbortController();
  const presence = announceRun(process.pid);
  const progress = createProgress({
    stream: environment.stderr,
    quiet: options.quiet || options.json,
  });
  const release = stopOnSignal(environment, controller, target);
  try {
    const replay = replayLine(scenarioName, loaded.scenario.seed, options);
    const journalPath = join(folder, runFiles.journal);
    await createJournal(journalPath, journalHeaderOf(loaded, { runId, startedAtMs, replay }));
    const outcome = await playOn(target, loaded, {
      runId,
      folder,
      progress,
      signal: controller.signal,
      control: options.control,
    });
    const result = await conclude({
      environment,
      options,
      loaded,
      replay,
      folder,
      startedAtMs,
      outcome: presence.sawOthers ? tainted(outcome) : outcome,
      progress,
    });
    return exitCodeOf(result);
  } catch (error) {
    if (controller.signal.aborted) throw interrupted(error, folder);
    await removeIfEmpty(folder);
    throw error;
  } finally {
    progress.done();
    release();
    presence.leave();
    await target.stop();
  }
}

interface PlayContext {
  readonly runId: string;
  readonly folder: string;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  /** Whether to play the positive control. */
  readonly control: boolean;
}

function playOn(target: Target, loaded: LoadedScenario, context: PlayContext): Promise<RunOutcome> {
  const { scenario } = loaded;
  const stock = scenario.sale.products.reduce((sum, product) => sum + product.stock, 0);
  const show = (now: PlayProgress): void =>
    context.progress.update({
      ...now,
      sold: Math.min(stock, (now.codes['ok'] ?? 0) * meanQuantity(scenario.workload.quantity)),
      stock,
    });
  return play({
    runId: context.runId,
    scenario,
    seed: scenario.seed,
    target,
    journalPath: join(context.folder, runFiles.journal),
    control: context.control,
    onProgress: show,
    signal: context.signal,
  });
}

interface Conclusion {
  readonly environment: Environment;
  readonly options: RunOptions;
  readonly loaded: LoadedScenario;
  readonly replay: string;
  readonly folder: string;
  readonly startedAtMs: number;
  readonly outcome: RunOutcome;
  readonly progress: Progress;
}

/** Writes the run folder, judges, and prints the result. What was played is safe before it is judged. */
async function conclude(conclusion: Conclusion): Promise<RunResult> {
  const { environment, options, loaded, replay, folder, outcome } = conclusion;
  const { scenario } = loaded;
  const wallMs = wallClockMs() - conclusion.startedAtMs;
  await writeRunFolder(folder, {
    manifest: manifestOf(loaded, outcome, { wallMs, replay }),
    attempts: outcome.attempts,
    truth: outcome.truth,
  });
  const judgement = judge({
    scenario,
    scenarioHash: loaded.hash,
    replay,
    outcome,
    exclusive: isExclusive(scenario),
    wallMs,
    targetDescription: describeTarget(scenario),
  });
  await writeJudgement(folder, judgement);
  conclusion.progress.done();
  printResult(environment, judgement.result, { json: options.json, folder });
  return judgement.result;
}

/** The run shared the machine with another one. */
function tainted(outcome: RunOutcome): RunOutcome {
  const warning = 'another run of flashsim shared this machine: latency figures are tainted';
  return { ...outcome, warnings: [...outcome.warnings, warning] };
}

function exitCodeOf(result: RunResult): ExitCode {
  if (result.interrupted) return exitCodes.interrupted;
  return exitCodes[result.verdict];
}

/**
 * The first SIGINT or SIGTERM ends the run and judges what is known; the second ends the process at
 * once, children and temporary folders first.
 */
function stopOnSignal(
  environment: Environment,
  controller: AbortController,
  target: Target,
): () => void {
  return environment.onStopSignal((signal) => {
    if (controller.signal.aborted) {
      stopEverythingNow(target.processIds());
      process.exit(exitCodes.interrupted);
    }
    environment.stderr.write(`\n${signal}: stopping; once more to stop at once\n`);
    controller.abort();
  });
}

function interrupted(error: unknown, folder: string): FlashsimError {
  return new FlashsimError('INTERRUPTED', {
    what: 'the run was stopped before there was anything to judge',
    why: messageOf(error),
    fix: `Run it again; what there is of it stands in ${folder}.`,
    cause: error,
  });
}

/** Sortable by time, and unique: `mf3k2x9a-4f2c`. Part of keys on the wire and of schema names. */
function newRunId(nowMs: number): string {
  return `${nowMs.toString(36)}-${randomBytes(2).toString('hex')}`;
}

async function makeRunFolder(
  environment: Environment,
  options: RunOptions,
  name: string,
  nowMs: number,
): Promise<string> {
  const stamp = new Date(nowMs)
    .toISOString()
    .replaceAll(/[-:]/g, '')
    .replace('T', '-')
    .slice(0, 15);
  const folder = resolve(environment.cwd, options.out ?? join('reports', `${stamp}-${name}`));
  // Evidence of an earlier run is not ours to overwrite, and half of it beside ours would be worse.
  if (Object.values(runFiles).some((name) => existsSync(join(folder, name)))) {
    throw new FlashsimError('OUTPUT_EXISTS', {
      what: `${folder} holds a run already`,
      fix: 'Name another folder with --out, or remove this one.',
    });
  }
  try {
    await mkdir(folder, { recursive: true });
    const probe = join(folder, '.writable');
    await writeFile(probe, '');
    await rm(probe);
  } catch (error) {
    throw new FlashsimError('OUTPUT_NOT_WRITABLE', {
      what: `the results cannot be written to ${folder}`,
      why: messageOf(error),
      fix: 'Name a folder that you may write to with --out.',
      cause: error,
    });
  }
  return folder;
}

/**
 * A run that never came to a result leaves no folder behind, unless orders were acknowledged: their
 * journal is evidence.
 */
async function removeIfEmpty(folder: string): Promise<void> {
  const journal = join(folder, runFiles.journal);
  const lines = await readFile(journal, 'utf8').then(
    (text) => text.split('\n').filter((line) => line !== '').length,
    () => 0,
  );
  if (lines > 1) return;
  await rm(journal, { force: true });
  const left = await readdir(folder).catch(() => ['?']);
  if (left.length === 0) await rmdir(folder);
}
