import { readFileSync } from 'node:fs';

/** USER_HZ of every Linux that Node runs on. */
const ticksPerS = 100;

/** Fields of `/proc/<pid>/stat` behind the program's name (proc(5)); undefined where there is none. */
function statOf(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}

/** CPU seconds that processes have used so far, their children not counted. */
export function cpuSecondsOf(pids) {
  return pids.reduce((sum, pid) => {
    const fields = statOf(pid);
    return fields === undefined ? sum : sum + (Number(fields[11]) + Number(fields[12])) / ticksPerS;
  }, 0);
}

/** CPU seconds of all children of this process that have ended, and of theirs. */
export function endedChildrenCpuSeconds() {
  const fields = statOf(process.pid) ?? [];
  return (Number(fields[13]) + Number(fields[14])) / ticksPerS;
}

/** The most resident memory that a process has had so far, in bytes; 0 when it has ended. */
export function residentMaxBytes(pid) {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}
