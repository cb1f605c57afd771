import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { wallClockMs } from '../../core/clock.ts';
import { FlashsimError } from '../../core/errors.ts';
import { type ExitCode, exitCodes } from '../../core/exit-codes.ts';
import { packageFile } from '../../core/package-files.ts';
import { runFiles } from '../../history/run-folder.ts';
import { allCells, type Cell, cellsMatching, quickCells } from '../../matrix/cells.ts';
import { type CellOutcome, isSettled, outcomeOf } from '../../matrix/outcome.ts';
import { readCells, recordCell } from '../../matrix/records.ts';
import type { RunResult } from '../../results/result.ts';
import { builtinText } from '../../scenarios/builtin.ts';
import type { OrderStoreName } from '../../targets/reference/stock/settings.ts';
import type { Environment } from '../environment.ts';
import { renderMatrix } from '../matrix-view.ts';
import { version } from '../version.ts';

/** What `flashsim matrix` was asked for. */
export interface MatrixOptions {
  /** Parts of cells, such as `redis-lua/redis-flush`; empty for all. */
  readonly only: readonly string[];
  /** A choice of cells that shows every lesson once. */
  readonly quick: boolean;
  readonly store: readonly OrderStoreName[];
  /** Seeds for a cell whose race may not show itself at once. */
  readonly tries: number;
  /** Folder for the runs; one that holds a matrix is gone on with. */
  readonly out?: string;
  readonly json: boolean;
  readonly quiet: boolean;
}

const scenarioName = 'stock-lab';
const command = packageFile('bin/flashsim.js');

/** `flashsim matrix`: plays every strategy with every fault, and compares with what has to come out. */
export async function matrixCommand(
  environment: Environment,
  options: MatrixOptions,
): Promise<ExitCode> {
  const cells = chosenCells(options);
  const folder = resolve(environment.cwd, options.out ?? join('reports', `${stamp()}-matrix`));
  await mkdir(folder, { recursive: true });
  const scenario = await builtinText(scenarioName);
  const known = await readCells(folder);
  const runner = new Runner(environment, folder, options);
  const release = environment.onStopSignal((signal) => runner.stop(signal));
  const outcomes: CellOutcome[] = [];
  try {
    for (const cell of cells) {
      const digest = digestOf(scenario, cell, options.tries);
      const before = known.get(digest);
      const outcome = before ?? (await runner.play(cell));
      if (outcome === undefined) break;
      if (before === undefined) await recordCell(folder, { digest, outcome });
      outcomes.push(outcome);
      runner.tell(outcome, { position: outcomes.length, count: cells.length });
    }
  } finally {
    release();
  }
  print(environment, options, { folder, outcomes });
  if (runner.stopped) return exitCodes.interrupted;
  return exitCodeOf(outcomes);
}

