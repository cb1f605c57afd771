import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { writeJson } from '../../../src/history/run-folder.ts';
import { audit, auditJson, folder, runFolder } from './audit-fixture.ts';

const fixture = (name: string): string =>
  fileURLToPath(new URL(`../../fixtures/imports/${name}`, import.meta.url));

describe('flashsim audit --history', () => {
  const contract = ['--contract', fixture('contract.yaml')];

  it('finds the oversell in a k6 test', async () => {
    const history = ['--history', fixture('k6.json'), '--mapping', fixture('k6-mapping.yaml')];
    const result = await auditJson(...history, ...contract);
    expect(result).toMatchObject({
      name: 'friday-drop',
      verdict: 'violated',
      attempts: 7,
      code: 3,
    });
    expect(result.invariants['oversell']).toMatchObject({ verdict: 'violated', lo: 1, hi: 2 });
    expect(JSON.stringify(result.invariants['oversell']?.witnesses)).toContain('k-cleo');
    expect(result.replay).toMatch(/^flashsim audit --history \S+k6\.json --contract/);
  });

  it('leaves open what a JMeter test leaves open', async () => {
    const history = [
      '--history',
      fixture('jmeter.jtl'),
      '--mapping',
      fixture('jmeter-mapping.yaml'),
    ];
    const result = await auditJson(...history, ...contract);
    expect(result.invariants['oversell']).toMatchObject({ verdict: 'unknown', lo: 0, hi: 1 });
    expect(result.code).toBe(4);
  });

  it('joins a history with a snapshot by its own keys', async () => {
    const path = join(folder, 'h.ndjson');
    const row = (key: string, code: string): object => ({
      key,
      user: key,
      sentAt: '2026-11-27T10:00:01.000000001Z',
      doneAt: '2026-11-27T10:00:01.020Z',
      code,
      status: code === 'ok' ? 201 : 409,
    });
    const rows = [row('a', 'ok'), row('b', 'ok'), row('c', 'sold-out'), row('d', 'sold-out')];
    await writeFile(path, rows.map((one) => `${JSON.stringify(one)}\n`).join(''));
    const order = { userId: 'a', productId: 'sneaker-42', quantity: 1, status: 'confirmed' };
    const truth = join(folder, 'h-truth.json');
    const products = [{ id: 'sneaker-42', initial: 2, remaining: 1 }];
    await writeJson(truth, {
      schemaVersion: 1,
      runId: 'theirs',
      products,
      orders: [{ ...order, id: '1', key: 'a' }],
    });
    const all = ['--history', path, ...contract, '--truth', truth];
    const settled = await auditJson(...all, '--settled');
    expect(settled.invariants['lostOrder']).toMatchObject({ verdict: 'violated', value: 1 });
    expect(settled.invariants['lostOrder']?.witnesses.first?.keys).toEqual(['b']);
    expect((await auditJson(...all)).invariants['lostOrder']?.verdict).toBe('unknown');
  });

  it('takes the contract out of a scenario, whatever its opening', async () => {
    const scenarioFile = join(folder, 'shop.yaml');
    await writeFile(
      scenarioFile,
      `name: shop
target: { http: { baseUrl: 'https://shop.example', contract: { maximumSessions: 2 } } }
sale: { products: [{ id: sneaker-42, stock: 5 }], opensAt: '2020-01-01T10:00:00Z' }
workload: { users: 10, arrivals: [{ type: herd }] }
`,
    );
    const history = ['--history', fixture('k6.json'), '--mapping', fixture('k6-mapping.yaml')];
    const result = await auditJson(...history, '--contract', scenarioFile);
    expect(result).toMatchObject({ name: 'shop', stock: 5 });
    expect(result.opening.at).toBe('2020-01-01T10:00:00.000Z');
  });

  it('of zero attempts is unknown, with the reason', async () => {
    const path = join(folder, 'none.csv');
    await writeFile(path, 'key,sentMs,doneMs,status\n');
    const result = await auditJson('--history', path, ...contract);
    expect(result).toMatchObject({ verdict: 'unknown', attempts: 0, code: 4 });
    expect(result.invariants['nonVacuity']?.reason).toMatch(/no attempts|nothing was sold/);
  });

  it('prints for people without a plan, an opening or workers', async () => {
    const history = ['--history', fixture('k6.json'), '--mapping', fixture('k6-mapping.yaml')];
    const { out, err, code } = await audit(...history, ...contract);
    expect(code).toBe(3);
    expect(out).toMatch(/^VIOLATED {2}oversell/);
    expect(out).not.toMatch(/NaN|undefined|Infinity/);
    expect(err).toContain('judging 8 attempts');
    expect((await audit('-q', ...history, ...contract)).err).toBe('');
  });

  it('cannot look for orders that the history does not name', async () => {
    const truth = join(folder, 't.json');
    await writeJson(truth, { schemaVersion: 1, products: [], orders: [] });
    const { code, err } = await audit(
      '--history',
      fixture('jmeter.jtl'),
      ...contract,
      '--truth',
      truth,
    );
    expect(code).toBe(2);
    expect(err).toContain('name neither key nor orderId');
  });

  it.each([
    ['stock: 2', 'stock: many', /contract\.yaml:4:\d+ {2}products\[0\]\.stock/],
    ['limitPerUser', 'limitPerUsr', /products\[0\][\s\S]*limitPerUsr/],
    ['2026-11-27T10:00:00Z', 'noon', /opensAt[\s\S]*write an instant/],
    ['50ms', '50', /clockTolerance/],
    ['products:', '  products: [', /mistake/],
  ])('shows where the contract is wrong: %s', async (from, to, message) => {
    const file = join(folder, 'contract.yaml');
    await writeFile(file, (await readFile(fixture('contract.yaml'), 'utf8')).replace(from, to));
    const { code, err } = await audit('--history', fixture('k6.json'), '--contract', file);
    expect(code).toBe(2);
    expect(err).toContain('AUDIT_INPUT_INVALID');
    expect(err).toMatch(message);
  });

  it.each([
    ["matches: '^/orders$'", "matches: '('", /operations\[0\]\.when[\s\S]*regular expression/],
    ['key: key', 'kee: key', /kee/],
    ['outcome: fail', 'outcome: failed', /outcomes\[0\]\.outcome/],
  ])('shows where the mapping is wrong: %s', async (from, to, message) => {
    const file = join(folder, 'mapping.yaml');
    await writeFile(file, (await readFile(fixture('k6-mapping.yaml'), 'utf8')).replace(from, to));
    const { code, err } = await audit(
      '--history',
      fixture('k6.json'),
      ...contract,
      '--mapping',
      file,
    );
    expect(code).toBe(2);
    expect(err).toMatch(message);
  });
});

