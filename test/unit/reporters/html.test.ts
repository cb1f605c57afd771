import { describe, expect, it } from 'vitest';
import { html, Markup, visible } from '../../../src/reporters/html/markup.ts';
import { outline } from '../../../src/reporters/html/outline.ts';
import { sections } from '../../../src/reporters/html/sections/registry.ts';
import { htmlReporter } from '../../../src/reporters/html.ts';
import type { RunResult } from '../../../src/results/result.ts';
import { fullResult } from './full-result.ts';
import { hostileTexts, plantedWith } from './hostile.ts';
import { passing, undecided, violated } from './result-fixture.ts';

const render = (result: RunResult) => htmlReporter.render(result, { colour: false, columns: 80 });

describe('html', () => {
  it('escapes text and attributes, keeps markup, joins lists, and leaves out what is not there', () => {
    const text = `<b a="1">&'`;
    expect(html`<i title="${text}">${text}</i>`.text).toBe(
      '<i title="&lt;b a=&quot;1&quot;&gt;&amp;&#39;">&lt;b a=&quot;1&quot;&gt;&amp;&#39;</i>',
    );
    expect(html`${[html`<b>${1}</b>`, '<', undefined]}`.text).toBe('<b>1</b>&lt;');
    expect(html`${new Markup('<hr>')}`.text).toBe('<hr>');
  });
});

describe('visible', () => {
  it.each([
    ['a\u202eb', String.raw`a\u202eb`],
    ['\u001b[31m', String.raw`\u001b[31m`],
    ['a\n\tb', 'a b'],
    ['\ud800', String.raw`\ud800`],
    ['\u200b\ufffe', String.raw`\u200b\ufffe`],
    ['héllo 東京 👩‍💻 café', 'héllo 東京 👩‍💻 café'],
  ])('%j reads %j', (text, expected) => {
    expect(visible(text)).toBe(expected);
  });
});

describe('outline', () => {
  it('lays JSON out as people read it', () => {
    const scenario = {
      name: 'x',
      sale: {
        products: [
          { id: 'a', stock: 5 },
          { id: 'b', stock: 6 },
        ],
        opensAt: null,
      },
      faults: [],
      tags: ['p', 'q'],
    };
    expect(outline(scenario)).toEqual([
      'name: x',
      'sale:',
      '  products:',
      '    - id: a',
      '      stock: 5',
      '    - id: b',
      '      stock: 6',
      '  opensAt: null',
      'faults: []',
      'tags:',
      '  - p',
      '  - q',
    ]);
  });

  it('ends, whatever it is given', () => {
    expect(outline(Array.from({ length: 10_000 }, (_, at) => at))).toHaveLength(2_001);
    let deep: readonly unknown[] = [];
    for (let depth = 0; depth < 500; depth += 1) deep = [deep];
    expect(outline(deep as never).length).toBeLessThan(10);
  });
});

describe('htmlReporter', () => {
  it('has sections with anchors of their own', () => {
    const ids = sections.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(id).toMatch(/^[a-z-]+$/);
  });

  it.each([
    ['pass', passing],
    ['violated', violated],
    ['unknown', undecided],
    ['everything there is', fullResult],
  ])('names no host, and has no style or handler outside of its own: %s', (_name, result) => {
    const page = render(result)
      .replaceAll(/<script>[\s\S]*?<\/script>|<style>[\s\S]*?<\/style>/g, '')
      .replaceAll(/<script type="application\/json">[\s\S]*?<\/script>/g, '');
    expect(page).not.toMatch(/\b(?:src|style|on[a-z]+)=/);
    expect(page.match(/href="(?!#|data:,)[^"]*"/g)).toBeNull();
    expect(page).toContain('default-src &#39;none&#39;');
  });

  it.each(hostileTexts)('lets no hostile text end its data or begin markup: %j', (planted) => {
    const page = render(plantedWith(fullResult, planted));
    const data = [...page.matchAll(/<script type="application\/json">([\s\S]*?)<\/script>/g)];
    expect(data).toHaveLength(6);
    for (const [, json = ''] of data) expect(() => JSON.parse(json) as unknown).not.toThrow();
    expect(page.match(/<script>/g)).toHaveLength(2);
    expect(page).not.toMatch(/<(?:img|b|iframe)[ >]/);
    expect(page).not.toMatch(/\p{Cs}/u);
  });

  it('stays small however much a target says', () => {
    const invariant = violated.invariants['oversell'];
    const names = Array.from({ length: 2_000 }, (_, at) => `rule${at}`);
    const codes = Object.fromEntries(names.map((name) => [name, 1]));
    const page = render({
      ...fullResult,
      invariants: Object.fromEntries(
        names.map((name) => [name, invariant]),
      ) as RunResult['invariants'],
      codes: { order: codes },
      warnings: names,
      incidents: names,
      notJudged: names.map((name) => ({ name, reason: name.repeat(20) })),
    });
    expect(page.length).toBeLessThan(1_000_000);
  });
});
