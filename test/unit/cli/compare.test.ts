import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runCli } from '../../../src/cli/program.ts';
import type { Comparison } from '../../../src/results/comparison/comparison.ts';
import type { RunResult } from '../../../src/results/result.ts';
import { runOf, withInvariant } from '../results/comparison/fixture.ts';
import { folder, runFolder } from './audit-fixture.ts';
import { fakeEnvironment } from './fake-environment.ts';

async function compare(
  ...argv: readonly string[]
): Promise<{ code: number; out: string; err: string }> {
  const environment = fakeEnvironment(folder);
  const code = await runCli(environment, ['compare', ...argv]);
  expect(environment.err()).not.toMatch(/^\s+at |bug in flashsim/m);
  return { code, out: environment.out(), err: environment.err() };
}

let files = 0;
async function fileOf(result: RunResult): Promise<string> {
  files += 1;
  const path = join(folder, `result-${files}.json`);
  await writeFile(path, JSON.stringify(result));
  return path;
}

/** A folder as `run --repeat` leaves it. */
async function seriesOf(...p99Ms: readonly number[]): Promise<string> {
  files += 1;
  const path = join(folder, `series-${files}`);
  for (const [at, ms] of p99Ms.entries()) {
    await mkdir(join(path, `seed-${at}`), { recursive: true });
    const text = JSON.stringify(runOf(ms, { seed: at }));
    await writeFile(join(path, `seed-${at}`, 'result.json'), text);
  }
  const runs = p99Ms.map((_, at) => ({ folder: `seed-${at}` }));
  await writeFile(join(path, 'series.json'), JSON.stringify({ schemaVersion: 1, runs }));
  return path;
}

describe('flashsim compare', () => {
  it('exits 0 when nothing got worse and 3 when something did', async () => {
    const [exact, oversold] = [await runFolder(2), await runFolder(3)];
    expect((await compare(exact.path, exact.path)).code).toBe(0);
    const { code, out } = await compare(exact.path, oversold.path);
    expect(code).toBe(3);
    expect(out).toMatch(/^REGRESSED {2}oversell: held → violated/);
    expect((await compare(oversold.path, exact.path)).code).toBe(0);
  });

  it('exits 4 when the evidence does not say', async () => {
    const before = await fileOf(runOf(400));
    const after = await fileOf(
      withInvariant(runOf(400), 'oversell', { verdict: 'unknown', value: null, hi: null }),
    );
    const { code, out } = await compare(before, after);
    expect(code).toBe(4);
    expect(out).toMatch(/^UNKNOWN {2}oversell: held → unknown/);
  });

  it('compares series, and finds with them what single runs leave open', async () => {
    const [before, after] = [await seriesOf(400, 410, 405), await seriesOf(470, 480, 490)];
    const found = await compare(before, after);
    expect(found.code).toBe(3);
    expect(found.out).toContain('95\u00a0%');
    const single = await compare(join(before, 'seed-0'), join(after, 'seed-0'));
    expect(single.code).toBe(0);
    expect(single.out).toContain('--repeat');
  });

  it('compares all others with --baseline, or with the first', async () => {
    const [a, b, c] = [
      await fileOf(runOf(400)),
      await fileOf(runOf(410)),
      await fileOf(runOf(900)),
    ];
    const labels = async (...argv: readonly string[]) => {
      const { out } = await compare(...argv, '--json');
      const { baseline, candidates } = JSON.parse(out) as Comparison;
      return [baseline.label, ...candidates.map(({ label }) => label)];
    };
    expect(await labels(a, b, c)).toEqual([a, b, c]);
    expect(await labels(b, c, '--baseline', a)).toEqual([a, b, c]);
    expect((await compare(a, b, c)).code).toBe(3);
    expect((await compare(c, b, a)).code).toBe(0);
  });

  it('takes tolerances and gates', async () => {
    const [a, b] = [await fileOf(runOf(400)), await fileOf(runOf(480))];
    expect((await compare(a, b)).code).toBe(0);
    expect((await compare(a, b, '--tolerance', '10%')).code).toBe(3);
    expect((await compare(a, b, '--tolerance', '10%', '--gate', 'order.p99=50%')).code).toBe(0);
  });

  it('prints Markdown', async () => {
    const [a, b] = [await fileOf(runOf(400)), await fileOf(runOf(900))];
    expect((await compare(a, b, '--markdown')).out).toMatch(/^## ❌ regressed: sale-opening/);
  });

  it('refuses runs of different sales, unless it is forced', async () => {
    const a = await fileOf(runOf(400));
    const b = await fileOf(runOf(400, { name: 'retry-storm' }));
    const refused = await compare(a, b);
    expect(refused).toMatchObject({ code: 2, out: '' });
    expect(refused.err).toContain('error[RUNS_NOT_COMPARABLE]');
    expect(refused.err).toContain('sale-opening and retry-storm');
    expect((await compare(a, b, '--force')).code).toBe(0);
  });

  it.each([
    { argv: ['only-one'], what: 'There is nothing to compare with' },
    { argv: ['nowhere', 'nothing'], what: 'it is not there' },
    { argv: ['a', 'b', '--json', '--markdown'], what: 'two outputs' },
    { argv: ['a', 'b', '--tolerance', 'much'], what: 'is no percentage' },
    { argv: ['a', 'b', '--gate', 'order.p98'], what: 'Did you mean order.p9' },
    { argv: ['a', 'b', '--gate', 'rateLimited'], what: 'neither better nor worse' },
  ])('$argv is a usage error', async ({ argv, what }) => {
    const { code, out, err } = await compare(...argv);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(what);
  });

  it('reads no run outside of the folder of a series', async () => {
    const path = join(folder, 'lying-series');
    await mkdir(path);
    const runs = [{ folder: '../../etc' }];
    await writeFile(join(path, 'series.json'), JSON.stringify({ schemaVersion: 1, runs }));
    const { code, err } = await compare(path, path);
    expect(code).toBe(2);
    expect(err).toContain('outside of its own');
  });
});
