import { describe, expect, it } from 'vitest';
import { terminalReporter } from '../../../src/reporters/terminal.ts';
import { displayWidth } from '../../../src/reporters/text.ts';
import type { RunResult } from '../../../src/results/result.ts';
import { passing, undecided, violated } from './result-fixture.ts';

const folder = '/home/shop/reports/20261127-095948-sale-opening';
const results = { pass: passing, violated, unknown: undecided };

function render(result: RunResult, columns: number, colour = false): string {
  return terminalReporter.render(result, { colour, columns, folder });
}

function withoutColours(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the point
  // eslint-disable-next-line no-control-regex -- finding them is the point
  return text.replaceAll(/\u001b\[\d+m/g, '');
}

describe('terminalReporter', () => {
  for (const [name, result] of Object.entries(results)) {
    for (const columns of [60, 80, 140]) {
      it(`looks as in its golden: ${name} at ${columns} columns`, async () => {
        await expect(render(result, columns)).toMatchFileSnapshot(
          `../../golden/terminal-${name}-${columns}.golden`,
        );
      });

      it(`fits into ${columns} columns: ${name}`, () => {
        const lines = render(result, columns).split('\n');
        const tooWide = lines.filter(
          (line) => displayWidth(line) > columns && !line.startsWith('R'),
        );
        expect(tooWide).toEqual([]);
      });
    }

    it(`says the same with and without colour: ${name}`, () => {
      const coloured = render(result, 80, true);
      expect(coloured).toContain('\u001b[');
      expect(withoutColours(coloured)).toBe(render(result, 80));
    });
  }

  it('tells nothing of load processes where there were none, as for an imported history', () => {
    const imported = { ...passing, wallMs: 0, generator: { ...passing.generator, workers: 0 } };
    expect(render(passing, 80)).toContain('load process');
    expect(render(imported, 80)).not.toContain('load process');
  });

  it.each([
    [9, '… 1 more step'],
    [10, '… 2 more steps'],
  ])('cuts a story of %d steps short', (length, words) => {
    const step = { kind: 'request', atMs: 1, actor: 'u1-d0', text: 'order' } as const;
    const { oversell } = violated.invariants;
    const story = { steps: Array.from({ length }, () => step), store: [] };
    const told = { ...oversell, story } as NonNullable<typeof oversell>;
    const invariants = { ...violated.invariants, oversell: told };
    expect(render({ ...violated, invariants }, 80).split('\n')).toContain(`        ${words}`);
  });

  it.each([
    { name: 'a pass', result: passing, words: 'PASS  500 of 500 sold, nobody oversold' },
    {
      name: 'an oversell',
      result: violated,
      words: 'VIOLATED  oversell: 37 units sold that did not exist',
    },
    {
      name: 'too little evidence',
      result: undecided,
      words: 'UNKNOWN  oversell: nobody knows how some orders ended',
    },
    {
      name: 'an interruption',
      result: { ...undecided, interrupted: true },
      words: 'UNKNOWN  the run was interrupted before its end',
    },
  ])('says the verdict first and in plain words: $name', ({ result, words }) => {
    expect(render(result, 140).startsWith(words)).toBe(true);
  });

  it('does not call a run a plain success whose server stayed down after a fault', () => {
    const [first] = render({ ...passing, recoveries: violated.recoveries }, 140).split('\n');
    expect(first).toBe(
      'PASS  500 of 500 sold, nobody oversold; but after a fault the server stayed down, see Recovery',
    );
  });

  it('names a violated threshold in the headline, and one on an invariant only once', () => {
    const [first = '', second = ''] = render(violated, 140).split('\n');
    expect(first).toContain('oversell');
    expect(second.trim()).toBe('order.p99: 413 ms (limit < 400ms)');
    expect(render(violated, 140).split('\n')[2]).toBe('');
  });

  it('does not claim that nobody was oversold when that was not judged', () => {
    const invariants = Object.fromEntries(
      Object.entries(passing.invariants).filter(([name]) => name !== 'oversell'),
    );
    expect(render({ ...passing, invariants }, 80)).not.toContain('oversold');
  });

  it('does not break or cut the command to replay and the path of the folder', () => {
    const replay = `flashsim run sale-opening --set target.http.baseUrl=http://127.0.0.1:8080/${'x'.repeat(90)}`;
    const text = render({ ...passing, replay }, 60);
    expect(text).toContain(`${replay}\n`);
    expect(text).toContain(`${folder}\n`);
  });

  it('lets no control character of a target through', () => {
    const hostile = '\u001b[2J\u001b]0;owned\u0007evil\u009b31m\r\n\u202etxt\u0000';
    const result: RunResult = {
      ...violated,
      runId: hostile,
      name: hostile,
      replay: hostile,
      target: { kind: hostile, description: hostile },
      codes: { order: { [hostile]: 7_415 } },
      notJudged: [{ name: hostile, reason: hostile }],
      invariants: Object.fromEntries(
        Object.entries(violated.invariants).map(([name, found]) => [
          name + hostile,
          {
            ...found,
            title: hostile,
            unit: hostile,
            reason: hostile,
            witnesses: {
              count: 1,
              first: { summary: hostile },
              worst: { summary: hostile },
              last: null,
            },
          },
        ]),
      ),
      thresholds: [
        {
          metric: hostile,
          limit: hostile,
          verdict: 'unknown',
          value: 1,
          unit: hostile,
          reason: hostile,
        },
      ],
      latencyUs: Object.fromEntries(
        Object.values(passing.latencyUs).map((latency, index) => [`${hostile}${index}`, latency]),
      ),
      opening: { ...passing.opening, at: hostile, perInstance: { [hostile]: 3 } },
      faults: [{ description: hostile, atMs: 1, fired: true, detail: hostile }],
      recoveries: violated.recoveries.map((found) => ({
        ...found,
        fault: hostile,
        reason: hostile,
      })),
      incidents: [hostile],
      warnings: [hostile, `Note: ${hostile}`],
      flashsim: hostile,
    };
    // biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the point
    // eslint-disable-next-line no-control-regex -- finding them is the point
    const controls = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/;
    for (const colour of [false, true]) {
      const text = terminalReporter.render(result, { colour, columns: 80, folder: hostile });
      expect(controls.exec(withoutColours(text))).toBeNull();
    }
  });

  it('copes with a run in which nothing happened', () => {
    const nothing: RunResult = {
      ...undecided,
      interrupted: true,
      invariants: {},
      notJudged: [],
      thresholds: [],
      outcomes: { ok: 0, fail: 0, info: 0 },
      codes: {},
      latencyUs: {},
      attempts: 0,
      firstAttempts: 0,
      amplification: 0,
      sold: null,
      recoveries: [],
      timeline: {
        bucketMs: 100,
        startMs: 0,
        arrivals: [],
        firstAttempts: [],
        completions: [],
        useful: [],
        sold: [],
        refused: [],
        uncertain: [],
      },
    };
    const text = render(nothing, 80);
    expect(text).toContain('no order was attempted');
    expect(text).not.toMatch(/NaN|undefined|Infinity/);
  });

  it.each([0, 10, 39, 61, 79.5, 500, Number.NaN])('renders at %s columns', (columns) => {
    expect(render(violated, columns)).toContain('VIOLATED');
  });
});
