import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { SeriesResult } from '../../src/results/series.ts';
import {
  processesOf,
  readResult,
  smallProfile,
  start,
  temporaryFolder,
  temporaryLeftovers,
} from '../helpers/cli.ts';

// The sale would go on for a quarter of a minute: what ends before was ended.
const long = [
  ...smallProfile,
  '--no-control',
  ...['--set', 'workload.endsAt=20s'],
  ...['--set', 'workload.arrivals=[{ type: uniform, within: 15s }]'],
];

describe('a threshold with abortOnFail', () => {
  it('ends a run that oversells as soon as that is known, judges it, and leaves nothing behind', async () => {
    const folder = join(temporaryFolder(), 'run');
    const started = start([
      ...['run', 'sale-opening', ...long, '--out', folder, '--report', 'junit'],
      ...['--set', 'target.reference.stock.strategy=naive'],
      ...[
        '--set',
        'workload.arrivals=[{ type: uniform, users: 70%, within: 50ms }, { type: uniform, within: 15s }]',
      ],
      ...['--set', 'thresholds.oversell={ limit: 0, abortOnFail: true }'],
    ]);
    const finished = await started.finished;
    const { code, stdout, stderr } = finished;
    const result = readResult(folder, finished);
    expect(code, stderr).toBe(3);
    expect(stderr).toContain('stopping: oversell is not <= 0 (abortOnFail)');
    expect(stdout).toMatch(
      /^VIOLATED {2}the run was ended .* after the opening: oversell was \d+ units/,
    );
    expect(result).toMatchObject({ verdict: 'violated', interrupted: true });
    expect(result.abort).toMatchObject({ metric: 'oversell', limit: '<= 0', unit: 'units' });
    expect(result.abort?.afterOpeningMs).toBeLessThan(5_000);
    expect(result.abort?.value).toBeGreaterThan(0);
    expect(result.invariants['oversell']).toMatchObject({ verdict: 'violated' });
    expect(result.invariants['oversell']?.value).toBeGreaterThanOrEqual(result.abort?.value ?? 0);
    expect(result.wallMs).toBeLessThan(18_000);
    expect(readFileSync(join(folder, 'report.html'), 'utf8')).toContain('The run was ended');
    expect(existsSync(join(folder, 'junit.xml'))).toBe(true);
    expect(processesOf(started.marker)).toEqual([]);
    expect(temporaryLeftovers()).toEqual([]);

    const again = await start(['audit', folder]).finished;
    expect(again.code, again.stderr).toBe(3);
    expect(again.stdout).toContain('the run was ended');
  });

  it('looks only after delayAbortEval, and lets a run be that keeps its limit', async () => {
    const folder = join(temporaryFolder(), 'run');
    const { code, stderr } = await start([
      ...['run', 'sale-opening', ...smallProfile, '--no-control', '--out', folder],
      ...['--set', 'thresholds.oversell={ limit: 0, abortOnFail: true }'],
      // It fails, but the sale is over before anybody looks.
      ...['--set', 'thresholds.attempts={ limit: 1, abortOnFail: true, delayAbortEval: 30s }'],
    ]).finished;
    const result = readResult(folder);
    expect(code, stderr).toBe(3);
    expect(result.abort).toBeUndefined();
    expect(result.interrupted).toBe(false);
    expect(result.thresholds.map(({ metric, verdict }) => [metric, verdict])).toEqual([
      ['oversell', 'pass'],
      ['attempts', 'violated'],
    ]);
  });

  it('ends by a latency, and only the one run of a series', async () => {
    const folder = join(temporaryFolder(), 'series');
    const { code, stderr } = await start([
      ...['run', 'sale-opening', ...long, '--out', folder, '--repeat', '2'],
      ...[
        '--set',
        'thresholds.order.p99={ limit: "< 1ms", abortOnFail: true, delayAbortEval: 1s }',
      ],
    ]).finished;
    expect(code, stderr).toBe(3);
    const text = readFileSync(join(folder, 'series.json'), 'utf8');
    const series = JSON.parse(text) as SeriesResult;
    expect(series).toMatchObject({ verdict: 'violated', interrupted: false, planned: 2 });
    expect(series.runs).toHaveLength(2);
    for (const run of series.runs) {
      const { abort } = readResult(join(folder, run.folder));
      expect(abort).toMatchObject({ metric: 'order.p99', limit: '< 1ms', unit: 'µs' });
      expect(abort?.afterOpeningMs).toBeGreaterThanOrEqual(1_000);
    }
  });
});
