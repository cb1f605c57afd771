import { readFile } from 'node:fs/promises';
import { arch, availableParallelism, freemem, platform, totalmem } from 'node:os';
import { formatCount } from '../../core/units.ts';
import { readConnectionLimits } from '../../transport/open-files.ts';
import type { Finding } from './finding.ts';

/** Below this a load generator, servers and a database leave each other no time. */
const coresMin = 2;
/** The main job takes some 700 MB over all processes. */
const memoryMinBytes = 1.5 * 2 ** 30;
/** 5,000 people with their devices. */
const connectionsMin = 10_000;
/** What the order server asks for; the kernel caps it. */
const backlogMin = 4_096;

/** What this machine is, and what its limits allow. */
export async function inspectMachine(): Promise<readonly Finding[]> {
  const limits = await readConnectionLimits();
  return [
    {
      name: 'Node',
      state: 'ok',
      detail: `${process.version.slice(1)} on ${platform()} ${arch()}`,
    },
    cores(availableParallelism()),
    memory(totalmem(), freemem()),
    connections('open files', limits.openFilesPerProcess, 'of one process', 'raise `ulimit -n`'),
    connections(
      'local ports',
      limits.localPorts,
      'to one server',
      'widen net.ipv4.ip_local_port_range with sysctl',
    ),
    ...(await backlog()),
  ];
}

function cores(count: number): Finding {
  return count < coresMin
    ? {
        name: 'cores',
        state: 'warning',
        detail: `${count}: players and server compete for it; latency says little, counts hold`,
      }
    : { name: 'cores', state: 'ok', detail: String(count) };
}

function memory(totalBytes: number, freeBytes: number): Finding {
  const gib = (bytes: number): string => (bytes / 2 ** 30).toFixed(1);
  const detail = `${gib(freeBytes)} GiB free of ${gib(totalBytes)}`;
  return freeBytes < memoryMinBytes
    ? { name: 'memory', state: 'warning', detail: `${detail}: large scenarios may not fit` }
    : { name: 'memory', state: 'ok', detail };
}

function connections(
  name: string,
  count: number | undefined,
  what: string,
  remedy: string,
): Finding {
  if (count === undefined) return { name, state: 'ok', detail: 'no limit that could be read' };
  if (count === Number.POSITIVE_INFINITY) return { name, state: 'ok', detail: 'without limit' };
  const detail = `${formatCount(count)}, hence that many connections ${what}`;
  return count < connectionsMin
    ? { name, state: 'warning', detail: `${detail}; ${remedy}` }
    : { name, state: 'ok', detail };
}

/** Linux alone tells. */
async function backlog(): Promise<readonly Finding[]> {
  const text = await readFile('/proc/sys/net/core/somaxconn', 'utf8').catch(() => '');
  const count = Number(text);
  if (text === '' || !Number.isInteger(count)) return [];
  const name = 'backlog';
  const detail = `${formatCount(count)} connections may wait to be accepted`;
  return count < backlogMin
    ? [{ name, state: 'warning', detail: `${detail}; raise net.core.somaxconn to ${backlogMin}` }]
    : [{ name, state: 'ok', detail }];
}
