import { FlashsimError } from '../core/errors.ts';
import { formatCount } from '../core/units.ts';
import { workerCount } from '../engine/worker-count.ts';
import type { Scenario } from '../scenarios/schema.ts';
import { expectedDevices } from '../scenarios/sessions.ts';
import { checkConnectionBudget, readConnectionLimits } from '../transport/open-files.ts';

/**
 * Refuses a run that needs more connections than the machine has, before anything is started.
 *
 * @throws FlashsimError TOO_MANY_CONNECTIONS, with the number needed
 */
export async function checkConnections(scenario: Scenario): Promise<void> {
  const { workload, target } = scenario;
  const { connections } = workload;
  const pooled = connections !== 'per-device';
  const shortages = checkConnectionBudget(
    {
      connections: pooled ? connections.pool : expectedDevices(workload),
      processes: workerCount(workload),
      serverProcesses: target.reference?.processes ?? 0,
    },
    await readConnectionLimits(),
  );
  if (shortages.length === 0) return;
  const most = Math.min(...shortages.map(({ connectionsMax }) => connectionsMax));
  const less = pooled
    ? `Write at most \`pool: ${most}\``
    : `Use at most ${most} devices, or let all share connections: \`workload.connections: { pool: ${most} }\``;
  const remedies = new Set(shortages.map(({ remedy }) => remedy));
  throw new FlashsimError('TOO_MANY_CONNECTIONS', {
    what: shortages.map(({ what }) => what).join(' '),
    why: pooled
      ? `The pool has ${formatCount(connections.pool)} connections.`
      : `Each of ${formatCount(expectedDevices(workload))} devices has a connection of its own.`,
    fix: `${[...(most > 0 ? [less] : []), ...remedies].join('; or ')}.`,
  });
}
