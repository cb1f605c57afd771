import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { processesOf, readResult, start, temporaryFolder, until } from '../helpers/cli.ts';

/** A sale of some seconds, by two load processes over shared connections: a rate that any machine holds. */
const scenario = `name: held-up
target: { reference: { processes: 1, stock: { store: memory } } }
sale: { products: [{ id: sneaker-42, stock: 100 }], opensAt: 1s }
workload:
  users: 8000
  workers: 2
  connections: { pool: 32 }
  endsAt: 40s
  arrivals: [{ type: constant, rate: 2000/s }]
client: { timeout: 30s, retry: { maxAttempts: 1 } }
thresholds: { oversell: 0, order.p50: "< 60s", attempts: 8000 }
`;

/** As a machine does that is short of cores: for `pauseMs` one load process gets none. */
async function holdUpOneLoadProcess(marker: string, pauseMs: number): Promise<void> {
  const line = processesOf(marker).find((one) => one.includes('engine/worker-entry'));
  const pid = Number(line?.split(' ')[0]);
  process.kill(pid, 'SIGSTOP');
  await delay(pauseMs);
  process.kill(pid, 'SIGCONT');
}

describe('a load generator that cannot keep to its plan', () => {
  it('is told of during the run and in the report; latencies are unknown, what was sold is judged', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'held-up.yaml'), scenario);
    const out = join(folder, 'run');
    const started = start(['run', 'held-up.yaml', '--no-control', '--out', out], { cwd: folder });
    await until(() => started.stderr().includes('sale open'), 60_000, 'the opening');
    await holdUpOneLoadProcess(started.marker, 1_000);
    const finished = await started.finished;
    const result = readResult(out, finished);
    expect(finished.stderr).toMatch(/load generator \d+\.\d s behind its plan/);
    expect(finished.stdout).toContain('The load generator was the bottleneck');

    const { selfCheck } = result.generator;
    // Nothing was left out to keep the plan: all of it was sent, each when it could be.
    expect(result.firstAttempts).toBe(8_000);
    expect(result.generator.droppedArrivals).toBe(0);
    expect(selfCheck?.begun).toBe(8_000);
    expect(selfCheck?.workers.map(({ worker }) => worker)).toEqual([0, 1]);
    expect(selfCheck?.bottlenecks.join()).toMatch(/began 1% of its requests more than .* late/);
    const lateness = selfCheck?.workers.map(({ latenessMaxUs }) => latenessMaxUs) ?? [];
    expect(Math.max(...lateness)).toBeGreaterThan(500_000);

    const verdicts = Object.fromEntries(
      result.thresholds.map(({ metric, verdict }) => [metric, verdict]),
    );
    expect(verdicts).toEqual({ oversell: 'pass', 'order.p50': 'unknown', attempts: 'pass' });
    expect(result.invariants['oversell']?.verdict).toBe('pass');
    expect(result.verdict).toBe('unknown');
    expect(finished.code).toBe(4);
  });
});
