import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { wallClockMs } from '../core/clock.ts';
import { FlashsimError, messageOf } from '../core/errors.ts';
import { createTarget } from '../engine/create-target.ts';
import { type PlayProgress, play } from '../engine/play.ts';
import type { RunOutcome } from '../engine/run-outcome.ts';
import { createJournal } from '../history/journal.ts';
import { runFiles, writeRunFolder } from '../history/run-folder.ts';
import type { AbortRecord } from '../history/run-record.ts';
import type { RunResult } from '../results/result.ts';
import type { LoadedScenario } from '../scenarios/load.ts';
import { meanQuantity } from '../scenarios/quantities.ts';
import type { Target } from '../targets/target.ts';
import type { RunPresence } from './concurrent-runs.ts';
import type { Environment } from './environment.ts';
import { judge, writeJudgement } from './judge.ts';
import type { Progress } from './progress.ts';
import type { RunOptions } from './run-options.ts';
import {
  describeTarget,
  isExclusive,
  journalHeaderOf,
  manifestOf,
  redactedOutcome,
  replayLine,
  withoutSecrets,
} from './run-records.ts';
import { stopTarget } from './stop-target.ts';

/** What a run is played with. */
export interface RunContext {
  readonly environment: Environment;
  readonly loaded: LoadedScenario;
  /** As it was named on the command line. */
  readonly scenarioName: string;
  readonly options: RunOptions;
  /** Where its files go; it exists and can be written. */
  readonly folder: string;
  readonly presence: RunPresence;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  /** Told of the target while it runs, and with undefined when it was stopped. */
  readonly onTarget: (target: Target | undefined) => void;
}

/** Plays a scenario, judges it, and fills its folder. What was played is safe before it is judged. */
export async function playRun(context: RunContext): Promise<RunResult> {
  const { loaded, options, folder, signal, presence } = context;
  const startedAtMs = wallClockMs();
  const runId = newRunId(startedAtMs);
  const { scenario } = loaded;
  const target = await createTarget({
    runId,
    scenario,
    allowRemote: options.allowRemote,
    folder: loaded.folder,
    secrets: loaded.secrets,
  });
  context.onTarget(target);
  try {
    const replay = loaded.secrets.text(replayLine(context.scenarioName, scenario.seed, options));
    const journalPath = join(folder, runFiles.journal);
    await createJournal(journalPath, journalHeaderOf(loaded, { runId, startedAtMs, replay }));
    const outcome = redactedOutcome(await playOn(target, context, runId), loaded.secrets);
    return await conclude(context, {
      outcome: presence.sawOthers ? tainted(outcome) : outcome,
      replay,
      startedAtMs,
    });
  } catch (error) {
    if (signal.aborted) throw interrupted(error, folder);
    await removeIfEmpty(folder);
    throw error;
  } finally {
    context.progress.done();
    await stopTarget(context.environment, target);
    context.onTarget(undefined);
  }
}

function playOn(target: Target, context: RunContext, runId: string): Promise<RunOutcome> {
  const { loaded, folder, options, progress, signal } = context;
  const { scenario } = loaded;
  const stock = scenario.sale.products.reduce((sum, product) => sum + product.stock, 0);
  const show = (now: PlayProgress): void =>
    progress.update({
      ...now,
      sold: Math.min(stock, (now.codes['ok'] ?? 0) * meanQuantity(scenario.workload.quantity)),
      stock,
    });
  return play({
    runId,
    scenario,
    seed: scenario.seed,
    target,
    journalPath: join(folder, runFiles.journal),
    control: options.control,
    onProgress: show,
    onAbort: (abort) => tellAbort(context, abort),
    signal,
  });
}

function tellAbort({ environment, options }: RunContext, { metric, limit }: AbortRecord): void {
  if (options.quiet || options.json) return;
  environment.stderr.write(`\nstopping: ${metric} is not ${limit} (abortOnFail)\n`);
}

interface Played {
  readonly outcome: RunOutcome;
  readonly replay: string;
  readonly startedAtMs: number;
}

async function conclude(context: RunContext, played: Played): Promise<RunResult> {
  const { loaded, folder } = context;
  const { outcome, replay } = played;
  const { scenario } = loaded;
  const wallMs = wallClockMs() - played.startedAtMs;
  await writeRunFolder(folder, {
    manifest: manifestOf(loaded, outcome, { wallMs, replay }),
    attempts: outcome.attempts,
    truth: outcome.truth,
  });
  const judgement = judge({
    scenario,
    shownScenario: withoutSecrets(loaded),
    scenarioHash: loaded.hash,
    replay,
    outcome,
    exclusive: isExclusive(scenario),
    wallMs,
    targetDescription: loaded.secrets.text(describeTarget(scenario)),
  });
  await writeJudgement(folder, judgement);
  return judgement.result;
}

/** The run shared the machine with another one. */
function tainted(outcome: RunOutcome): RunOutcome {
  const warning = 'another run of flashsim shared this machine: latency figures are tainted';
  return { ...outcome, warnings: [...outcome.warnings, warning] };
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

/** The name of a folder for results when nobody gave one: `20261124-031500-sale-opening`. */
export function folderNameOf(name: string, nowMs: number): string {
  const stamp = new Date(nowMs)
    .toISOString()
    .replaceAll(/[-:]/g, '')
    .replace('T', '-')
    .slice(0, 15);
  return `${stamp}-${name}`;
}

/**
 * Makes a folder for results and makes sure that it can be written.
 *
 * @param taken files that must not be in it: evidence of an earlier run is not ours to overwrite, and
 *   half of it beside ours would be worse
 */
export async function makeFolder(folder: string, taken: readonly string[]): Promise<void> {
  if (taken.some((name) => existsSync(join(folder, name)))) {
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
