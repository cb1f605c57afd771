import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  flashsim,
  processesOf,
  root,
  smallProfile,
  start,
  temporaryFolder,
} from '../helpers/cli.ts';

const valid = `name: mine
target: { reference: {} }
sale: { products: [{ id: a, stock: 5 }] }
workload: { users: 10, arrivals: [{ type: herd }] }
`;

const files: readonly { title: string; text: string; code: number; says: RegExp }[] = [
  { title: 'an empty file', text: '', code: 2, says: /empty/i },
  { title: 'a YAML syntax error', text: 'name: [a\nb: }', code: 2, says: /scenario\.yaml:\d+:\d+/ },
  {
    title: 'an unknown key',
    text: `${valid}clinet: {}\n`,
    code: 2,
    says: /scenario\.yaml:5:1[\s\S]*clinet[\s\S]*client/,
  },
  {
    title: 'a wrong unit',
    text: valid.replace('users: 10', 'users: 10, endsAt: 10 parsecs'),
    code: 2,
    says: /scenario\.yaml:4:[\s\S]*10s|250ms/,
  },
  {
    title: 'negative stock',
    text: valid.replace('stock: 5', 'stock: -5'),
    code: 2,
    says: /stock[\s\S]*from 1 to/,
  },
  {
    title: 'zero users',
    text: valid.replace('users: 10', 'users: 0'),
    code: 2,
    says: /users[\s\S]*from 1 to/,
  },
  {
    title: 'two targets',
    text: valid.replace('reference: {}', 'reference: {}, http: {baseUrl: "http://localhost:1"}'),
    code: 2,
    says: /two targets/,
  },
  {
    title: 'a threshold on an unknown metric',
    text: `${valid}thresholds: { ordr.p99: "< 1s" }\n`,
    code: 2,
    says: /ordr\.p99[\s\S]*order\.p99/,
  },
  {
    title: 'an opening in the past',
    text: valid.replace('sale: {', 'sale: { opensAt: 2020-01-01T00:00:00Z,'),
    code: 5,
    says: /2020-01-01/,
  },
  {
    title: 'an alias bomb',
    text: `a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: [*d,*d,*d,*d,*d,*d,*d,*d,*d]\n`,
    code: 2,
    says: /alias/i,
  },
];

describe('bad input', () => {
  it.each(files)('$title is a clear error', async ({ text, code, says }) => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'scenario.yaml'), text);
    const finished = await flashsim(['run', 'scenario.yaml'], { cwd: folder });
    expect(finished.stderr).toMatch(says);
    expect(finished.stderr).not.toContain('    at ');
    expect(finished.code).toBe(code);
  });

  it('a missing file is a clear error that names the built-in scenarios', async () => {
    const { code, stderr } = await flashsim(['run', 'sale-openning']);
    expect(stderr).toContain('sale-opening');
    expect(code).toBe(2);
  });

  it('an unknown option is bad usage', async () => {
    const { code, stderr } = await flashsim(['run', 'sale-opening', '--sed', '4']);
    expect(stderr).toContain('--seed');
    expect(code).toBe(2);
  });

  it('a folder that cannot be written is a clear error', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'file'), '');
    const { code, stderr } = await flashsim([
      'run',
      'sale-opening',
      '--out',
      join(folder, 'file', 'out'),
    ]);
    expect(stderr).toMatch(/cannot be written[\s\S]*--out/);
    expect(code).toBe(2);
  });

  it('a folder that holds a run already is left alone', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'result.json'), 'precious');
    const { code, stderr } = await flashsim(['run', 'sale-opening', '--out', folder]);
    expect(stderr).toContain('holds a run already');
    expect(code).toBe(2);
    expect(readFileSync(join(folder, 'result.json'), 'utf8')).toBe('precious');
  });

  it('a port that is taken is a clear error, and nothing stays behind', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const started = start([
      'run',
      'sale-opening',
      '--out',
      join(temporaryFolder(), 'r'),
      ...smallProfile,
      '--set',
      `target.reference.port=${port}`,
    ]);
    const { code, stderr } = await started.finished;
    server.close();
    expect(stderr).toContain(String(port));
    expect(stderr).not.toContain('    at ');
    expect(code).toBe(5);
    expect(processesOf(started.marker)).toEqual([]);
  });

  it('a PostgreSQL that cannot be reached is a clear error without the password', async () => {
    const url = 'postgres://shop:hunter2secret@127.0.0.1:1/shop';
    const folder = join(temporaryFolder(), 'r');
    const { code, stderr, stdout } = await flashsim([
      'run',
      'sale-opening',
      '--out',
      folder,
      '--set',
      `target.reference.stores.postgres=${url}`,
    ]);
    expect(stderr).toContain('127.0.0.1:1');
    expect(stderr + stdout).not.toContain('hunter2secret');
    expect(code).toBe(5);
  });

  it('more connections than files may be open is said before anything starts, with the number needed', async () => {
    const { code, stderr } = await flashsim([
      'run',
      'sale-opening',
      '--set',
      'workload.users=900000',
      '--out',
      join(temporaryFolder(), 'r'),
    ]);
    expect(stderr).toMatch(/1,?\d{3},?\d{3}|900,?000/);
    expect(code).toBe(2);
  });

  it.each([
    [
      'a connection for each device',
      [],
      /Each of 7,500 devices[\s\S]*\{ pool: 300 \}[\s\S]*ulimit -n 7600/,
    ],
    [
      'a pool',
      ['--set', 'workload.connections={pool: 900}'],
      /The pool has 900[\s\S]*at most `pool: 300`[\s\S]*ulimit -n 1000/,
    ],
  ])(
    'a low limit of open files is said with what fits and how to raise it: %s',
    async (_, set, says) => {
      const folder = join(temporaryFolder(), 'r');
      // One worker, two server processes: each needs its part and 100 files of its own.
      const args = ['bin/flashsim.js', 'run', 'sale-opening', '--out', folder, ...set];
      const limited = ['-c', 'ulimit -n 400; exec "$0" "$@"', process.execPath, ...args];
      const workers = ['--set', 'workload.workers=1'];
      const started = start([...limited, ...workers], { command: 'sh', cwd: root });
      const { code, stderr } = await started.finished;
      expect(stderr).toMatch(/TOO_MANY_CONNECTIONS[\s\S]*may have 400/);
      expect(stderr).toMatch(says);
      expect(code).toBe(2);
      expect(existsSync(folder)).toBe(false);
    },
  );
});
