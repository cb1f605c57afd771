import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { SeriesResult } from '../../src/results/series.ts';
import {
  flashsim,
  processesOf,
  readResult,
  smallProfile,
  start,
  temporaryFolder,
  temporaryLeftovers,
  until,
} from '../helpers/cli.ts';

const quick = [...smallProfile, '--no-control', '--set', 'workload.users=200'];
const strategy = (name: string) => ['--set', `target.reference.stock.strategy=${name}`];

function readSeries(folder: string): SeriesResult {
  return JSON.parse(readFileSync(join(folder, 'series.json'), 'utf8')) as SeriesResult;
}

describe('flashsim run --repeat', () => {
  it('plays one seed after the other, sums them up, and a later run compares with it', async () => {
    const folder = join(temporaryFolder(), 'series');
    const args = ['run', 'sale-opening', ...quick, '--seed', '5', '--repeat', '3'];
    const { code, stdout, stderr } = await flashsim([
      ...args,
      '--out',
      folder,
      '--report',
      'junit',
    ]);
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(stderr).toContain('run 2 of 3  seed 6: pass');
    expect(stdout).toMatch(/^PASS {2}3 runs; oversold in none of 3/);
    const series = readSeries(folder);
    expect(series).toMatchObject({
      verdict: 'pass',
      planned: 3,
      interrupted: false,
      oversell: { violated: 0, decided: 3, bound: 1 },
    });
    expect(series.runs.map(({ seed }) => seed)).toEqual([5, 6, 7]);
    expect(series.metrics['sold']).toMatchObject({ runs: 3, median: 60, min: 60, max: 60 });
    const plans = series.runs.map((run) => readResult(join(folder, run.folder)).planHash);
    expect(new Set(plans).size).toBe(3);
    for (const run of series.runs) {
      for (const file of ['result.json', 'report.html', 'junit.xml', 'history.parquet']) {
        expect(existsSync(join(folder, run.folder, file)), `${run.folder}/${file}`).toBe(true);
      }
    }

    const naive = await flashsim([
      'run',
      'sale-opening',
      ...quick,
      ...strategy('naive'),
      '--quiet',
      '--out',
      join(temporaryFolder(), 'naive'),
      '--baseline',
      folder,
    ]);
    expect(naive.code).toBe(3);
    expect(naive.stdout).toContain('REGRESSED');
    expect(naive.stdout).toContain('target.reference.stock.strategy: conditional-update → naive');
  });

  it('has the verdict of its worst run as JSON', async () => {
    const folder = join(temporaryFolder(), 'series');
    const { code, stdout } = await flashsim([
      'run',
      'sale-opening',
      ...quick,
      ...strategy('naive'),
      ...['--repeat', '2', '--json', '--out', folder],
    ]);
    expect(code).toBe(3);
    const series = JSON.parse(stdout) as SeriesResult;
    expect(series).toEqual(readSeries(folder));
    expect(series).toMatchObject({ verdict: 'violated', oversell: { decided: 2, bound: null } });
    expect(series.oversell.violated).toBeGreaterThan(0);
  });

  it('ends at a signal, with what was played, and leaves nothing running', async () => {
    const before = temporaryLeftovers();
    const folder = join(temporaryFolder(), 'series');
    const started = start(['run', 'sale-opening', ...quick, '--repeat', '20', '--out', folder]);
    await until(() => started.stderr().includes('run 1 of 20'), 60_000, 'the first run');
    await until(() => existsSync(join(folder, 'seed-43', 'orders.journal')), 30_000, 'the second');
    started.child.kill('SIGINT');
    const { code, stdout, stderr } = await started.finished;
    expect(stderr).not.toContain('    at ');
    expect(code).toBe(130);
    expect(stdout).toMatch(/^UNKNOWN {2}[12] of 20 runs, then it was interrupted/);
    expect(readSeries(folder)).toMatchObject({
      interrupted: true,
      planned: 20,
      verdict: 'unknown',
    });
    expect(existsSync(join(folder, 'seed-44'))).toBe(false);
    await until(() => processesOf(started.marker).length === 0, 10_000, 'the end of all processes');
    await until(
      () => temporaryLeftovers().every((name) => before.includes(name)),
      10_000,
      'the removal of temporary folders',
    );
  });
});
