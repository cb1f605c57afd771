import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  processesOf,
  readResult,
  type Started,
  smallProfile,
  start,
  temporaryFolder,
  temporaryLeftovers,
  until,
} from '../helpers/cli.ts';

/** A sale that goes on for long after the opening, so that a signal meets it alive. */
const longSale = [
  ...smallProfile,
  ...['--set', 'sale.opensAt=2s', '--set', 'workload.endsAt=40s'],
  ...['--set', 'workload.arrivals=[{type: herd, users: 50%}, {type: poisson, rate: 10/s}]'],
];

async function nothingLeft(started: Started, before: readonly string[]): Promise<void> {
  await until(
    () => processesOf(started.marker).length === 0,
    10_000,
    `the end of ${processesOf(started.marker).join('; ')}`,
  );
  await until(
    () => temporaryLeftovers().every((name) => before.includes(name)),
    10_000,
    `removal of ${temporaryLeftovers().join(', ')}`,
  );
}

const phases = [
  { when: 'while provisioning', seen: /./, afterMs: 100 },
  { when: 'during the warm-up', seen: /warm/i, afterMs: 0 },
  { when: 'before the opening', seen: /opens|opening|waiting/i, afterMs: 200 },
  { when: 'after the opening', seen: /opens|opening|waiting/i, afterMs: 4_000 },
];

describe('a run that is stopped', () => {
  it.each(phases)(
    'by SIGINT $when exits 130 and leaves nothing running',
    async ({ seen, afterMs }) => {
      const before = temporaryLeftovers();
      const folder = join(temporaryFolder(), 'run');
      const started = start(['run', 'sale-opening', '--out', folder, ...longSale]);
      await until(() => seen.test(started.stderr()), 30_000, `${seen} on stderr`);
      await new Promise((resolve) => setTimeout(resolve, afterMs));
      started.child.kill('SIGINT');
      const { code, stderr } = await started.finished;
      expect(stderr).not.toContain('    at ');
      expect(code).toBe(130);
      await nothingLeft(started, before);
      if (afterMs >= 4_000) {
        const result = readResult(folder);
        expect(result).toMatchObject({ verdict: 'unknown', interrupted: true });
        expect(result.attempts).toBeGreaterThan(0);
      }
    },
  );

  it('with an oversell already certain says violated, and exits 130', async () => {
    const folder = join(temporaryFolder(), 'run');
    const started = start([
      'run',
      'sale-opening',
      '--out',
      folder,
      ...longSale,
      '--set',
      'target.reference.stock.strategy=naive',
    ]);
    await until(() => /opens|opening|waiting/i.test(started.stderr()), 30_000, 'the opening');
    await new Promise((resolve) => setTimeout(resolve, 6_000));
    started.child.kill('SIGINT');
    const { code } = await started.finished;
    expect(readResult(folder)).toMatchObject({ verdict: 'violated', interrupted: true });
    expect(code).toBe(130);
  });

  it('by SIGINT twice ends at once and leaves nothing running', async () => {
    const before = temporaryLeftovers();
    const started = start([
      'run',
      'sale-opening',
      '--out',
      join(temporaryFolder(), 'run'),
      ...longSale,
    ]);
    await until(() => /opens|opening|waiting/i.test(started.stderr()), 30_000, 'the opening');
    started.child.kill('SIGINT');
    await until(
      () => started.stderr().includes('once more'),
      5_000,
      'the first signal to be heard',
    );
    started.child.kill('SIGINT');
    expect((await started.finished).code).toBe(130);
    await nothingLeft(started, before);
  });

  it('by SIGKILL leaves nothing running either', async () => {
    const before = temporaryLeftovers();
    const started = start([
      'run',
      'sale-opening',
      '--out',
      join(temporaryFolder(), 'run'),
      ...longSale,
    ]);
    await until(() => /opens|opening|waiting/i.test(started.stderr()), 30_000, 'the opening');
    expect(processesOf(started.marker).length).toBeGreaterThan(3);
    started.child.kill('SIGKILL');
    await started.finished;
    await nothingLeft(started, before);
  });
});
