import { readdirSync, readFileSync } from 'node:fs';

/** USER_HZ of every Linux that Node runs on. */
const ticksPerS = 100;

/**
 * CPU time that processes and their living children have used, in seconds, as Linux accounts it
 * (proc(5), `/proc/<pid>/stat`); a database server works in children. 0 where there is no such thing.
 */
export function cpuSecondsOf(processIds: readonly number[]): number {
  const wanted = new Set(processIds);
  let ticks = 0;
  for (const name of processNames()) {
    const stat = statOf(name);
    if (stat === undefined) continue;
    if (wanted.has(Number(name)) || wanted.has(stat.parentId)) ticks += stat.ticks;
  }
  return ticks / ticksPerS;
}

function processNames(): readonly string[] {
  try {
    return readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  } catch {
    return [];
  }
}

/** undefined for a process that ended meanwhile. */
function statOf(name: string): { readonly parentId: number; readonly ticks: number } | undefined {
  try {
    const text = readFileSync(`/proc/${name}/stat`, 'utf8');
    // The second field is the program's name, in parentheses, and may hold anything.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { parentId: Number(fields[1]), ticks: Number(fields[11]) + Number(fields[12]) };
  } catch {
    return undefined;
  }
}
