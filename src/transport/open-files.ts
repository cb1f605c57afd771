import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { formatCount } from '../core/units.ts';

/** Files a process of ours has open besides its connections, generously: modules, pipes, results. */
const ownFiles = 100;

/** The soft limit of open files in the text of `/proc/self/limits`; undefined when it is not there. */
export function parseProcLimits(text: string): number | undefined {
  const soft = /^Max open files\s+(\d+|unlimited)\s/m.exec(text)?.[1];
  return soft === undefined ? undefined : parseLimit(soft);
}

/** The number in what `ulimit -n` printed; undefined when it is none. */
export function parseLimit(text: string): number | undefined {
  const limit = text.trim();
  if (limit === 'unlimited') return Number.POSITIVE_INFINITY;
  return /^\d+$/.test(limit) ? Number(limit) : undefined;
}

/** How many ports `/proc/sys/net/ipv4/ip_local_port_range` spans; undefined when it is malformed. */
export function parsePortRange(text: string): number | undefined {
  const [, low, high] = /^\s*(\d+)\s+(\d+)\s*$/.exec(text) ?? [];
  if (low === undefined || high === undefined) return undefined;
  const ports = Number(high) - Number(low) + 1;
  return ports > 0 ? ports : undefined;
}

/** What this machine allows; undefined where it cannot be told. */
export interface ConnectionLimits {
  /** Files, sockets among them, that one process may have open. */
  readonly openFilesPerProcess: number | undefined;
  /** Local ports, hence connections from one local address to one server. */
  readonly localPorts: number | undefined;
}

/** Reads the limits of this process and its children (Node raises its soft limit to the hard one). */
export async function readConnectionLimits(): Promise<ConnectionLimits> {
  const [limits, ports] = await Promise.all([
    textOf('/proc/self/limits'),
    textOf('/proc/sys/net/ipv4/ip_local_port_range'),
  ]);
  return {
    openFilesPerProcess: parseProcLimits(limits) ?? (await askShell()),
    localPorts: parsePortRange(ports),
  };
}

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch {
    return '';
  }
}

/** For systems without /proc. A child inherits the limit. */
async function askShell(): Promise<number | undefined> {
  try {
    const { stdout } = await promisify(execFile)('sh', ['-c', 'ulimit -n']);
    return parseLimit(stdout);
  } catch {
    return undefined;
  }
}

/** The connections of a run. */
export interface ConnectionDemand {
  readonly connections: number;
  /** Load-generating processes that share them evenly. */
  readonly processes: number;
  /** Processes of the server on this machine, which hold the other ends; 0 for a remote server. */
  readonly serverProcesses?: number;
  /** Local addresses to connect from; 1 unless given. */
  readonly localAddresses?: number;
}

/** Connections that the machine does not have. */
export interface ConnectionShortage {
  readonly needed: number;
  readonly available: number;
  /** Most connections that a run may have for this limit; 0 when not even one fits. */
  readonly connectionsMax: number;
  /** What is short, in one sentence. */
  readonly what: string;
  /** How to have more of it, beside needing less; without a full stop. */
  readonly remedy: string;
}

/**
 * Whether the machine has the connections that a run needs, to be asked before it starts. A limit
 * that could not be read is not checked.
 *
 * @returns everything that is short; nothing when all fits
 */
export function checkConnectionBudget(
  demand: ConnectionDemand,
  limits: ConnectionLimits,
): readonly ConnectionShortage[] {
  const { connections } = demand;
  const found: ConnectionShortage[] = [];
  const openFiles = limits.openFilesPerProcess ?? Number.POSITIVE_INFINITY;
  const holders = [
    ['load-generating', demand.processes],
    ['server', demand.serverProcesses ?? 0],
  ] as const;
  const filesOf = (processes: number): number => Math.ceil(connections / processes) + ownFiles;
  const most = Math.max(
    ...holders.map(([, processes]) => (processes === 0 ? 0 : filesOf(processes))),
  );
  for (const [holder, processes] of holders) {
    if (processes === 0) continue;
    const needed = filesOf(processes);
    if (needed <= openFiles) continue;
    found.push({
      needed,
      available: openFiles,
      connectionsMax: Math.max(0, (openFiles - ownFiles) * processes),
      what: `A ${holder} process needs ${formatCount(needed)} open files and may have ${formatCount(openFiles)}.`,
      remedy: `raise the limit of open files to ${most} (\`ulimit -n ${most}\`; beyond the hard limit as root)`,
    });
  }
  const ports = (limits.localPorts ?? Number.POSITIVE_INFINITY) * (demand.localAddresses ?? 1);
  if (connections > ports) {
    found.push({
      needed: connections,
      available: ports,
      connectionsMax: ports,
      what: `The run needs ${formatCount(connections)} local ports and the machine has ${formatCount(ports)}.`,
      remedy:
        'widen the range of ports: `sysctl net.ipv4.ip_local_port_range="1024 65535"` as root',
    });
  }
  return found;
}
