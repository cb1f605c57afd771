import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { wallClockMs } from '../../core/clock.ts';
import { FlashsimError, messageOf } from '../../core/errors.ts';
import { type ExitCode, exitCodes } from '../../core/exit-codes.ts';
import { formatCount, formatDurationMs } from '../../core/units.ts';
import { readRunFolder } from '../../history/run-folder.ts';
import type { HistoryFormat } from '../../imports/history-formats.ts';
import type { Scenario } from '../../scenarios/schema.ts';
import { nearest } from '../../scenarios/suggest.ts';
import { thresholdNames } from '../../scenarios/threshold-names.ts';
import { parseThreshold } from '../../scenarios/thresholds.ts';
import { parseTruth } from '../../targets/http/truth-json.ts';
import { variablesWith } from '../env-files.ts';
import type { Environment } from '../environment.ts';
import { type JudgedRun, judge, printResult, writeJudgement } from '../judge.ts';
import { type OtherTruth, rebuildRun } from '../rebuild-run.ts';
import { quoted } from '../shell-words.ts';

/** What `flashsim audit` was asked for, beside the run folder. */
export interface AuditOptions {
  /** History of another tool, in place of a run folder. */
  readonly history?: string;
  /** What the server promised, or a scenario that says so. */
  readonly contract?: string;
  readonly mapping?: string;
  readonly format?: HistoryFormat;
  /** Another snapshot of the store. */
  readonly truth?: string;
  /** That snapshot was taken after everything had come to rest. */
  readonly settled: boolean;
  /** Nobody but the imported test can have reached the stock. */
  readonly exclusive: boolean;
  /** `name=limit`, in the order given. */
  readonly threshold: readonly string[];
  /** Files of variables for a scenario that is the contract. */
  readonly envFile: readonly string[];
  /** Put the new result and witnesses in place of the folder's. */
  readonly write: boolean;
  readonly json: boolean;
  readonly quiet: boolean;
}

/** `flashsim audit`: judges again from files alone. Exits by the verdict. */
export async function auditCommand(
  environment: Environment,
  folder: string | undefined,
  options: AuditOptions,
): Promise<ExitCode> {
  checkUsage(folder, options);
  const startedAtMs = wallClockMs();
  const thresholds = thresholdsOf(options.threshold);
  const run =
    folder === undefined
      ? await imported(environment, options, thresholds)
      : await rebuilt(environment, folder, options, thresholds);
  const attempts = formatCount(run.outcome.attempts.length);
  tell(`judging ${attempts} attempts, read in ${formatDurationMs(wallClockMs() - startedAtMs)}`);
  const judgement = judge(run);
  const path = folder === undefined ? undefined : resolve(environment.cwd, folder);
  if (options.write && path !== undefined) await writeJudgement(path, judgement);
  printResult(environment, judgement.result, {
    json: options.json,
    wrotePage: options.write,
    ...(path === undefined ? {} : { folder: path }),
  });
  return exitCodes[judgement.result.verdict];

  function tell(text: string): void {
    if (!options.quiet && !options.json) environment.stderr.write(`${text}\n`);
  }
}

type Thresholds = Scenario['thresholds'];

async function rebuilt(
  environment: Environment,
  folder: string,
  options: AuditOptions,
  thresholds: Thresholds,
): Promise<JudgedRun> {
  const path = resolve(environment.cwd, folder);
  await mustBeFolder(path, folder);
  const read = await readRunFolder(path);
  const runId = read.kind === 'complete' ? read.manifest.runId : read.journal.header.runId;
  const truth =
    options.truth === undefined
      ? undefined
      : await readTruth(environment, options.truth, options.settled, runId);
  return rebuildRun(path, read, { truth, thresholds });
}

async function imported(
  environment: Environment,
  options: AuditOptions,
  thresholds: Thresholds,
): Promise<JudgedRun> {
  // Its readers and YAML cost a tenth of a second that a run folder has no use for.
  const { importRun } = await import('../import-run.ts');
  const { history = '', contract = '', truth, settled } = options;
  return importRun({
    history,
    contract,
    mapping: options.mapping,
    format: options.format ?? 'auto',
    exclusive: options.exclusive,
    truth:
      truth === undefined ? undefined : (runId) => readTruth(environment, truth, settled, runId),
    thresholds,
    cwd: environment.cwd,
    env: await variablesWith(environment, options.envFile),
    secrets: environment.secrets,
    replay: replayOf(options),
  });
}

