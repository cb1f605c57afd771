import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { SaturationReport } from '../../src/cli/saturation-report.ts';
import {
  type Finished,
  flashsim,
  processesOf,
  start,
  temporaryFolder,
  temporaryLeftovers,
  until,
} from '../helpers/cli.ts';
import { ownServer } from '../helpers/own-server.ts';

const quick = ['--max-connections', '4', '--step', '500ms'];

function reportOf({ stdout, stderr }: Finished): SaturationReport {
  try {
    return JSON.parse(stdout) as SaturationReport;
  } catch (error) {
    throw new Error(`no report: ${stderr}${stdout}`, { cause: error });
  }
}

describe('flashsim saturate', () => {
  it.each(['order', 'page'])(
    'loads the reference server with unique work: %s',
    async (operation) => {
      const ran = await flashsim([
        'saturate',
        'sale-opening',
        ...['--operation', operation],
        ...quick,
        '--json',
      ]);
      const { steps, best, knee, doubt } = reportOf(ran);
      expect(steps.slice(0, 3).map(({ connections }) => connections)).toEqual([1, 2, 4]);
      for (const step of steps) {
        expect(Object.keys(step.codes)).toEqual(['ok']);
        expect(step.goodputPerS + step.latePerS).toBeCloseTo(step.answersPerS);
        expect(step.answersPerS).toBeGreaterThan(10);
        expect(step.errors).toBe(0);
        expect(step.p50Us).toBeGreaterThan(0);
      }
      expect(best?.goodputPerS).toBe(Math.max(...steps.map(({ goodputPerS }) => goodputPerS)));
      expect(knee?.connections).toBeLessThanOrEqual(best?.connections ?? 0);
      // Whether four connections are enough to saturate it is this machine's affair.
      expect(ran.code).toBe(doubt === null ? 0 : 4);
      expect(ran.stderr).toBe('');
      expect(temporaryLeftovers()).toEqual([]);
    },
  );

  it('aims at a server of one’s own through its scenario, and says when nothing is good', async () => {
    const url = await ownServer((request, response) => {
      request.resume();
      const isLogin = request.url === '/login';
      const [status, value] =
        isLogin || request.url === '/health'
          ? [200, { token: 'come-in' }]
          : [409, { code: 'sold-out' }];
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(value));
    });
    const folder = temporaryFolder();
    const scenario = `name: own
target: { http: { baseUrl: "${url}" } }
sale: { products: [{ id: a, stock: 5 }] }
workload: { users: 10, arrivals: [{ type: herd }] }
`;
    writeFileSync(join(folder, 'scenario.yaml'), scenario);
    const ran = await flashsim(['saturate', 'scenario.yaml', ...quick], { cwd: folder });
    expect(ran.code, ran.stderr).toBe(4);
    expect(ran.stdout).toMatch(/Nothing good was answered in time\. Answers: [\d,]+ sold-out/);
    expect(ran.stdout).toContain('keeps its own stock');
  });

  it('prints what it has when it is interrupted, and leaves nothing behind', async () => {
    const saturating = start([
      'saturate',
      'sale-opening',
      '--step',
      '1s',
      '--max-connections',
      '64',
    ]);
    await until(() => saturating.stderr().includes('measuring 2 connections'), 60_000, 'a step');
    saturating.child.kill('SIGINT');
    const { code, stdout, stderr } = await saturating.finished;
    expect(code, stderr).toBe(130);
    expect(stdout).toContain('It was interrupted');
    expect(stdout).toMatch(/^ +1 +[\d,]+ /m);
    await until(
      () => processesOf(saturating.marker).length === 0,
      10_000,
      'the end of all processes',
    );
    expect(temporaryLeftovers()).toEqual([]);
  });

  it.each<[string, readonly string[], number, RegExp]>([
    ['a host elsewhere', ['http://shop.example/'], 2, /REMOTE_NOT_ALLOWED.*shop\.example/],
    ['a URL with a password', ['http://ann:secret@localhost/'], 2, /credentials/],
    ['an operation that is none', ['sale-opening', '--operation', 'buy'], 2, /order, page/],
    ['a step without a unit', ['sale-opening', '--step', '3'], 2, /500ms or 3s/],
    ['a URL with --set', ['http://localhost:9', '--set', 'seed=1'], 2, /needs a scenario/],
    [
      'more connections than ports',
      ['http://localhost:9', '--max-connections', '60000'],
      2,
      /at most/,
    ],
    ['nobody who listens', ['http://127.0.0.1:9/'], 5, /Nothing listens there/],
    ['a scenario that is none', ['nowhere'], 2, /SCENARIO_NOT_FOUND/],
  ])('refuses %s before anything is loaded', async (_, args, code, says) => {
    const ran = await flashsim(['saturate', ...args]);
    expect(ran.stderr).toMatch(says);
    expect(ran.stderr).not.toContain('secret');
    expect(ran.code).toBe(code);
    expect(ran.stdout).toBe('');
  });

  it('refuses a page that is not there', async () => {
    const url = await ownServer((_, response) => response.writeHead(404).end());
    const ran = await flashsim(['saturate', `${url}/nothing`]);
    expect(ran.stderr).toMatch(/It answers 404/);
    expect(ran.code).toBe(5);
  });
});
