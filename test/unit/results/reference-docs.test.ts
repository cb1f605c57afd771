import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { percentiles, scalarMetrics, timedOperations } from '../../../src/metrics/names.ts';
import { resultSchema } from '../../../src/results/result-schema.ts';

function page(name: string): string {
  return readFileSync(new URL(`../../../docs/reference/${name}`, import.meta.url), 'utf8');
}

/** The cells of every table row whose first cell fits. */
function tableRows(text: string, first: RegExp): string[][] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) =>
      line
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim()),
    )
    .filter(([cell = '']) => first.test(cell));
}

describe('docs/reference/metrics.md', () => {
  it('lists the plain metrics with their units and meanings', () => {
    const documented = tableRows(page('metrics.md'), /^`/);
    const actual = Object.entries(scalarMetrics).map(([name, { unit, meaning }]) => [
      `\`${name}\``,
      unit,
      meaning,
    ]);
    expect(documented).toEqual(actual);
  });

  it.each([
    { part: 'operation', names: [...timedOperations] },
    { part: 'percentile', names: Object.keys(percentiles) },
  ])('lists every $part', ({ part, names }) => {
    const written = names.map((name) => `\`${name}\``).join(', ');
    expect(tableRows(page('metrics.md'), new RegExp(`^${part}$`))).toEqual([[part, written]]);
  });
});

describe('docs/reference/result.md', () => {
  it('lists the fields of a result in their order', () => {
    const documented = tableRows(page('result.md'), /^`/).map(([name]) => name);
    expect(documented).toEqual(Object.keys(resultSchema.shape).map((name) => `\`${name}\``));
  });
});
