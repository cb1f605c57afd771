import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { flashsim, readResult, temporaryFolder } from '../helpers/cli.ts';

/** A sale whose orders are all due within `within`, by two load processes over shared connections. */
const scenario = (rate: string) => `name: steep
target: { reference: { processes: 1, stock: { store: memory } } }
sale: { products: [{ id: sneaker-42, stock: 100 }], opensAt: 1s }
workload:
  users: 24000
  workers: 2
  connections: { pool: 32 }
  endsAt: 40s
  arrivals: [{ type: constant, rate: ${rate} }]
client: { timeout: 30s, retry: { maxAttempts: 1 } }
thresholds: { oversell: 0, order.p50: "< 60s", attempts: 24000 }
`;

describe('a rate that the load generator cannot reach', () => {
  it('is said during the run and in the report; latencies are unknown, what was sold is judged', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'steep.yaml'), scenario('1000000/s'));
    const out = join(folder, 'run');
    const args = ['run', 'steep.yaml', '--no-control', '--out', out];
    const finished = await flashsim(args, { cwd: folder });
    const result = readResult(out, finished);
    expect(finished.stderr).toMatch(/load generator \d+\.\d s behind its plan/);
    expect(finished.stdout).toContain('The load generator was the bottleneck');

    const { selfCheck } = result.generator;
    // Nothing was left out to make the rate: all that was planned was sent, each when it could be.
    expect(result.firstAttempts).toBe(24_000);
    expect(result.generator.droppedArrivals).toBe(0);
    expect(selfCheck?.begun).toBe(24_000);
    expect(selfCheck?.workers.map(({ worker }) => worker)).toEqual([0, 1]);
    expect(selfCheck?.bottlenecks.join()).toMatch(/began 1% of its requests more than .* late/);
    const [worst] = selfCheck?.workers.map(({ latenessMaxUs }) => latenessMaxUs).toSorted() ?? [];
    expect(worst).toBeGreaterThan(20_000);

    const verdicts = Object.fromEntries(
      result.thresholds.map(({ metric, verdict }) => [metric, verdict]),
    );
    expect(verdicts).toEqual({ oversell: 'pass', 'order.p50': 'unknown', attempts: 'pass' });
    expect(result.invariants['oversell']?.verdict).toBe('pass');
    expect(result.verdict).toBe('unknown');
    expect(finished.code).toBe(4);
  });
});
