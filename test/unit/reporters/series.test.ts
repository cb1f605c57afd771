import { describe, expect, it } from 'vitest';
import { seriesText } from '../../../src/reporters/series.ts';
import { displayWidth } from '../../../src/reporters/text.ts';
import type { RunResult } from '../../../src/results/result.ts';
import { seriesOf } from '../../../src/results/series.ts';
import { runOf, withInvariant } from '../results/comparison/fixture.ts';

const folder = '/home/shop/reports/20261127-095948-sale-opening';
const played = (results: readonly RunResult[]) =>
  results.map((result) => ({ folder: `seed-${result.seed}`, result }));
const good = [400, 520, 410].map((ms, at) => runOf(ms, { seed: 42 + at }));
const oversold: RunResult = {
  ...withInvariant(runOf(430, { seed: 45 }), 'oversell', { verdict: 'violated', lo: 37, hi: 37 }),
  verdict: 'violated',
  sold: 537,
};
const cases = {
  pass: seriesOf(played(good), { planned: 3, interrupted: false }),
  violated: seriesOf(played([...good, oversold]), { planned: 4, interrupted: false }),
  interrupted: seriesOf(played(good), { planned: 10, interrupted: true }),
};

describe('seriesText', () => {
  it.each(Object.entries(cases))('looks as in its golden: %s', async (name, series) => {
    const text = seriesText(series, { colour: false, columns: 80, folder });
    await expect(text).toMatchFileSnapshot(`../../golden/series-${name}.golden`);
  });

  it.each([60, 80, 140])('fits into %i columns, the path apart', (columns) => {
    for (const series of Object.values(cases)) {
      const lines = seriesText(series, { colour: false, columns, folder }).split('\n');
      const wide = lines.filter(
        (line) => displayWidth(line) > columns && !line.startsWith('Folder'),
      );
      expect(wide).toEqual([]);
    }
  });

  it('tells how much a series without an oversell says of the next run', () => {
    const text = seriesText(cases.pass, { colour: false, columns: 140, folder });
    expect(text.split('\n')[0]).toBe(
      'PASS  3 runs; oversold in none of 3, which are too few to say how often it happens (3/n)',
    );
    const thirty = Array.from({ length: 30 }, (_, at) => runOf(400, { seed: at }));
    const long = seriesOf(played(thirty), { planned: 30, interrupted: false });
    expect(seriesText(long, { colour: false, columns: 140, folder }).split('\n')[0]).toBe(
      'PASS  30 runs; oversold in none of 30: with 95 % confidence it happens in at most 10 % of runs (3/n)',
    );
    expect(seriesText(cases.violated, { colour: false, columns: 140, folder })).toContain(
      'oversold in 1 of 4',
    );
  });
});
