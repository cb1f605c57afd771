import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { RunResult } from '../../src/results/result.ts';
import {
  flashsim,
  processesOf,
  run,
  smallProfile,
  start,
  temporaryFolder,
  until,
} from '../helpers/cli.ts';

/** Without a database, or anything else, to be found. */
const nothingInstalled = { PATH: '/nonexistent', HOME: '/nonexistent' };

describe('flashsim audit', () => {
  it('comes to the very result of a run, from its files alone', async () => {
    const ran = await run('sale-opening', ...smallProfile);
    expect(ran.code, ran.stderr).toBe(0);
    const audited = await flashsim(['audit', ran.folder, '--json'], { env: nothingInstalled });
    expect(audited.stderr).toBe('');
    expect(JSON.parse(audited.stdout)).toEqual(ran.result);
    expect(audited.code).toBe(0);
  });

  it('never passes a run that was killed, and says that only its journal is left', async () => {
    const folder = join(temporaryFolder(), 'run');
    const started = start(['run', 'sale-opening', '--quiet', '--out', folder, ...smallProfile]);
    const journal = join(folder, 'orders.journal');
    const orders = (): number =>
      existsSync(journal) ? readFileSync(journal, 'utf8').split('\n').length - 2 : 0;
    await until(() => orders() > 0, 60_000, 'the first order in the journal');
    started.child.kill('SIGKILL');
    await until(() => processesOf(started.marker).length === 0, 30_000, 'the end of all processes');
    expect(existsSync(join(folder, 'run.json'))).toBe(false);

    const { stdout, stderr, code } = await flashsim(['audit', folder, '--json']);
    expect(stderr).toBe('');
    const result = JSON.parse(stdout) as RunResult;
    expect([3, 4]).toContain(code);
    expect(result.warnings.join()).toContain('orders.journal');
    expect(result.attempts).toBe(orders());
    expect(result.sold).toBe(orders());
  });
});
