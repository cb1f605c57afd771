import { readFileSync } from 'node:fs';

/**
 * Resident memory of processes, in bytes, as Linux accounts it (`/proc/<pid>/statm`); those that
 * ended count nothing. Elsewhere only this process is known. Shared pages count once per process, so
 * the sum is an upper bound.
 */
export function residentBytes(processIds: readonly number[]): number {
  const pageBytes = 4_096;
  return processIds.reduce((sum, processId) => {
    try {
      const [, resident] = readFileSync(`/proc/${processId}/statm`, 'utf8').split(' ');
      return sum + Number(resident) * pageBytes;
    } catch {
      return sum + (processId === process.pid ? process.memoryUsage.rss() : 0);
    }
  }, 0);
}
