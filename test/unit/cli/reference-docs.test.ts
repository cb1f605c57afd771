import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { buildProgram } from '../../../src/cli/program.ts';
import { errorCodes } from '../../../src/core/errors.ts';
import { exitCodes } from '../../../src/core/exit-codes.ts';
import { metricNames } from '../../../src/metrics/names.ts';
import { reporters } from '../../../src/reporters/registry.ts';
import type { Reporter } from '../../../src/reporters/reporter.ts';
import { policyOf } from '../../../src/results/comparison/policy.ts';
import { type JsonSchema, scenarioJsonSchema } from '../../../src/scenarios/json-schema.ts';
import { stockStrategyNames } from '../../../src/scenarios/names.ts';
import { fakeEnvironment } from './fake-environment.ts';

/** A page with the padding of its tables taken out, as the formatter may put it in. */
async function page(name: string): Promise<string> {
  const file = new URL(`../../../docs/reference/${name}.md`, import.meta.url);
  return (await readFile(file, 'utf8')).replaceAll(/ +\|/g, ' |').replaceAll(/^\| -+.*\n/gm, '');
}

/** First cells of the table rows of a page, without their back-ticks. */
function firstCells(text: string): readonly string[] {
  return [...text.matchAll(/^\| `?([^`|]+?)`? \|/gm)].map(([, cell]) => cell ?? '');
}

function keyPaths(schema: JsonSchema, at: string): readonly string[] {
  const members = Object.entries(schema.properties ?? {}).flatMap(([key, member]) => {
    const path = at === '' ? key : `${at}.${key}`;
    return [path, ...keyPaths(member, path)];
  });
  const items = schema.items === undefined ? [] : keyPaths(schema.items, `${at}[]`);
  const choices = (schema.anyOf ?? schema.oneOf ?? []).flatMap((choice) => keyPaths(choice, at));
  return [...new Set([...members, ...items, ...choices])];
}

const unitOf = (name: string): string => (/^(?:login|page|order)\./.test(name) ? 'µs' : '');

describe('docs/reference', () => {
  it('errors.md lists exactly the codes there are, with their exit and meaning', async () => {
    const text = await page('errors');
    const rows = Object.entries(errorCodes).map(
      ([code, { exitCode, meaning }]) => `| \`${code}\` | ${exitCode} | ${meaning} |`,
    );
    expect(text.split('\n').filter((line) => line.startsWith('| `'))).toEqual(rows);
  });

  it('exit-codes.md lists exactly the codes there are', async () => {
    const rows = [...(await page('exit-codes')).matchAll(/^\| (\d+) \| `(\w+)` \|/gm)];
    const listed: unknown = Object.fromEntries(rows.map(([, code, name]) => [name, Number(code)]));
    expect(listed).toEqual(exitCodes);
  });

  it('scenario.md lists exactly the keys there are', async () => {
    const listed = firstCells(
      (await page('scenario')).split('## Keys')[1]?.split('\n## ')[0] ?? '',
    );
    expect([...listed].slice(1).sort()).toEqual([...keyPaths(scenarioJsonSchema(), '')].sort());
  });

  it('strategies.md has a row for every stock strategy, and no other', async () => {
    const rows = [
      ...((await page('strategies')).split('\n## ')[0] ?? '').matchAll(/^\| `([a-z-]+)` \|/gm),
    ];
    expect(rows.map(([, name]) => name)).toEqual(stockStrategyNames);
  });

  it('reports.md lists exactly the formats there are, with their files', async () => {
    const text = (await page('reports')).split('\n## ')[0] ?? '';
    const rows = [...text.matchAll(/^\| `(\w+)` \| (.+?) \|/gm)].map(([, name, file]) => [
      name,
      file,
    ]);
    const actual = Object.values<Reporter>(reporters).map(({ name, fileName }) => [
      name,
      fileName === undefined ? 'none: stdout' : `\`${fileName}\``,
    ]);
    expect(rows).toEqual(actual);
  });

  it('reports.md names exactly the metrics that a comparison gates on', async () => {
    const [, listed = ''] =
      /Metrics that gate are (.+?)\. `--gate/s.exec(await page('reports')) ?? [];
    const names = [...listed.matchAll(/`([\w.]+)`/g)].map(([, name]) => name ?? '');
    const gated = metricNames().filter((name) => policyOf({ name, unit: unitOf(name) }).gated);
    expect(names.sort()).toEqual(gated.sort());
  });

  it('cli.md lists exactly the options of every command', async () => {
    const sections = (await page('cli')).split('\n## `flashsim ').slice(1);
    const documented: Record<string, readonly string[]> = Object.fromEntries(
      sections.map((text) => [
        text.split(/[ `]/)[0] ?? '',
        [...text.matchAll(/--[a-z][a-z-]*/g)].map(([option]) => option),
      ]),
    );
    const program = buildProgram(fakeEnvironment(), () => undefined);
    for (const command of program.commands) {
      const options = command.options.map(({ long }) => long ?? '').sort();
      const listed = [...new Set(documented[command.name()])].sort();
      expect(listed, command.name()).toEqual(options);
    }
    expect(Object.keys(documented)).toEqual(program.commands.map((command) => command.name()));
  });
});
