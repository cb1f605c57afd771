import { reapNow } from '../targets/stores/reaper.ts';

/** The second Ctrl-C: kills server processes and services and removes temporary folders, at once. */
export function stopEverythingNow(processIds: readonly number[]): void {
  for (const processId of processIds) {
    try {
      process.kill(processId, 'SIGKILL');
    } catch {
      // Gone already, which is what was wanted.
    }
  }
  reapNow();
}
