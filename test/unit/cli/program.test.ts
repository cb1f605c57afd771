import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../../../src/cli/program.ts';
import { builtinNames, builtinText } from '../../../src/scenarios/builtin.ts';
import { fakeEnvironment } from './fake-environment.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flashsim-cli-'));
  await writeFile(join(folder, 'bad.yaml'), 'name: x\nfoo: 1\n');
});
afterAll(() => rm(folder, { recursive: true }));

async function run(...argv: string[]) {
  const environment = fakeEnvironment(folder);
  const code = await runCli(environment, argv);
  return { code, out: environment.out(), err: environment.err() };
}

describe('the command line', () => {
  it('prints the version of package.json', async () => {
    const text = await readFile(new URL('../../../package.json', import.meta.url), 'utf8');
    const { version } = JSON.parse(text) as { version: string };
    expect(await run('--version')).toEqual({ code: 0, out: `${version}\n`, err: '' });
  });

  it('shows help on stdout when asked, on stderr with exit 2 when nothing was asked', async () => {
    const asked = await run('--help');
    expect(asked).toMatchObject({ code: 0, err: '' });
    const bare = await run();
    expect(bare).toMatchObject({ code: 2, out: '' });
    expect(bare.err).toBe(asked.out);
  });

  it('keeps its help within 80 columns', async () => {
    for (const argv of [['--help'], ['run', '--help'], ['serve', '--help']]) {
      const { out } = await run(...argv);
      expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
    }
  });

  it.each([
    [['rn'], "Unknown command 'rn'.", 'Did you mean run? `flashsim --help`'],
    [['run'], "Missing required argument 'scenario'.", '`flashsim run --help`'],
    [['run', 'x', '--sed', '3'], "Unknown option '--sed'.", '`flashsim run --help`'],
    [['run', 'x', '--seed', '3x'], 'Write a whole number from 0', '`flashsim run --help`'],
    [
      ['serve', '--port', '70000'],
      'Write a whole number from 0 to 65535.',
      '`flashsim serve --help`',
    ],
    [['serve', '--strategy', 'naiv'], 'no stock strategy called naiv', 'Did you mean naive?'],
    [['serve', '--opens-in', 'soon'], '--opens-in soon is no duration', 'such as 30s'],
    [['serve', '--recovery', 'orders'], 'no recovery policy called orders', 'from-orders'],
    [
      ['serve', '--warm-up', 'manual'],
      'conditional-update counts in the database',
      'a strategy that caches: redis-read-write',
    ],
    [
      ['serve', '--strategy', 'redis-lua', '--opens-in', '3s', '--warm-up', '5s'],
      'nor a time before an opening in 3.00 s',
      '--opens-in 30s --warm-up 5s',
    ],
    [['warm-up'], "Required option '--url <url>' not specified.", '`flashsim warm-up --help`'],
    [['warm-up', '--url', '8080'], '--url 8080 is no http://', 'http://127.0.0.1:8080/admin'],
    [['init', 'retry-strom'], 'no template called retry-strom', 'Did you mean retry-storm?'],
    [
      ['validate', 'bad.yaml', '--set', 'x'],
      '--set x is not of the form path=value',
      'sale.products[0]',
    ],
  ])('%j is a usage error', async (argv, what, fix) => {
    const { code, out, err } = await run(...argv);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain('error[USAGE]: ');
    expect(err).toContain(what);
    expect(err).toContain(fix);
  });

  it('warms up no server on another machine without consent', async () => {
    const { code, err } = await run('warm-up', '--url', 'http://db.example/admin');
    expect(code).toBe(2);
    expect(err).toContain('error[REMOTE_NOT_ALLOWED]: ');
    expect(err).toContain('--allow-remote');
  });

  it('takes --no-color before and after the command', async () => {
    for (const argv of [
      ['--no-color', 'list'],
      ['list', '--no-color'],
    ]) {
      const environment = fakeEnvironment(folder, true);
      expect(await runCli(environment, argv)).toBe(0);
      expect(environment.out()).not.toContain(String.fromCharCode(27));
    }
    const coloured = fakeEnvironment(folder, true);
    await runCli(coloured, ['list']);
    expect(coloured.out()).toContain(String.fromCharCode(27));
  });
});

