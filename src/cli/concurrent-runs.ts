import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';

/** Tells whether other runs share the machine: their load taints this run's latency figures. */
export interface RunPresence {
  /** True when another run was seen at any time since this one began. */
  readonly sawOthers: boolean;
  leave(): void;
}

const lookEveryMs = 500;

/**
 * Announces a run by a file named after this process, and watches for those of others. A file whose
 * process is gone is left over from a crash and is removed.
 */
export function announceRun(processId: number): RunPresence {
  const folder = join(tmpdir(), `flashsim-runs-${userInfo().uid}`);
  const own = join(folder, String(processId));
  let sawOthers = false;
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(own, '');
  } catch {
    // A temp folder that cannot be written: nobody can be seen, which harms nothing but a warning.
    return { sawOthers: false, leave: () => undefined };
  }
  const look = (): void => {
    sawOthers ||= othersIn(folder, processId);
  };
  look();
  const timer = setInterval(look, lookEveryMs);
  timer.unref();
  return {
    get sawOthers() {
      look();
      return sawOthers;
    },
    leave: () => {
      clearInterval(timer);
      rmSync(own, { force: true });
    },
  };
}

function othersIn(folder: string, ownId: number): boolean {
  let found = false;
  for (const name of readdirSync(folder)) {
    const processId = Number(name);
    if (!Number.isInteger(processId) || processId === ownId) continue;
    if (isAlive(processId)) found = true;
    else rmSync(join(folder, name), { force: true });
  }
  return found;
}

function isAlive(processId: number): boolean {
  try {
    process.kill(processId, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
