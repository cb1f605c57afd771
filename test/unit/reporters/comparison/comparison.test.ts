import { describe, expect, it } from 'vitest';
import { comparisonMarkdown } from '../../../../src/reporters/comparison/markdown.ts';
import { comparisonText } from '../../../../src/reporters/comparison/terminal.ts';
import { displayWidth } from '../../../../src/reporters/text.ts';
import { compare } from '../../../../src/results/comparison/compare.ts';
import type { Comparison } from '../../../../src/results/comparison/comparison.ts';
import type { RunResult } from '../../../../src/results/result.ts';
import { runOf, side, withInvariant } from '../../results/comparison/fixture.ts';
import { hostileTexts, plantedWith } from '../hostile.ts';

const runs = (...p99Ms: readonly number[]) => p99Ms.map((ms, at) => runOf(ms, { seed: at + 1 }));
const oversold = (result: RunResult): RunResult => ({
  ...withInvariant(result, 'oversell', { verdict: 'violated', lo: 37, hi: 37 }),
  verdict: 'violated',
  scenarioHash: 'other',
});

function comparisonOf(baseline: readonly RunResult[], candidate: readonly RunResult[]): Comparison {
  return compare({
    baseline: side('reports/main', ...baseline),
    candidates: [side('reports/branch', ...candidate)],
    gates: new Map(),
    version: '0.1.0',
  });
}

const cases = {
  regressed: comparisonOf(runs(400, 410, 420), runs(700, 710, 720).map(oversold)),
  single: comparisonOf(runs(400), runs(405)),
  unclear: comparisonOf(runs(400, 500, 300), runs(900, 350, 800)),
};

describe('a comparison', () => {
  it.each(Object.entries(cases))('looks as in its goldens: %s', async (name, comparison) => {
    const text = comparisonText(comparison, { colour: false, columns: 80 });
    await expect(text).toMatchFileSnapshot(`../../../golden/compare-${name}-80.golden`);
    const wide = comparisonText(comparison, { colour: false, columns: 140 });
    await expect(wide).toMatchFileSnapshot(`../../../golden/compare-${name}-140.golden`);
    await expect(comparisonMarkdown(comparison)).toMatchFileSnapshot(
      `../../../golden/compare-${name}-markdown.golden`,
    );
  });

  it.each([40, 60, 80, 140])('fits into %i columns', (columns) => {
    for (const comparison of Object.values(cases)) {
      const lines = comparisonText(comparison, { colour: false, columns }).split('\n');
      expect(lines.filter((line) => displayWidth(line) > columns)).toEqual([]);
    }
  });

  it('says the verdict first', () => {
    const first = (comparison: Comparison) =>
      comparisonText(comparison, { colour: false, columns: 100 }).split('\n')[0];
    expect(first(cases.regressed)).toBe(
      'REGRESSED  oversell: held → violated in 3 of 3 runs, 37\u00a0units',
    );
    expect(first(cases.single)).toBe('NO REGRESSION  nothing that gates got worse');
  });

  it.each(hostileTexts)('shows hostile texts as texts: %j', (planted) => {
    const [before, after] = [runOf(400), oversold(runOf(900))].map((run) =>
      plantedWith(run, planted),
    );
    if (before === undefined || after === undefined) throw new Error('two runs');
    const found = comparisonOf([before], [{ ...after, scenarioHash: 'x' }]);
    const text = comparisonText(found, { colour: false, columns: 80 });
    expect(text).not.toMatch(/[^\P{Cc}\n]|[\u202a-\u202e\u2066-\u2069]/u);
    const markdown = comparisonMarkdown(found)
      .replaceAll(/\\./g, '')
      .replaceAll(/(`+)(?!`)[^\n]*?[^`]\1(?!`)/g, '');
    expect(markdown).not.toMatch(/<|\]\(|@\w|:\/\//);
  });
});
