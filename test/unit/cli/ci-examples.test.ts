import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseDocument } from 'yaml';
import { buildProgram } from '../../../src/cli/program.ts';
import { runFiles } from '../../../src/history/run-folder.ts';
import { reporters } from '../../../src/reporters/registry.ts';
import { fakeEnvironment } from './fake-environment.ts';

const folder = new URL('../../../examples/ci/', import.meta.url);
const guide = readFileSync(new URL('../../../docs/guides/ci.md', import.meta.url), 'utf8');
const examples = readdirSync(folder).map((name) => ({
  name,
  text: readFileSync(new URL(name, folder), 'utf8'),
}));

/** The command lines of a text, without `npx flashsim`. */
function commandsIn(text: string): string[][] {
  return Array.from(text.matchAll(/npx flashsim ([^\n`]+)/g), ([, line = '']) => line.split(' '));
}

describe('the examples for CI', () => {
  const program = buildProgram(fakeEnvironment(), () => undefined);

  it.each(examples)('$name is YAML', ({ text }) => {
    expect(parseDocument(text).errors).toEqual([]);
  });

  it.each([...examples, { name: 'docs/guides/ci.md', text: guide }])(
    '$name names commands, options and reports that there are',
    ({ text }) => {
      const commands = commandsIn(text);
      expect(commands.length).toBeGreaterThan(1);
      for (const [name, ...words] of commands) {
        const command = program.commands.find((candidate) => candidate.name() === name);
        const known = command?.options.map(({ long }) => long) ?? [];
        for (const word of words.filter((candidate) => candidate.startsWith('--'))) {
          expect(known).toContain(word);
        }
        words.forEach((word, at) => {
          if (word === '--report') expect(Object.keys(reporters)).toContain(words[at + 1]);
        });
      }
    },
  );

  it('has GitLab read the JUnit file from where the run puts it', () => {
    const gitlab = examples.find(({ name }) => name === 'gitlab-ci.yml')?.text;
    expect(gitlab).toContain(`junit: reports/sale/${reporters.junit.fileName}`);
    expect(gitlab).toContain('--out reports/sale --report junit');
    expect(Object.values(runFiles)).not.toContain(reporters.junit.fileName);
  });
});
