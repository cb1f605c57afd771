import { describe, expect, it } from 'vitest';
import { defined } from '../../../src/core/assert.ts';
import { githubReporter } from '../../../src/reporters/github.ts';
import { markdownReporter } from '../../../src/reporters/markdown.ts';
import type { RunResult } from '../../../src/results/result.ts';
import { fullResult } from './full-result.ts';
import { hostileTexts, plantedWith } from './hostile.ts';
import { passing, undecided, violated } from './result-fixture.ts';

const options = { colour: false, columns: 80 };
const render = (result: RunResult) => githubReporter.render(result, options);

/** A run of which `count` invariants were violated. */
function violatedTimes(count: number): RunResult {
  const oversell = defined(violated.invariants['oversell'], 'oversell');
  const names = Array.from({ length: count }, (_, at) => `rule${at}`);
  return {
    ...violated,
    thresholds: [],
    invariants: Object.fromEntries(names.map((name) => [name, oversell])),
  };
}

describe('githubReporter', () => {
  it('annotates what was violated, with the witness and the replay command', () => {
    expect(render(violated)).toBe(
      '::error title=flashsim%3A oversell violated::oversell: 37 units sold that did not exist%0A' +
        'order 8f14e45f of u17 under key mf3k2x9a-4f2c-1203 took unit 537 of 500, 412 ms after the opening%0A' +
        'Replay: flashsim run sale-opening --seed 42\n' +
        '::error title=flashsim%3A order.p99 violated::order.p99: 413 ms (limit < 400ms)%0A' +
        'Replay: flashsim run sale-opening --seed 42\n',
    );
  });

  it('says nothing of a pass, nor of what is only unknown', () => {
    expect([render(passing), render(undecided)]).toEqual(['', '']);
  });

  it.each([
    [9, 9],
    [10, 10],
    [11, 10],
    [300, 10],
  ])('makes of %i violations %i annotations', (count, annotations) => {
    expect(render(violatedTimes(count)).match(/^::error /gm)).toHaveLength(annotations);
  });

  it.each(hostileTexts)(
    'is nothing but its own commands, one a line, whatever is in it: %j',
    (text) => {
      const lines = render(plantedWith(fullResult, text)).split('\n').slice(0, -1);
      expect(lines.length).toBeGreaterThanOrEqual(2);
      for (const line of lines) expect(line).toMatch(/^::error title=[^:,]*::[^\r\n]*$/);
    },
  );

  it('appends the Markdown report to the summary of the step', () => {
    expect(githubReporter.appends?.variable).toBe('GITHUB_STEP_SUMMARY');
    const summary = githubReporter.appends?.render(violated, options);
    expect(summary).toBe(markdownReporter.render(violated, options));
  });
});
