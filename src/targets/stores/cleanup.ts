import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, resolve, sep } from 'node:path';

/**
 * What the reaper and an emergency clean-up share. Only built-in modules are imported, so that the
 * reaper starts at once and stays small.
 */

/** One line of the pipe from the CLI to the reaper, as JSON. */
export type ReaperMessage =
  | {
      readonly op: 'watch-process';
      readonly pid: number;
      readonly signal: NodeJS.Signals;
      /** From {@link processStartTime}, when it was registered. */
      readonly startTime: string;
    }
  | { readonly op: 'forget-process'; readonly pid: number }
  | { readonly op: 'watch-directory' | 'forget-directory'; readonly path: string }
  | { readonly op: 'goodbye' };

interface WatchedProcess {
  readonly pid: number;
  readonly signal: NodeJS.Signals;
  readonly startTime: string;
}

/** What is to be ended and removed should the CLI die. */
export class WatchList {
  readonly #processes = new Map<number, WatchedProcess>();
  readonly #directories = new Set<string>();

  apply(message: ReaperMessage): void {
    switch (message.op) {
      case 'watch-process':
        this.#processes.set(message.pid, message);
        break;
      case 'forget-process':
        this.#processes.delete(message.pid);
        break;
      case 'watch-directory':
        if (isRemovable(message.path)) this.#directories.add(message.path);
        break;
      case 'forget-directory':
        this.#directories.delete(message.path);
        break;
      case 'goodbye':
        this.#processes.clear();
        this.#directories.clear();
        break;
    }
  }

  /**
   * Ends every watched process that is still the one registered, with its group, then removes the
   * directories. Blocks, at most `graceMs` and a second: there is nothing else left to do.
   *
   * @param graceMs how long a process may take to obey its own signal before SIGKILL
   */
  reap(graceMs: number): void {
    const live = [...this.#processes.values()].filter(isStillRunning);
    for (const { pid, signal } of live) signalGroup(pid, signal);
    waitUntilGone(live, graceMs);
    // Also when the leader has gone: members of its group may be left.
    for (const { pid } of live) signalGroup(pid, 'SIGKILL');
    waitUntilGone(live, 1_000);
    for (const path of this.#directories) removeDirectory(path);
  }
}

/** Folders that temporary folders are made in. */
export function temporaryRoots(): readonly string[] {
  return process.platform === 'win32' ? [tmpdir()] : [tmpdir(), '/tmp'];
}

/** Only what is plainly flashsim's own may be removed by a process that nobody watches. */
export function isRemovable(path: string): boolean {
  const plain = resolve(path) === path && basename(path).startsWith('flashsim-');
  return plain && temporaryRoots().some((root) => path.startsWith(resolve(root) + sep));
}

/**
 * When a process was started, in the system's own notation; undefined when it has ended or cannot be
 * seen. Together with the pid it names one process for good: a pid alone is given out again.
 */
export function processStartTime(pid: number): string | undefined {
  if (process.platform === 'linux') return startTimeFromProc(pid);
  const { stdout, status } = spawnSync('ps', ['-o', 'stat=', '-o', 'lstart=', '-p', String(pid)], {
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C' },
  });
  const [, state, started] = /^\s*(\S+)\s+(\S.*\S)\s*$/.exec(status === 0 ? stdout : '') ?? [];
  return state?.startsWith('Z') === true ? undefined : started;
}

/** proc(5): field 3 is the state, field 22 the start in clock ticks since boot. */
function startTimeFromProc(pid: number): string | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined;
  }
  // The name (field 2) is in parentheses and may hold anything, spaces and parentheses included.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
}

function isStillRunning({ pid, startTime }: WatchedProcess): boolean {
  return processStartTime(pid) === startTime;
}

/** Signals the group that `pid` leads, or `pid` alone when it leads none. Never throws. */
export function signalGroup(pid: number, signal: NodeJS.Signals): void {
  if (!trySignal(-pid, signal)) trySignal(pid, signal);
}

function trySignal(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}

const pollMs = 10;

function waitUntilGone(processes: readonly WatchedProcess[], timeoutMs: number): void {
  const cell = new Int32Array(new SharedArrayBuffer(4));
  for (let waitedMs = 0; waitedMs < timeoutMs; waitedMs += pollMs) {
    if (!processes.some(isStillRunning)) return;
    Atomics.wait(cell, 0, 0, pollMs);
  }
}

function removeDirectory(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  } catch {
    // Nobody is left to be told.
  }
}
