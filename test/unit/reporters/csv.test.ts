import { describe, expect, it } from 'vitest';
import { csvReporter } from '../../../src/reporters/csv.ts';
import type { RunResult } from '../../../src/results/result.ts';
import { fullResult } from './full-result.ts';
import { hostileTexts, plantedWith } from './hostile.ts';
import { passing } from './result-fixture.ts';

const render = (result: RunResult) => csvReporter.render(result, { colour: false, columns: 80 });

/** The cells of a CSV text by RFC 4180. */
function cells(text: string): string[][] {
  return text
    .split('\r\n')
    .slice(0, -1)
    .map((line) =>
      [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^",]*))/g)].map(([, quoted, bare]) =>
        quoted === undefined ? (bare ?? '') : quoted.replaceAll('""', '"'),
      ),
    );
}

describe('csvReporter', () => {
  it('looks as in its golden', async () => {
    await expect(render(passing)).toMatchFileSnapshot('../../golden/csv-pass.golden');
  });

  it('has one figure a row, with its time and unit', () => {
    const rows = cells(render(fullResult));
    expect(rows[0]).toEqual(['group', 'name', 'at_ms', 'value', 'unit']);
    expect(rows).toContainEqual(['metric', 'order.p99', '', '412671', 'µs']);
    expect(rows).toContainEqual(['verdict', 'oversell', '', 'violated', '']);
    const stock = rows.filter(([group, name]) => group === 'timeline' && name === 'stockLeft');
    expect(stock).toHaveLength(120);
    expect(stock[1]?.[2]).toBe('-450');
    expect(rows.some(([group, name]) => group === 'latency' && name === 'order.p99')).toBe(true);
  });

  it.each(hostileTexts)('has five cells a row, none of them a formula: %j', (text) => {
    const rows = cells(render(plantedWith(fullResult, text)));
    expect(new Set(rows.map((row) => row.length))).toEqual(new Set([5]));
    for (const cell of rows.flat()) expect(cell).not.toMatch(/^(?:[=+@]|-(?!\d+(?:\.\d+)?$))/);
  });
});
