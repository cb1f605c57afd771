import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  processesOf,
  readResult,
  run,
  start,
  stoppedProcessesOf,
  temporaryFolder,
  temporaryLeftovers,
  until,
} from '../helpers/cli.ts';

const faults = (...entries: readonly string[]) => ['--set', `faults=[${entries.join(', ')}]`];

describe('a server process that dies in the middle of an order', () => {
  it('costs nothing where units and order are one transaction', async () => {
    const { result, code } = await run('crash-mid-order');
    expect(result.faults).toMatchObject([
      { description: 'kill at hit 20 of after-decrement', fired: true },
    ]);
    expect({ code, sold: result.sold }).toEqual({ code: 0, sold: 60 });
    expect(result.invariants['lostOrder']).toMatchObject({ verdict: 'pass', hi: 0 });
  });

  it('strands units where they are two', async () => {
    const { result, code, stdout } = await run(
      'crash-mid-order',
      ...['--set', 'target.reference.stock.strategy=conditional-update-split'],
    );
    expect(code).toBe(3);
    expect(result.invariants['conservation']?.lo).toBeGreaterThan(0);
    expect(result.invariants['undersell']?.lo).toBeGreaterThan(0);
    expect(result.invariants['lostOrder']).toMatchObject({ verdict: 'pass' });
    expect(stdout).toMatch(/leaked: neither left nor sold/);
  });

  it('does not die at a failpoint that nobody comes to: the run says so and is unknown', async () => {
    const { result, code, stdout } = await run(
      'crash-mid-order',
      ...faults('{at: 0s, failpoint: holding-lock, action: kill}'),
    );
    expect(result.faults).toMatchObject([
      { fired: false, detail: 'nothing came to the failpoint holding-lock' },
    ]);
    expect(result.verdict).toBe('unknown');
    expect(code).toBe(4);
    expect(stdout.replaceAll(/\s+/g, ' ')).toContain(
      'did not fire: nothing came to the failpoint holding-lock',
    );
  });

  it('does not die before its hit has come', async () => {
    const { result, code } = await run(
      'crash-mid-order',
      ...faults('{at: 0s, failpoint: before-commit, action: kill, hit: 1000}'),
    );
    expect(result.faults[0]?.detail).toBe(
      'the failpoint before-commit was reached 60 times, and fires at hit 1000',
    );
    expect(code).toBe(4);
  });
});

describe('a database that dies in the middle of a sale', () => {
  it('loses no order that was acknowledged, and the sale goes on', async () => {
    const { result, code } = await run(
      'crash-mid-order',
      ...faults('{afterOpening: 200ms, kill: postgres}'),
    );
    expect(result.faults).toMatchObject([{ description: 'kill postgres', fired: true }]);
    expect(result.incidents).toEqual([]);
    expect(result.invariants['lostOrder']).toMatchObject({ verdict: 'pass' });
    expect({ code, sold: result.sold }, JSON.stringify(result.invariants)).toEqual({
      code: 0,
      sold: 60,
    });
  });
});

/** The queue hangs for longer than publishing may take. */
const publishing = (ordering: string) => `name: publishing
target:
  reference:
    stock: { strategy: conditional-update-split }
    ordering: ${ordering}
    publishTimeout: 150ms
sale:
  products: [{ id: sneaker-42, stock: 60, limitPerUser: 1 }]
  opensAt: 1s
workload:
  users: 200
  endsAt: 8s
  arrivals: [{ type: herd, reaction: { lognormal: { median: 300ms, sigma: 0.5 } } }]
faults: [{ afterOpening: 100ms, stall: queue, for: 1s }]
`;

describe('a queue that hangs while orders are published to it', () => {
  it.each([
    ['publish-or-release', 3, 'violated'],
    ['publish-or-pending', 0, 'pass'],
  ] as const)('with %s ends in exit %i: oversell %s', async (ordering, exit, verdict) => {
    const file = join(temporaryFolder(), 'publishing.yaml');
    writeFileSync(file, publishing(ordering));
    const { result, code } = await run(file);
    expect(result.faults).toMatchObject([{ fired: true }]);
    expect(result.invariants['oversell']).toMatchObject({ verdict });
    expect(code).toBe(exit);
  });
});

describe('a run that is stopped while a server process is paused', () => {
  it.each(['SIGINT', 'SIGKILL'] as const)('by %s leaves nothing running', async (signal) => {
    const before = temporaryLeftovers();
    const folder = join(temporaryFolder(), 'run');
    const started = start([
      'run',
      'crash-mid-order',
      ...['--out', folder, '--set', 'target.reference.stock.strategy=select-for-update'],
      ...['--set', 'workload.endsAt=60s', '--set', 'client.timeout=40s'],
      ...faults('{at: 0s, failpoint: holding-lock, action: pause, for: 50s}'),
    ]);
    await until(() => stoppedProcessesOf(started.marker) === 1, 30_000, 'a paused process');
    started.child.kill(signal);
    const { code } = await started.finished;
    expect(code).toBe(signal === 'SIGINT' ? 130 : null);
    await until(() => processesOf(started.marker).length === 0, 15_000, 'the end of all');
    await until(
      () => temporaryLeftovers().every((name) => before.includes(name)),
      10_000,
      'removal of the temporary folders',
    );
    if (signal === 'SIGINT') {
      expect(readResult(folder).faults).toMatchObject([{ fired: true }]);
    }
  });
});
