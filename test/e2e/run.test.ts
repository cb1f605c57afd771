import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  flashsim,
  processesOf,
  readResult,
  run,
  smallProfile,
  start,
  temporaryFolder,
  temporaryLeftovers,
} from '../helpers/cli.ts';

const strategy = (name: string, processes: number) => [
  ...['--set', `target.reference.stock.strategy=${name}`],
  ...['--set', `target.reference.processes=${processes}`],
];

describe('flashsim run sale-opening (small profile)', () => {
  it('sells exactly what there is and passes with conditional-update on two processes', async () => {
    const folder = join(temporaryFolder(), 'run');
    const before = temporaryLeftovers();
    const started = start(['run', 'sale-opening', '--out', folder, ...smallProfile]);
    const { code, stdout, stderr } = await started.finished;
    expect(stderr).not.toContain('    at ');
    const result = readResult(folder, { code, stdout, stderr });
    expect({ verdict: result.verdict, invariants: result.invariants }).toMatchObject({
      verdict: 'pass',
    });
    expect(code).toBe(0);
    expect(result.sold).toBe(60);
    expect(result.stock).toBe(60);
    expect(result.control).toMatchObject({ state: 'oversold', stock: 60 });
    expect(result.invariants['oversell']).toMatchObject({
      verdict: 'pass',
      value: 0,
      lo: 0,
      hi: 0,
    });
    expect(result.devices.evicted).toBeGreaterThan(0);
    expect(result.opening.warmConnections).toBeGreaterThan(400);
    expect(Object.keys(result.opening.perInstance)).toHaveLength(2);
    expect(result.amplification).toBeCloseTo(result.attempts / result.firstAttempts, 9);
    expect(result.latencyUs['order']?.response.p99).toBeGreaterThanOrEqual(
      result.latencyUs['order']?.service.p50 ?? 0,
    );
    expect(stdout).toMatch(/pass/i);
    for (const file of [
      'run.json',
      'history.parquet',
      'truth.json',
      'ledger.parquet',
      'orders.journal',
      'result.json',
    ]) {
      expect(existsSync(join(folder, file)), file).toBe(true);
    }
    const journal = readFileSync(join(folder, 'orders.journal'), 'utf8').trim().split('\n');
    expect(journal).toHaveLength(1 + 60);
    expect(processesOf(started.marker)).toEqual([]);
    expect(temporaryLeftovers()).toEqual(before);
  });

  it('naive oversells, exits 3 and shows witnesses', async () => {
    const { code, result, stdout } = await run(
      'sale-opening',
      '--seed',
      '1',
      ...smallProfile,
      ...strategy('naive', 2),
    );
    expect(result.verdict).toBe('violated');
    expect(code).toBe(3);
    const { oversell } = result.invariants;
    expect(oversell?.lo).toBeGreaterThan(0);
    expect(oversell?.witnesses.count).toBeGreaterThan(0);
    expect(oversell?.witnesses.first?.summary).not.toBe('');
    expect(stdout).toMatch(/oversell/i);
  });

  it('synchronized holds in one process and oversells with two', async () => {
    const one = await run(
      'sale-opening',
      '--seed',
      '1',
      ...smallProfile,
      ...strategy('synchronized', 1),
    );
    expect(one.result.invariants['oversell']).toMatchObject({ verdict: 'pass' });
    expect(one.code).toBe(0);
    // Enough units for the two processes to meet: with 60 the race may not happen (docs, campaign).
    const two = await run(
      'sale-opening',
      '--seed',
      '1',
      ...smallProfile,
      ...['--set', 'workload.users=700', '--set', 'sale.products[0].stock=400'],
      ...strategy('synchronized', 2),
    );
    expect(two.result.invariants['oversell']?.lo).toBeGreaterThan(0);
    expect(two.code).toBe(3);
  });

  it('plans the same for the same seed whatever the number of workers, and the replay line repeats the plan', async () => {
    const one = await run(
      'sale-opening',
      '--seed',
      '9',
      ...smallProfile,
      '--set',
      'workload.workers=1',
    );
    const two = await run(
      'sale-opening',
      '--seed',
      '9',
      ...smallProfile,
      '--set',
      'workload.workers=2',
    );
    expect(two.result.planHash).toBe(one.result.planHash);
    expect(two.code).toBe(0);
    const words = one.result.replay
      .split(' ')
      .slice(2)
      .map((word) => word.replaceAll("'", ''));
    const again = await run(words[0] ?? '', ...words.slice(1));
    expect(again.result.planHash).toBe(one.result.planHash);
    expect(again.result.scenarioHash).toBe(one.result.scenarioHash);
  });

  it('prints the result and nothing else with --json', async () => {
    const { stdout, code } = await flashsim([
      'run',
      'sale-opening',
      '--json',
      '--no-control',
      '--out',
      join(temporaryFolder(), 'r'),
      ...smallProfile,
    ]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ schemaVersion: 1, verdict: 'pass', sold: 60 });
  });

  it('fails on a threshold that is not met, although every invariant holds', async () => {
    const { code, result } = await run(
      'sale-opening',
      ...smallProfile,
      '--set',
      'thresholds={"order.p99": "< 1us"}',
    );
    expect(code).toBe(3);
    expect(result.thresholds).toMatchObject([{ metric: 'order.p99', verdict: 'violated' }]);
  });
});
