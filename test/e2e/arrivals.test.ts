import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { flashsim, run, temporaryFolder } from '../helpers/cli.ts';

/** A sale that opens after a second; `workload` is the rest of its workload. */
function scenario(workload: string, folder = temporaryFolder()): string {
  const file = join(folder, 'scenario.yaml');
  writeFileSync(
    file,
    `name: arrivals
target: { reference: { processes: 2 } }
sale:
  products:
    - { id: console, stock: 40, limitPerUser: 2 }
    - { id: game, stock: 20, limitPerUser: 2 }
  opensAt: 1s
workload:
  workers: 2
${workload}`,
  );
  return file;
}

describe('how people come', () => {
  it('in a closed model buys again and again, each time under a key of its own', async () => {
    const { result, code, folder } = await run(
      scenario(`  model: closed
  thinkTime: { exponential: 100ms }
  maxPurchases: 6
  popularity: { zipf: 1 }
  users: 60
  devicesPerUser: { 1: 50%, 2: 50% }
  endsAt: 8s
  arrivals:
    - { type: herd, reaction: { lognormal: { median: 100ms, sigma: 0.5 } } }
`),
    );
    expect(code, JSON.stringify(result.invariants)).toBe(0);
    expect(result.sold).toBe(60);
    expect(result.devices).toMatchObject({ users: 60, loggedIn: result.devices.devices });
    expect(result.devices.devices).toBeLessThan(120);
    // Six purchases of every device, as long as there was time.
    expect(result.firstAttempts).toBeGreaterThan(4 * result.devices.devices);
    expect(result.firstAttempts).toBeLessThanOrEqual(6 * result.devices.devices);
    expect(result.generator.droppedArrivals).toBe(0);
    expect(result.warnings.join()).toContain('the workload is closed');
    const again = await flashsim(['audit', '--json', folder]);
    const judged = JSON.parse(again.stdout) as typeof result;
    expect(judged.planHash).toBe(result.planHash);
    expect(judged.devices).toEqual(result.devices);
    expect(judged.warnings.join()).not.toContain('could not be made again');
  });

  it('on launch day, in five ways, sells three products out', async () => {
    const { result, code } = await run(
      'launch-day',
      ...['--set', 'workload.users=400'],
      ...['--set', 'sale.products[0].stock=80'],
      ...['--set', 'sale.products[1].stock=36'],
      ...['--set', 'sale.products[2].stock=22'],
    );
    expect(result.sold).toBe(138);
    expect(result.codes['order']?.['not-open']).toBeGreaterThan(40);
    expect([0, 4], JSON.stringify(result.invariants)).toContain(code);
  });

  it('plays a trace from beside the scenario, at its instants', async () => {
    const folder = temporaryFolder();
    // A burst half a second after the opening of the trace's sale, and one a second later.
    const clicks = Array.from({ length: 200 }, (_, index) => (index < 150 ? 100.5 : 101.5));
    writeFileSync(join(folder, 'clicks.csv'), `at\n${clicks.join('\n')}\n`);
    const file = scenario(
      `  users: 200
  endsAt: 4s
  arrivals:
    - { type: trace, file: clicks.csv, column: at, opensAt: 100 }
`,
      folder,
    );
    const { result, stderr } = await run(file);
    expect(stderr).not.toContain('    at ');
    const { bucketMs, startMs, arrivals } = result.timeline;
    const before = (ms: number): number =>
      arrivals.slice(0, (ms - startMs) / bucketMs).reduce((sum, count) => sum + count, 0);
    expect(before(500)).toBe(0);
    expect(before(1_400)).toBe(150);
    expect(result.firstAttempts).toBe(200);
  });

  it('by a trace that cannot be played is refused, with the line and the remedy', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'access.log'), 'hello\n');
    const file = scenario(
      `  users: 10
  arrivals: [{ type: trace, file: access.log, opensAt: "2026-11-27T10:00:00Z" }]
`,
      folder,
    );
    const { code, stderr } = await flashsim(['run', file]);
    expect(code).toBe(2);
    expect(stderr).toContain('scenario.yaml:11:35  workload.arrivals[0].file');
    expect(stderr).toContain('line 1 of access.log has no date');
    expect(stderr).toContain('fix: correct or remove it');
  });
});