describe('what audit cannot do', () => {
  it.each([
    ['nothing named', [], 'nothing to audit'],
    ['two things named', ['.', '--history', 'x'], 'Two things are named'],
    ['a history without a contract', ['--history', 'x'], 'needs a contract'],
    ['a contract without a history', ['.', '--contract', 'x'], 'belong to --history'],
    ['--settled without a snapshot', ['.', '--settled'], '--settled says something'],
    [
      '--write without a folder',
      ['--history', 'x', '--contract', 'y', '--write'],
      '--write writes',
    ],
    ['a format that is none', ['--history', 'x', '--format', 'xml'], 'argument'],
    ['a threshold without a limit', ['.', '--threshold', 'oversell'], 'names no metric'],
    ['a threshold on nothing', ['.', '--threshold', 'oversel=0'], 'Did you mean oversell?'],
    ['a limit that is none', ['.', '--threshold', 'oversell=few'], 'no limit that can be read'],
    ['a folder that holds no run', ['.'], 'holds no run'],
    ['a folder that is not there', ['nowhere'], 'nowhere is not there'],
    ['a contract that is not there', ['--history', 'x', '--contract', 'y'], 'no such file'],
  ])('%s: exit 2 and what to do', async (_title, args, message) => {
    const { code, err } = await audit(...args);
    expect(code).toBe(2);
    expect(err).toContain(message);
    expect(err).toContain('fix:');
  });

  it('use a snapshot that is none', async () => {
    const { path } = await runFolder(2);
    const truth = join(folder, 'bad-truth.json');
    for (const [text, message] of [
      ['{', 'not JSON'],
      ['{"schemaVersion":1}', '`products`'],
    ] as const) {
      await writeFile(truth, text);
      const { code, err } = await audit(path, '--truth', truth);
      expect(code).toBe(2);
      expect(err).toContain(message);
    }
  });
});
