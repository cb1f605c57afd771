import { availableParallelism } from 'node:os';
import { FlashsimError } from '../core/errors.ts';
import type { Scenario } from '../scenarios/schema.ts';
import { checkConnectionBudget, readConnectionLimits } from '../transport/open-files.ts';

/**
 * Refuses a run that needs more connections than the machine has, before anything is started.
 *
 * @throws FlashsimError TOO_MANY_CONNECTIONS, with the number needed
 */
export async function checkConnections(scenario: Scenario): Promise<void> {
  const { workload, target } = scenario;
  const shortage = checkConnectionBudget(
    {
      connections: Math.ceil(workload.users * devicesPerPerson(workload.devicesPerUser)),
      processes: workload.workers ?? Math.max(1, availableParallelism() - 1),
      serverProcesses: target.reference?.processes ?? 0,
    },
    await readConnectionLimits(),
  );
  if (shortage === undefined) return;
  throw new FlashsimError('TOO_MANY_CONNECTIONS', {
    what: shortage.what,
    why: `Every device has a connection of its own: ${shortage.needed} are needed, ${shortage.available} are there.`,
    fix: shortage.fix,
  });
}

/** Mean number of devices. */
function devicesPerPerson(devices: Scenario['workload']['devicesPerUser']): number {
  if (typeof devices === 'number') return devices;
  return Object.entries(devices).reduce((sum, [count, share]) => sum + Number(count) * share, 0);
}
