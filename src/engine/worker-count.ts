import { availableParallelism } from 'node:os';
import type { Scenario } from '../scenarios/schema.ts';

type Workload = Pick<Scenario['workload'], 'workers' | 'connections'>;

/**
 * Load-generating processes of a run: as many as the scenario says, else one less than the machine
 * has cores, so that the server has one. Never more than there are connections to share.
 */
export function workerCount({ workers, connections }: Workload): number {
  const wanted = workers ?? Math.max(1, availableParallelism() - 1);
  return connections === 'per-device' ? wanted : Math.min(wanted, connections.pool);
}

/** A worker's part of the pool, at least one connection; undefined when devices have their own. */
export function poolShare(
  { connections }: Workload,
  { worker, workers }: { readonly worker: number; readonly workers: number },
): number | undefined {
  if (connections === 'per-device') return undefined;
  const rest = connections.pool % workers;
  return Math.floor(connections.pool / workers) + (worker < rest ? 1 : 0);
}