describe('validate', () => {
  it('sums up every built-in', async () => {
    const { code, out, err } = await run('validate', ...builtinNames);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain(`ok sale-opening
   5,000 users on 7,500 devices, 500 units of 1 product
   arrivals herd 60% + weibull 40%; opens at 3 s, ends at 10 s
   target reference, conditional-update, 2 processes
`);
  });

  it('goes on after a file that is bad, and exits 2', async () => {
    const { code, out, err } = await run('validate', 'bad.yaml', 'sale-opening');
    expect(code).toBe(2);
    expect(err).toContain('  bad.yaml:2:1  foo\n    unknown key "foo"\n');
    expect(out).toContain('ok sale-opening');
  });

  it('gives the same as data', async () => {
    const { code, out, err } = await run(
      'validate',
      '--json',
      'bad.yaml',
      'multi-device',
      'no.yaml',
    );
    expect({ code, err }).toEqual({ code: 2, err: '' });
    const { files } = JSON.parse(out) as { files: readonly Record<string, unknown>[] };
    expect(files.map(({ file, valid, code: errorCode }) => [file, valid, errorCode])).toEqual([
      ['bad.yaml', false, 'SCENARIO_INVALID'],
      ['multi-device', true, undefined],
      ['no.yaml', false, 'SCENARIO_NOT_FOUND'],
    ]);
    expect(files[0]?.['problems']).toContainEqual(
      expect.objectContaining({ path: 'foo', location: { file: 'bad.yaml', line: 2, column: 1 } }),
    );
  });
});

describe('init', () => {
  it('writes a template that validates, and never writes over it', async () => {
    expect((await run('init')).out).toContain('Wrote scenario.yaml.');
    expect(await readFile(join(folder, 'scenario.yaml'), 'utf8')).toBe(
      await builtinText('sale-opening'),
    );
    expect((await run('validate', 'scenario.yaml')).code).toBe(0);
    const again = await run('init', 'retry-storm');
    expect(again.code).toBe(2);
    expect(again.err).toContain('error[OUTPUT_EXISTS]: scenario.yaml exists already');
    expect(await readFile(join(folder, 'scenario.yaml'), 'utf8')).toBe(
      await builtinText('sale-opening'),
    );
  });

  it('writes another template where it is told to', async () => {
    expect((await run('init', 'multi-device', '--out', 'devices.yaml')).code).toBe(0);
    expect((await run('init', '--out', 'no/such/folder.yaml')).err).toContain(
      'OUTPUT_NOT_WRITABLE',
    );
  });
});

describe('warm-up', () => {
  it('leaves this machine only by consent', async () => {
    const { code, err } = await run('warm-up', '--url', 'http://db.example/admin');
    expect(code).toBe(2);
    expect(err).toContain('error[REMOTE_NOT_ALLOWED]: The server is on `db.example`');
    expect(err).toContain('--allow-remote');
  });
});

describe('list', () => {
  it('shows every name with a description, within 80 columns', async () => {
    const { code, out } = await run('list');
    expect(code).toBe(0);
    for (const name of [...builtinNames, 'naive', 'token-bucket', 'weibull', 'oversell', 'http']) {
      expect(out).toMatch(new RegExp(`^  ${name} +[A-Z]`, 'm'));
    }
    expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  it('gives the same as data', async () => {
    const listed = JSON.parse((await run('list', '--json')).out) as Record<string, unknown>;
    expect(Object.keys(listed)).toEqual([
      'schemaVersion',
      'scenarios',
      'targets',
      'stockStrategies',
      'orderings',
      'failpoints',
      'recoveryPolicies',
      'limiters',
      'queueingMethods',
      'arrivals',
      'models',
      'popularities',
      'backoffs',
      'jitters',
      'retryBudgets',
      'slidingWindows',
      'invariants',
      'metrics',
      'reports',
    ]);
  });
});