/** The same words again. */
function replayOf(options: AuditOptions): string {
  const named = (['history', 'contract', 'mapping', 'format', 'truth'] as const).flatMap((name) => {
    const value = options[name];
    return value === undefined ? [] : [`--${name} ${quoted(value)}`];
  });
  const flags = (['settled', 'exclusive'] as const).flatMap((name) =>
    options[name] ? [`--${name}`] : [],
  );
  const files = options.envFile.map((file) => `--env-file ${quoted(file)}`);
  const limits = options.threshold.map((limit) => `--threshold ${quoted(limit)}`);
  return ['flashsim audit', ...named, ...flags, ...files, ...limits].join(' ');
}

/** The options belong to one of two commands in one: a run folder, or a history of another tool. */
function checkUsage(folder: string | undefined, options: AuditOptions): void {
  const { history, contract, mapping, format } = options;
  if ((folder === undefined) === (history === undefined)) {
    throw usage(
      folder === undefined
        ? 'There is nothing to audit'
        : 'Two things are named to audit: a run folder and a history',
      'Name a run folder, or --history with --contract.',
    );
  }
  if (history !== undefined && contract === undefined) {
    throw usage(
      'A history needs a contract: nothing is judged that nobody promised',
      'Name a file with the products and their stock, or a scenario, with --contract.',
    );
  }
  const foreign =
    history === undefined &&
    (contract !== undefined ||
      mapping !== undefined ||
      format !== undefined ||
      options.envFile.length > 0 ||
      options.exclusive);
  if (foreign) {
    throw usage(
      '--contract, --mapping, --format, --env-file and --exclusive belong to --history',
      'Leave them out: a run folder says all of that itself.',
    );
  }
  if (options.settled && options.truth === undefined) {
    throw usage('--settled says something about --truth', 'Name the snapshot with --truth.');
  }
  if (options.write && folder === undefined) {
    throw usage('--write writes into a run folder', 'Use --json and redirect the output.');
  }
}

function usage(what: string, fix: string): FlashsimError {
  return new FlashsimError('USAGE', { what: `${what}.`, fix });
}

function thresholdsOf(limits: readonly string[]): Thresholds {
  const found: Record<string, string> = {};
  for (const limit of limits) {
    const [, name = '', written = ''] = /^([^=<>]+)=(.+)$/.exec(limit) ?? [];
    const known = thresholdNames.find((candidate) => candidate === name.trim());
    if (known === undefined) {
      const near = nearest(name.trim(), thresholdNames);
      const hint = near === undefined ? '' : `Did you mean ${near}? `;
      throw usage(
        `--threshold ${limit} names no metric or invariant`,
        `${hint}Write name=limit, such as oversell=0 or "order.p99=< 800ms".`,
      );
    }
    if (parseThreshold(known, written) === undefined) {
      throw usage(
        `--threshold ${limit} has no limit that can be read`,
        'Write a number such as 0, or a comparison such as "< 800ms".',
      );
    }
    found[known] = written;
  }
  return found;
}

async function mustBeFolder(path: string, named: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory() === true) return;
  throw new FlashsimError('RUN_FOLDER_INVALID', {
    what: `${named} is ${found === undefined ? 'not there' : 'no folder'}.`,
    fix: 'Name a folder made by `flashsim run`; to judge a history of another tool, use --history.',
  });
}

async function readTruth(
  environment: Environment,
  file: string,
  settled: boolean,
  runId: string,
): Promise<OtherTruth> {
  let text: string;
  try {
    text = await readFile(resolve(environment.cwd, file), 'utf8');
  } catch (cause) {
    throw badTruth(file, messageOf(cause), cause);
  }
  const told = parseTruth(text, { runId, nowMs: wallClockMs() });
  if ('mistake' in told) throw badTruth(file, told.mistake);
  return { snapshot: told.snapshot, settled };
}

function badTruth(file: string, why: string, cause?: unknown): FlashsimError {
  return new FlashsimError('AUDIT_INPUT_INVALID', {
    what: `The snapshot ${file} cannot be used: ${why}.`,
    fix: 'Name a truth.json, or what GET /admin/truth answered: docs/reference/audit.md has the format.',
    cause,
  });
}
