import { type ChildProcess, spawn } from 'node:child_process';
import { Socket } from 'node:net';
import type { Writable } from 'node:stream';
import { assert } from '../../core/assert.ts';
import { builtFile } from '../../core/package-files.ts';
import { processStartTime, type ReaperMessage, WatchList } from './cleanup.ts';

/** Ends processes and removes folders when this process dies without having done so. */
export interface Reaper {
  /** Pid of the watchdog itself. */
  readonly pid: number;
  /**
   * @param pid a running process; when it leads a group, the group is ended with it
   * @param options.signal tried first; SIGKILL follows after some seconds. SIGTERM unless told.
   */
  watchProcess(pid: number, options?: { readonly signal?: NodeJS.Signals }): void;
  forgetProcess(pid: number): void;
  /** @param path an absolute path below the temporary folder whose last part starts with `flashsim-` */
  watchDirectory(path: string): void;
  forgetDirectory(path: string): void;
  /** Sends the watchdog away; nothing is watched from then on. May be called twice. */
  close(): void;
}

let current: { readonly reaper: Reaper; readonly watchList: WatchList } | undefined;

/** The watchdog of this process; the first call starts it. It does not keep this process alive. */
export function startReaper(): Reaper {
  current ??= spawnReaper();
  return current.reaper;
}

/**
 * Ends and removes everything watched, now and blocking (about 3 s at most), for when there is no
 * time for an orderly stop, as on a second SIGINT. What it could not end, the watchdog will, once
 * this process has exited.
 */
export function reapNow(): void {
  current?.watchList.reap(2_000);
}

function spawnReaper(): { readonly reaper: Reaper; readonly watchList: WatchList } {
  // Its own session, so that what is sent to the CLI's group does not reach it.
  const child = spawn(
    process.execPath,
    ['--max-old-space-size=32', builtFile('targets/stores/reaper-entry.js')],
    {
      cwd: '/',
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
      env: { ...process.env, NODE_OPTIONS: '' },
    },
  );
  const { pid } = child;
  assert(pid !== undefined, 'the watchdog process can be started');
  unreference(child, child.stdin);
  const watchList = new WatchList();
  const tell = (message: ReaperMessage): void => {
    watchList.apply(message);
    if (child.stdin.writable) child.stdin.write(`${JSON.stringify(message)}\n`);
  };
  const reaper: Reaper = {
    pid,
    watchProcess(watchedPid, options = {}) {
      const startTime = processStartTime(watchedPid);
      if (startTime === undefined) return; // has ended already
      tell({
        op: 'watch-process',
        pid: watchedPid,
        signal: options.signal ?? 'SIGTERM',
        startTime,
      });
    },
    forgetProcess: (watchedPid) => tell({ op: 'forget-process', pid: watchedPid }),
    watchDirectory: (path) => tell({ op: 'watch-directory', path }),
    forgetDirectory: (path) => tell({ op: 'forget-directory', path }),
    close() {
      tell({ op: 'goodbye' });
      child.stdin.end();
      if (current?.reaper === reaper) current = undefined;
    },
  };
  return { reaper, watchList };
}

function unreference(child: ChildProcess, pipe: Writable): void {
  child.unref();
  // A watchdog that was killed must not take the run with it.
  child.on('error', () => undefined);
  pipe.on('error', () => undefined);
  if (pipe instanceof Socket) pipe.unref();
}
