import { availableParallelism } from 'node:os';
import { describe, expect, it } from 'vitest';
import { poolShare, workerCount } from '../../../src/engine/worker-count.ts';

const cores = Math.max(1, availableParallelism() - 1);

describe('the processes of a run', () => {
  it.each([
    [{ workers: 3, connections: 'per-device' as const }, 3],
    [{ workers: undefined, connections: 'per-device' as const }, cores],
    [{ workers: 3, connections: { pool: 100 } }, 3],
    [{ workers: undefined, connections: { pool: 1 } }, 1],
  ])('are counted for %j', (workload, count) => {
    expect(workerCount(workload)).toBe(count);
  });

  it.each([
    [10, 3, [4, 3, 3]],
    [3, 3, [1, 1, 1]],
    [15_000, 2, [7500, 7500]],
  ])('share a pool of %i among %i, none of it lost', (pool, workers, shares) => {
    const found = shares.map((_, worker) =>
      poolShare({ workers, connections: { pool } }, { worker, workers }),
    );
    expect(found).toEqual(shares);
  });

  it('have no pool where every device has its own connection', () => {
    const workload = { workers: 2, connections: 'per-device' as const };
    expect(poolShare(workload, { worker: 0, workers: 2 })).toBeUndefined();
  });
});
