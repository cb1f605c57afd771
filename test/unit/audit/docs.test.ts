import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { evidenceTiers } from '../../../src/audit/invariant.ts';
import { invariantNames, invariants } from '../../../src/audit/registry.ts';

const text = readFileSync(
  new URL('../../../docs/reference/invariants.md', import.meta.url),
  'utf8',
);
const sections = new Map(
  text
    .split(/^## /m)
    .slice(1)
    .map((section) => {
      const [title = '', ...lines] = section.split('\n');
      return [title, lines.join('\n').trim()];
    }),
);

describe('docs/reference/invariants.md', () => {
  it('has a section for each invariant, in order, and for nothing that is none', () => {
    const titles = [...sections.keys()].filter((title) => /^[a-z]/.test(title));
    expect(titles).toEqual(invariantNames);
  });

  it.each(invariantNames)(
    'says the number, formula, evidence, unknowns and witnesses of %s',
    (name) => {
      const section = sections.get(name) ?? '';
      expect(section.startsWith(`${invariants[name].id}. `)).toBe(true);
      for (const part of ['Formula', 'Evidence', 'Unknown', 'Witness']) {
        expect(section).toContain(`- **${part}**`);
      }
    },
  );

  it('explains every tier of evidence', () => {
    for (const tier of evidenceTiers)
      expect(sections.get('Evidence')).toMatch(new RegExp(`^\\| ${tier} +\\|`, 'm'));
  });
});

describe('src/audit/invariants', () => {
  const folder = new URL('../../../src/audit/invariants/', import.meta.url);
  const texts = readdirSync(folder).map((file) => readFileSync(new URL(file, folder), 'utf8'));

  it.each(invariantNames)('has a file for %s alone, which says what it is and by whom', (name) => {
    const own = texts.filter((text) => text.includes(`export const ${name}: Invariant`));
    expect(own).toHaveLength(1);
    expect(own[0]?.match(/export const \w+: Invariant/g)).toHaveLength(1);
    const [, before = ''] =
      /\/\*\*((?:(?!\*\/)[^])*)\*\/\nexport const \w+: Invariant/.exec(own[0] ?? '') ?? [];
    expect(before).toContain(`${invariants[name].id}: `);
    expect(before).toMatch(/^ \* Source: \S/m);
  });
});

describe('the registry', () => {
  it('names every invariant as results and thresholds do', () => {
    for (const name of invariantNames) expect(invariants[name].name).toBe(name);
    expect(new Set(invariantNames.map((name) => invariants[name].id)).size).toBe(20);
  });
});
