import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DryRun } from '../../../src/cli/dry-run.ts';
import { runCli } from '../../../src/cli/program.ts';
import { nsPerMs } from '../../../src/core/clock.ts';
import { makePlan, planHash } from '../../../src/engine/plan.ts';
import { loadScenario } from '../../../src/scenarios/load.ts';
import { fakeEnvironment } from './fake-environment.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'flashsim-dry-run-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

async function dryRun(...argv: string[]) {
  const environment = fakeEnvironment(folder);
  const code = await runCli(environment, ['run', ...argv, '--dry-run']);
  return { code, out: environment.out(), err: environment.err() };
}

const small = ['--set', 'workload.users=40', '--set', 'workload.devicesPerUser=2'];

function scenarioOn(baseUrl: string, extra = ''): string {
  const file = join(folder, 'own.yaml');
  writeFileSync(
    file,
    `name: own
target: { http: { baseUrl: '${baseUrl}' } }
sale: { products: [{ id: shoe, stock: 3 }] }
workload: { users: 4, arrivals: [{ type: herd }] }
${extra}`,
  );
  return file;
}

describe('run --dry-run', () => {
  it('counts what the plan of the run has', async () => {
    const { code, out } = await dryRun('sale-opening', ...small, '--json');
    const found = JSON.parse(out) as DryRun;
    const { scenario } = await loadScenario('sale-opening', {
      overrides: ['workload.users=40', 'workload.devicesPerUser=2'],
      env: {},
      cwd: folder,
    });
    const plan = makePlan(scenario, scenario.seed, 3_000 * nsPerMs);
    expect(code).toBe(0);
    expect(found).toMatchObject({
      planHash: planHash(plan),
      connections: 80,
      requests: { logins: 80, firstOrders: 80, ordersMax: 400, probesMax: 0 },
      hosts: [],
    });
    expect(found.requests.pageReloadsMax).toBe(plan.refreshNs.length);
    expect(found.requests.firstOrdersPeakPerS).toBeGreaterThan(40);
    expect(found.requests.firstOrdersPeakPerS).toBeLessThanOrEqual(80);
  });

  it('says it in words, and leaves nothing behind', async () => {
    const before = readdirSync(folder);
    const { code, out, err } = await dryRun('sale-opening', ...small, '--repeat', '3');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain('sale-opening, seed 42: nothing was started, nothing was sent');
    expect(out).toMatch(/requests {8}80 logins; 80 first orders, 400 orders at most/);
    expect(out).toContain('3, seeds 42 to 44');
    expect(out).toContain('this machine alone');
    expect(readdirSync(folder)).toEqual(before);
  });

  it('names every host, and is refused as the run would be', async () => {
    const file = scenarioOn('https://shop.example/api');
    const { code, out, err } = await dryRun(file);
    expect(code).toBe(2);
    expect(out).toContain('shop.example (REMOTE)');
    expect(err).toContain('error[REMOTE_NOT_ALLOWED]');
    expect(err).toContain('add `shop.example` to `allowHosts`');
  });

  it('is content with both consents, and reaches nobody', async () => {
    const file = scenarioOn('https://shop.example/api', 'allowHosts: [shop.example]');
    const { code, err } = await dryRun(file, '--allow-remote');
    expect({ code, err }).toEqual({ code: 0, err: '' });
  });

  it('tells of a server on this machine', async () => {
    const { code, out } = await dryRun(scenarioOn('http://127.0.0.1:9'));
    expect(code).toBe(0);
    expect(out).toContain('127.0.0.1 (this machine)');
  });

  it('is refused when the machine has not so many connections', async () => {
    const many = ['--set', 'workload.users=200000'];
    const { code, err } = await dryRun('sale-opening', ...many);
    expect({ code, refused: err.includes('error[TOO_MANY_CONNECTIONS]') }).toEqual({
      code: 2,
      refused: true,
    });
  });
});
