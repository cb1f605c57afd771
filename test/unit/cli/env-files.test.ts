import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { variablesWith } from '../../../src/cli/env-files.ts';
import { runCli } from '../../../src/cli/program.ts';
import { fakeEnvironment } from './fake-environment.ts';

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'env-files-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

const write = (name: string, content: string | Buffer): void =>
  writeFileSync(join(folder, name), content);

describe('--env-file', () => {
  it('reads what Node reads: quotes, comments, export, values of several lines', async () => {
    write('.env', `# comment\nA=1\nB="x # y" # z\nexport C='c'\r\nD="two\nlines"\nE=\n`);
    expect(await variablesWith({ env: {}, cwd: folder }, ['.env'])).toEqual({
      A: '1',
      B: 'x # y',
      C: 'c',
      D: 'two\nlines',
      E: '',
    });
  });

  it('gives way to the environment, an earlier file to a later one', async () => {
    write('one.env', 'A=one\nB=one\nC=one\nD=one');
    write('two.env', 'B=two\nC=two\nD=two');
    const env = { C: 'environment', D: '' };
    expect(await variablesWith({ env, cwd: folder }, ['one.env', 'two.env'])).toEqual({
      A: 'one',
      B: 'two',
      C: 'environment',
      // Set to nothing is set.
      D: '',
    });
    expect(env).toEqual({ C: 'environment', D: '' });
  });

  it.each<[string, RegExp, () => void]>([
    ['is missing', /no such file/, () => undefined],
    ['is a folder', /a folder/, () => mkdirSync(join(folder, '.env'))],
    ['is no text', /no UTF-8 text/, () => write('.env', Buffer.from([0x41, 0x3d, 0xff]))],
    ['is no file of variables', /larger than 1 MiB/, () => write('.env', 'x'.repeat(1_100_000))],
  ])('that %s is a clear error of every command that takes one', async (_, says, make) => {
    make();
    write('history.ndjson', '');
    for (const command of [
      'run sale-opening --dry-run',
      'validate sale-opening',
      'saturate sale-opening',
      'audit --history history.ndjson --contract contract.yaml',
    ]) {
      const environment = fakeEnvironment(folder);
      expect(await runCli(environment, [...command.split(' '), '--env-file', '.env'])).toBe(2);
      expect(environment.err()).toContain('ENV_FILE_UNREADABLE');
      expect(environment.err()).toMatch(says);
    }
  });

  it('fills a scenario, and what it fills in is masked', async () => {
    write('shop.env', 'STOCK=7\nSHOP_PASSWORD=hunter2-x\n');
    const http = 'http: { baseUrl: "http://localhost:1", headers: { X-P: "${SHOP_PASSWORD}" } }';
    write(
      'own.yaml',
      `name: own\ntarget: { ${http} }\nsale: { products: [{ id: a, stock: "\${STOCK}" }] }\n` +
        'workload: { users: 10, arrivals: [{ type: herd }] }\n',
    );
    const environment = fakeEnvironment(folder);
    const args = ['validate', 'own.yaml', '--env-file', 'shop.env'];
    expect(await runCli(environment, args), environment.err()).toBe(2);
    expect(environment.err()).toContain('headers is of no use');
    const again = fakeEnvironment(folder);
    write(
      'own.yaml',
      'name: "${SHOP_PASSWORD}"\ntarget: { reference: {} }\nsale: { products: [{ id: a, stock: "${STOCK}" }] }\nworkload: { users: 10, arrivals: [{ type: herd }] }\n',
    );
    expect(await runCli(again, ['run', 'own.yaml', '--dry-run', '--env-file', 'shop.env'])).toBe(0);
    expect(again.out()).toContain('***, seed');
    expect(again.out()).not.toContain('hunter2');
  });
});
