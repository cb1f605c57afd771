import { FlashsimError } from '../core/errors.ts';
import { formatCount } from '../core/units.ts';
import { workerCount } from '../engine/worker-count.ts';
import type { Scenario } from '../scenarios/schema.ts';
import { expectedDevices } from '../scenarios/sessions.ts';
import {
  type ConnectionDemand,
  checkConnectionBudget,
  readConnectionLimits,
} from '../transport/open-files.ts';

/** Connections that are wanted, and how to say that they are too many. */
interface WantedConnections extends ConnectionDemand {
  /** Why so many. */
  readonly why: string;
  /** How to want less: `most` connections fit. */
  readonly less: (most: number) => string;
}

/**
 * Refuses what needs more connections than the machine has, before anything is started.
 *
 * @throws FlashsimError TOO_MANY_CONNECTIONS, with the number needed and the fix
 */
export async function requireConnections(wanted: WantedConnections): Promise<void> {
  const shortages = checkConnectionBudget(wanted, await readConnectionLimits());
  if (shortages.length === 0) return;
  const most = Math.min(...shortages.map(({ connectionsMax }) => connectionsMax));
  const remedies = new Set(shortages.map(({ remedy }) => remedy));
  throw new FlashsimError('TOO_MANY_CONNECTIONS', {
    what: shortages.map(({ what }) => what).join(' '),
    why: wanted.why,
    fix: `${[...(most > 0 ? [wanted.less(most)] : []), ...remedies].join('; or ')}.`,
  });
}

/** {@link requireConnections} for a run of a scenario. */
export async function checkConnections({ workload, target }: Scenario): Promise<void> {
  const { connections } = workload;
  const shared = {
    processes: workerCount(workload),
    serverProcesses: target.reference?.processes ?? 0,
  };
  if (connections !== 'per-device') {
    await requireConnections({
      ...shared,
      connections: connections.pool,
      why: `The pool has ${formatCount(connections.pool)} connections.`,
      less: (most) => `Write at most \`pool: ${most}\``,
    });
    return;
  }
  const devices = expectedDevices(workload);
  await requireConnections({
    ...shared,
    connections: devices,
    why: `Each of ${formatCount(devices)} devices has a connection of its own.`,
    less: (most) =>
      `Use at most ${most} devices, or let all share connections: \`workload.connections: { pool: ${most} }\``,
  });
}
