import { describe, expect, it } from 'vitest';
import type { RunResult } from '../../../src/results/result.ts';
import { seriesOf } from '../../../src/results/series.ts';
import { runOf, withInvariant } from './comparison/fixture.ts';

const played = (results: readonly RunResult[]) =>
  results.map((result) => ({ folder: `seed-${result.seed}`, result }));
const seriesFrom = (results: readonly RunResult[], interrupted = false, planned = results.length) =>
  seriesOf(played(results), { planned, interrupted });

const good = (p99Ms: number, seed: number) => runOf(p99Ms, { seed });
const bad = (seed: number): RunResult => ({
  ...withInvariant(good(500, seed), 'oversell', { verdict: 'violated', lo: 12, hi: 12 }),
  verdict: 'violated',
  sold: 512,
});

describe('seriesOf', () => {
  it('gives medians and ranges, and lists the runs', () => {
    const series = seriesFrom([good(400, 1), good(900, 2), good(500, 3)]);
    expect(series.metrics['order.p99']).toEqual({
      runs: 3,
      median: 500_000,
      min: 400_000,
      max: 900_000,
      unit: 'µs',
    });
    expect(series.runs.map(({ seed, folder, verdict }) => [seed, folder, verdict])).toEqual([
      [1, 'seed-1', 'pass'],
      [2, 'seed-2', 'pass'],
      [3, 'seed-3', 'pass'],
    ]);
    expect(series.verdict).toBe('pass');
  });

  it('has the worst verdict of its runs, and counts each', () => {
    const series = seriesFrom([good(400, 1), bad(2), good(400, 3)]);
    expect(series.verdict).toBe('violated');
    expect(series.invariants['oversell']).toEqual({
      pass: 2,
      unknown: 0,
      violated: 1,
      worst: 12,
      unit: 'units',
    });
  });

  it.each([
    { failed: 0, of: 3, bound: 1 },
    { failed: 0, of: 10, bound: 0.3 },
    { failed: 0, of: 100, bound: 0.03 },
    { failed: 1, of: 10, bound: null },
  ])('$failed oversells in $of runs bound the next one by $bound', ({ failed, of, bound }) => {
    const results = Array.from({ length: of }, (_, at) => (at < failed ? bad(at) : good(400, at)));
    expect(seriesFrom(results).oversell).toEqual({ violated: failed, decided: of, bound });
  });

  it('bounds nothing by runs that decided nothing', () => {
    const unknown = withInvariant(good(400, 1), 'oversell', { verdict: 'unknown' });
    expect(seriesFrom([unknown]).oversell).toEqual({ violated: 0, decided: 0, bound: null });
    const mixed = [unknown, ...[2, 3, 4, 5].map((seed) => good(400, seed))];
    expect(seriesFrom(mixed).oversell).toEqual({ violated: 0, decided: 4, bound: 0.75 });
  });

  it('does not pass when it ended before all runs were played', () => {
    expect(seriesFrom([good(400, 1)], true, 5)).toMatchObject({
      verdict: 'unknown',
      interrupted: true,
    });
    expect(seriesFrom([bad(1)], true, 5).verdict).toBe('violated');
  });
});
