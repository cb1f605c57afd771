import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import type { RunResult } from '../../src/results/result.ts';

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const bin = join(root, 'bin', 'flashsim.js');

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A started CLI, with what it has printed so far. */
export interface Started {
  readonly child: ChildProcess;
  readonly finished: Promise<Finished>;
  /** Marks this process and all it starts: they inherit it through the environment. */
  readonly marker: string;
  stdout(): string;
  stderr(): string;
}

/** Starts the real CLI. */
export function start(
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv; command?: string } = {},
): Started {
  const marker = `e2e-${randomUUID()}`;
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    NO_COLOR: '1',
    ...options.env,
    FLASHSIM_E2E: marker,
  };
  const child =
    options.command === undefined
      ? spawn(process.execPath, [bin, ...args], { cwd: options.cwd, env })
      : spawn(options.command, args, { cwd: options.cwd, env });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const finished = new Promise<Finished>((resolve) => {
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
  return { child, finished, marker, stdout: () => stdout, stderr: () => stderr };
}

export function flashsim(
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): Promise<Finished> {
  return start(args, options).finished;
}

/** A folder of its own, removed when the test ends. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'e2e-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Overrides that make a built-in scenario small: seconds instead of a big sale. */
export const smallProfile = [
  ...['--set', 'workload.users=400'],
  ...['--set', 'sale.products[0].stock=60'],
  ...['--set', 'sale.opensAt=1s'],
  ...['--set', 'workload.endsAt=4s'],
];

export interface Ran extends Finished {
  readonly folder: string;
  readonly result: RunResult;
}

/** Runs a scenario quietly, without the positive control, and reads its result. */
export async function run(scenario: string, ...args: readonly string[]): Promise<Ran> {
  const folder = join(temporaryFolder(), 'run');
  const finished = await flashsim([
    'run',
    scenario,
    '--quiet',
    '--no-control',
    '--out',
    folder,
    ...args,
  ]);
  return { ...finished, folder, result: readResult(folder, finished) };
}

export function readResult(folder: string, finished?: Finished): RunResult {
  try {
    return JSON.parse(readFileSync(join(folder, 'result.json'), 'utf8')) as RunResult;
  } catch (error) {
    throw new Error(`no result: ${finished?.stderr ?? ''}${finished?.stdout ?? ''}`, {
      cause: error,
    });
  }
}

/** Processes that carry the marker, by command line. */
export function processesOf(marker: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const environment = readFileSync(`/proc/${pid}/environ`, 'utf8');
        if (!environment.includes(marker)) return [];
        const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
        return line === '' ? [] : [`${pid} ${line}`]; // a zombie has no command line
      } catch {
        return [];
      }
    });
}

/** How many of the processes that carry the marker are stopped (state T in proc(5)). */
export function stoppedProcessesOf(marker: string): number {
  return processesOf(marker).filter((line) => {
    const stat = readFileSync(`/proc/${line.split(' ')[0] ?? ''}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).startsWith('T');
  }).length;
}

/** Temporary folders of flashsim that are no cache. */
export function temporaryLeftovers(): string[] {
  return readdirSync(tmpdir()).filter(
    (name) =>
      name.startsWith('flashsim-') &&
      !name.startsWith('flashsim-cache') &&
      !name.startsWith('flashsim-runs'),
  );
}

/** Polls until `condition` holds; fails after `timeoutMs`. For e2e only. */
export async function until(
  condition: () => boolean,
  timeoutMs: number,
  what: string,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`waited ${timeoutMs} ms in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