function chosenCells({ only, quick, store }: MatrixOptions): readonly Cell[] {
  const all = allCells(store);
  const cells = cellsMatching(quick ? quickCells(all) : all, only);
  if (cells.length > 0) return cells;
  throw new FlashsimError('USAGE', {
    what: `No cell of the matrix is ${only.map((pattern) => `\`${pattern}\``).join(' or ')}.`,
    fix: 'Name a strategy, a fault, a number of processes or several with a slash, such as redis-lua/redis-flush.',
  });
}

function exitCodeOf(outcomes: readonly CellOutcome[]): ExitCode {
  if (outcomes.some(({ agreement }) => agreement === 'surprise')) return exitCodes.violated;
  return outcomes.some(({ agreement }) => agreement === 'undecided')
    ? exitCodes.unknown
    : exitCodes.pass;
}

/** A cell that was played with other code, another sale or fewer tries is played again. */
function digestOf(scenario: string, cell: Cell, tries: number): string {
  const told = JSON.stringify([version, scenario, cell, tries]);
  return createHash('sha256').update(told).digest('hex').slice(0, 16);
}

function print(
  { stdout, stderr }: Environment,
  { json, quiet }: MatrixOptions,
  { folder, outcomes }: { readonly folder: string; readonly outcomes: readonly CellOutcome[] },
): void {
  if (json) {
    const told = { schemaVersion: 1, flashsim: version, cells: outcomes };
    stdout.write(`${JSON.stringify(told, null, 2)}\n`);
  } else stdout.write(renderMatrix(outcomes, stdout));
  if (!quiet) stderr.write(`runs in ${folder}; --out with it goes on where this ended\n`);
}

function stamp(): string {
  const iso = new Date(wallClockMs()).toISOString().replaceAll(/[-:]/g, '');
  return iso.replace('T', '-').slice(0, 15);
}

/** Plays cells, each run in a process of its own: `flashsim run`, as anybody can repeat it. */
class Runner {
  readonly #environment: Environment;
  readonly #folder: string;
  readonly #options: MatrixOptions;
  readonly #startedMs = wallClockMs();
  #played = 0;
  #child: ReturnType<typeof spawn> | undefined;
  stopped = false;

  constructor(environment: Environment, folder: string, options: MatrixOptions) {
    this.#environment = environment;
    this.#folder = folder;
    this.#options = options;
  }

  stop(signal: NodeJS.Signals): void {
    this.stopped = true;
    this.#child?.kill(signal);
  }

  /** undefined when it was stopped before anything was certain. */
  async play(cell: Cell): Promise<CellOutcome | undefined> {
    const results: RunResult[] = [];
    const triesMax = cell.expected === 'exact' ? 1 : this.#options.tries;
    for (let seed = 1; seed <= triesMax; seed += 1) {
      if (this.stopped) return undefined;
      const result = await this.#run(cell, seed);
      if (result === undefined) return undefined;
      results.push(result);
      if (isSettled(cell, results)) break;
    }
    this.#played += 1;
    return outcomeOf(cell, results);
  }

  /** One line per cell, with the time that is left by what the cells so far took. */
  tell(outcome: CellOutcome, { position, count }: { position: number; count: number }): void {
    if (this.#options.quiet) return;
    const perCellMs = (wallClockMs() - this.#startedMs) / Math.max(1, this.#played);
    const leftS = Math.round((perCellMs * (count - position)) / 1000);
    const left = position === count ? '' : `, ${leftS} s left`;
    const { id, observed, agreement } = outcome;
    const place = `${String(position).padStart(String(count).length)}/${count}`;
    this.#environment.stderr.write(`${place}  ${id}: ${observed} (${agreement}${left})\n`);
  }

  async #run(cell: Cell, seed: number): Promise<RunResult | undefined> {
    const out = join(this.#folder, cell.id, `seed-${seed}-${wallClockMs().toString(36)}`);
    const words = ['run', scenarioName, '--seed', String(seed), '--out', out, '--no-control'];
    const sets = cell.overrides.flatMap((override) => ['--set', override]);
    const { code, errors } = await this.#spawn([...words, '--quiet', ...sets]);
    if (this.stopped) return undefined;
    if (code !== null && (judged as readonly number[]).includes(code)) {
      return JSON.parse(await readFile(join(out, runFiles.result), 'utf8')) as RunResult;
    }
    throw new FlashsimError('TARGET_UNAVAILABLE', {
      what: `The cell ${cell.id} could not be played.`,
      why: errors.trim(),
      fix: 'Mend that, or leave the cell out with --only; `flashsim doctor` shows what this machine has.',
    });
  }

  #spawn(words: readonly string[]): Promise<{ code: number | null; errors: string }> {
    return new Promise((resolve, reject) => {
      const child = spawn(process.execPath, [command, ...words], {
        cwd: this.#environment.cwd,
        env: { ...this.#environment.env, NO_COLOR: '1' },
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      this.#child = child;
      let errors = '';
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        errors = `${errors}${text}`.slice(-4_000);
      });
      child.on('error', reject);
      child.on('close', (code) => {
        this.#child = undefined;
        resolve({ code, errors });
      });
    });
  }
}

/** Exit codes of runs that came to a result. */
const judged = [exitCodes.pass, exitCodes.violated, exitCodes.unknown];
