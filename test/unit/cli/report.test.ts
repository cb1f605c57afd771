import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runCli } from '../../../src/cli/program.ts';
import { reporters } from '../../../src/reporters/registry.ts';
import { resultSchema } from '../../../src/results/result-schema.ts';
import { violated } from '../reporters/result-fixture.ts';
import { folder, runFolder } from './audit-fixture.ts';
import { type FakeEnvironment, fakeEnvironment } from './fake-environment.ts';

async function flashsim(
  argv: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ code: number; out: string; err: string }> {
  const environment: FakeEnvironment = { ...fakeEnvironment(folder), env };
  const code = await runCli(environment, argv);
  expect(environment.err()).not.toMatch(/^\s+at /m);
  return { code, out: environment.out(), err: environment.err() };
}

describe('flashsim report', () => {
  it.each(Object.keys(reporters).filter((name) => name !== 'html'))(
    'prints %s of a run folder, and exits 0 whatever the verdict was',
    async (format) => {
      const { path } = await runFolder(3);
      const { code, out, err } = await flashsim(['report', path, '--format', format]);
      expect({ code, err }).toEqual({ code: 0, err: '' });
      expect(out).toContain('oversell');
    },
  );

  it('writes a page into the run folder when nobody says otherwise', async () => {
    const { path } = await runFolder(2);
    const { code, out, err } = await flashsim(['report', path]);
    expect({ code, out }).toEqual({ code: 0, out: '' });
    expect(err).toBe(`wrote ${join(path, 'report.html')}\n`);
    expect(await readFile(join(path, 'report.html'), 'utf8')).toMatch(/^<!doctype html>/);
  });

  it('writes to a file, into folders that it makes, and to stdout', async () => {
    const { path } = await runFolder(2);
    const out = join(folder, 'new', 'deep', 'junit.xml');
    expect(await flashsim(['report', path, '--format', 'junit', '--out', out, '-q'])).toEqual({
      code: 0,
      out: '',
      err: '',
    });
    expect(await readFile(out, 'utf8')).toMatch(/^<\?xml /);
    expect((await flashsim(['report', path, '--out', '-'])).out).toMatch(/^<!doctype html>/);
  });

  it('renders a result by itself, of an older release too, as the same result', async () => {
    const file = join(folder, 'older.json');
    await writeFile(file, JSON.stringify(violated));
    const { out } = await flashsim(['report', file, '--format', 'json']);
    expect(resultSchema.parse(JSON.parse(out))).toEqual(violated);
  });

  it('appends the summary of a step where GitHub wants it', async () => {
    const { path } = await runFolder(3);
    const summary = join(folder, 'summary.md');
    await writeFile(summary, 'before\n');
    const env = { GITHUB_STEP_SUMMARY: summary };
    const { out } = await flashsim(['report', path, '--format', 'github'], env);
    expect(out).toMatch(/^::error title=flashsim%3A oversell violated::/);
    expect(await readFile(summary, 'utf8')).toMatch(/^before\n## ❌ violated: /);
  });

  it('takes no evidence away', async () => {
    const { path } = await runFolder(2);
    const taken = ['report', path, '--format', 'json', '--out', join(path, 'result.json')];
    const { code, err } = await flashsim(taken);
    expect(code).toBe(2);
    expect(err).toContain('is evidence of the run');
  });

  it.each([
    { argv: ['report', 'nowhere'], what: 'it is not there' },
    { argv: ['report', '.'], what: 'has no result.json' },
    { argv: ['report', 'x', '--format', 'htm'], what: 'Did you mean html?' },
    { argv: ['report', 'x', '--format', 'pdf'], what: 'There are terminal, json, html, junit' },
  ])('$argv says $what', async ({ argv, what }) => {
    const { code, out, err } = await flashsim(argv);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(what);
  });

  it('asks for one run of a series', async () => {
    const series = join(folder, 'series');
    await mkdir(series);
    const runs = [{ folder: 'seed-1' }, { folder: 'seed-2' }];
    await writeFile(join(series, 'series.json'), JSON.stringify({ schemaVersion: 1, runs }));
    const { code, err } = await flashsim(['report', series]);
    expect(code).toBe(2);
    expect(err).toContain('a series of 2 runs');
    expect(err).toContain('seed-1');
  });
});

describe('flashsim run --report', () => {
  it.each([
    { argv: ['--report', 'junt'], what: 'Did you mean junit?' },
    { argv: ['--report', 'junit='], what: 'names no file' },
    { argv: ['--report', 'junit=a.xml', '--repeat', '3'], what: 'one file for 3 runs' },
    { argv: ['--repeat', '0'], what: 'Write a whole number from 1' },
    { argv: ['--baseline', 'nowhere'], what: 'it is not there' },
  ])('$argv is told of before anything is played', async ({ argv, what }) => {
    const { code, err } = await flashsim(['run', 'sale-opening', ...argv]);
    expect(code).toBe(2);
    expect(err).toContain(what);
    expect(existsSync(join(folder, 'reports'))).toBe(false);
  });
});
