import { describe, expect, it } from 'vitest';
import { prometheusReporter } from '../../../src/reporters/prometheus.ts';
import type { RunResult } from '../../../src/results/result.ts';
import { fullResult } from './full-result.ts';
import { hostileTexts, plantedWith } from './hostile.ts';
import { passing, undecided } from './result-fixture.ts';

const render = (result: RunResult) =>
  prometheusReporter.render(result, { colour: false, columns: 80 });

/** A line of a sample, by the grammar of the text format. */
const sample =
  /^[a-z_][a-z0-9_]*\{(?:[a-z_]+="(?:[^"\\\n]|\\[\\"n])*"(?:,(?=[a-z])|(?=\})))+\} -?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/;

describe('prometheusReporter', () => {
  it('looks as in its golden', async () => {
    await expect(render(fullResult)).toMatchFileSnapshot('../../golden/prometheus-violated.golden');
  });

  it.each(hostileTexts)('keeps to the grammar whatever a label holds: %j', (text) => {
    const lines = render(plantedWith(fullResult, text)).split('\n');
    expect(lines.slice(-2)).toEqual(['# EOF', '']);
    for (const line of lines.slice(0, -2)) {
      if (!line.startsWith('#')) expect(line).toMatch(sample);
    }
  });

  it('gives each series once, below its own type', () => {
    const lines = render(fullResult).split('\n').slice(0, -2);
    const series = lines
      .filter((line) => !line.startsWith('#'))
      .map((line) => line.replace(/ [^ ]+$/, ''));
    expect(new Set(series).size).toBe(series.length);
    let family = '';
    for (const line of lines) {
      const [, name] = /^# TYPE (\S+) (?:gauge|summary)$/.exec(line) ?? [];
      if (name !== undefined) family = name;
      else if (!line.startsWith('#'))
        expect(line.replace('_count{', '{').startsWith(`${family}{`)).toBe(true);
    }
  });

  it('says the verdict as one of three, and times in seconds', () => {
    expect(render(undecided)).toContain(
      'flashsim_verdict{scenario="sale-opening",verdict="unknown"} 1',
    );
    expect(render(passing)).toContain(
      'flashsim_response_time_seconds{scenario="sale-opening",operation="order",quantile="0.99"} 0.412671',
    );
  });

  it('leaves out what the run did not measure', () => {
    expect(render(passing)).not.toContain('flashsim_sell_out_seconds');
    expect(render(fullResult)).toContain(
      'flashsim_sell_out_seconds{scenario="sale-opening"} 1.2405',
    );
  });
});
