import { describe, expect, it } from 'vitest';
import { markdownReporter } from '../../../src/reporters/markdown.ts';
import { codeSpan, markdownText } from '../../../src/reporters/markdown-text.ts';
import type { RunResult } from '../../../src/results/result.ts';
import { fullResult } from './full-result.ts';
import { hostileTexts, plantedWith } from './hostile.ts';
import { passing, undecided, violated } from './result-fixture.ts';

const render = (result: RunResult) =>
  markdownReporter.render(result, { colour: false, columns: 80 });

describe('markdownReporter', () => {
  it.each([
    { name: 'pass', result: passing },
    { name: 'violated', result: fullResult },
    { name: 'unknown', result: undecided },
  ])('looks as in its golden: $name', async ({ name, result }) => {
    await expect(render(result)).toMatchFileSnapshot(`../../golden/markdown-${name}.golden`);
  });

  it.each(hostileTexts)('lets nothing through that Markdown or HTML obeys: %j', (text) => {
    const page = render(plantedWith(fullResult, text));
    const prose = page.replaceAll(/\\./g, '').replaceAll(/(`+)(?!`)[^\n]*?[^`]\1(?!`)/g, '');
    expect(prose).not.toMatch(/<|\]\(|@\w|:\/\//);
  });

  it.each(hostileTexts)('keeps the columns of its tables apart: %j', (text) => {
    const tables = render(plantedWith(fullResult, text))
      .split('\n\n')
      .filter((block) => block.startsWith('|'));
    expect(tables.length).toBeGreaterThan(1);
    for (const table of tables) {
      const widths = table.split('\n').map((line) => line.replaceAll(/\\./g, '').split('|').length);
      expect(new Set(widths).size).toBe(1);
    }
  });

  it('stays short however many gates were violated', () => {
    const [[, oversell] = []] = Object.entries(violated.invariants);
    const names = Array.from({ length: 500 }, (_, at) => `rule${at}`);
    const invariants = Object.fromEntries(names.map((name) => [name, oversell]));
    expect(render({ ...violated, invariants } as RunResult).length).toBeLessThan(20_000);
  });

  it('copes with a run in which nothing happened', () => {
    const text = render({ ...undecided, attempts: 0, codes: {}, latencyUs: {}, sold: null });
    expect(text).toContain('No order was attempted.');
    expect(text).not.toMatch(/NaN|undefined|Infinity/);
  });
});

describe('markdownText', () => {
  it.each([
    ['a*b_c', String.raw`a\*b\_c`],
    ['https://evil.test', String.raw`https\://evil.test`],
    ['WWW.evil.test', String.raw`WWW\.evil.test`],
    ['- item', String.raw`\- item`],
    ['@someone', '@\u2060someone'],
  ])('%j becomes %j', (text, expected) => {
    expect(markdownText(text)).toBe(expected);
  });
});

describe('codeSpan', () => {
  it.each([
    ['a', '`a`'],
    ['a`b', '``a`b``'],
    ['`', '`` ` ``'],
    ['', '`  `'],
  ])('%j becomes %j', (text, expected) => {
    expect(codeSpan(text)).toBe(expected);
  });
});
