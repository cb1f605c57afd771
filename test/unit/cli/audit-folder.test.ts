import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { journalHeaderOf } from '../../../src/cli/run-records.ts';
import { createJournal } from '../../../src/history/journal.ts';
import { runFiles, writeJson } from '../../../src/history/run-folder.ts';
import { audit, auditJson, entryOf, folder, loaded, runFolder } from './audit-fixture.ts';

describe('flashsim audit <run folder>', () => {
  it.each([
    [2, 'unknown', 4],
    [3, 'violated', 3],
  ])('comes to the very result of the run (%d sold of 2)', async (sold, verdict, exit) => {
    const { path, result } = await runFolder(sold);
    const { code, ...again } = await auditJson(path);
    expect(again).toEqual(JSON.parse(JSON.stringify(result)));
    expect(again.verdict).toBe(verdict);
    expect(code).toBe(exit);
  });

  it('writes nothing unless it is asked to', async () => {
    const { path } = await runFolder(3);
    const file = join(path, runFiles.result);
    await writeFile(file, 'old');
    await audit(path);
    expect(await readFile(file, 'utf8')).toBe('old');
    await audit(path, '--write', '--quiet');
    expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({ verdict: 'violated' });
  });

  it('judges by other limits', async () => {
    const { path } = await runFolder(3);
    const looser = await auditJson(
      path,
      '--threshold',
      'oversell=1',
      '--threshold',
      'order.p99=< 1us',
    );
    expect(looser.invariants['oversell']).toMatchObject({ verdict: 'pass', value: 1 });
    expect(looser.thresholds).toMatchObject([
      { metric: 'order.p99', limit: '< 1us', verdict: 'violated' },
      { metric: 'oversell', verdict: 'pass' },
    ]);
  });

  it('judges with another snapshot, which convicts only when it was settled', async () => {
    const { path } = await runFolder(2);
    const truth = join(folder, 'other-truth.json');
    const products = [{ id: 'sneaker', initial: 2, remaining: 2 }];
    await writeJson(truth, { schemaVersion: 1, products, orders: [] });
    const settled = await auditJson(path, '--truth', truth, '--settled');
    expect(settled.invariants['lostOrder']).toMatchObject({ verdict: 'violated', value: 2 });
    const restless = await auditJson(path, '--truth', truth);
    expect(restless.invariants['lostOrder']).toMatchObject({ verdict: 'unknown' });
    expect(restless.warnings.join()).toContain('--settled');
  });

  it('says unknown to a snapshot of another run', async () => {
    const { path } = await runFolder(2);
    const truth = join(path, runFiles.truth);
    await writeFile(truth, (await readFile(truth, 'utf8')).replace('"r1"', '"r2"'));
    const result = await auditJson(path);
    expect(result.verdict).toBe('unknown');
    expect(result.invariants['lostOrder']?.reason).toContain('belongs to another run (r2)');
  });

  it('says what is missing, and never passes without the snapshot', async () => {
    const { path } = await runFolder(2);
    await rm(join(path, runFiles.truth));
    const result = await auditJson(path);
    expect(result.verdict).toBe('unknown');
    expect(result.warnings.join()).toContain('truth.json is missing');
  });

  it('takes a ledger that is gone for missing evidence, and not for one that was never shown', async () => {
    const { path } = await runFolder(2);
    expect((await auditJson(path)).invariants['lostUpdate']?.verdict).toBe('pass');
    await rm(join(path, runFiles.ledger));
    const result = await auditJson(path);
    for (const name of ['lostUpdate', 'reservation']) {
      const reason = 'ledger.parquet is missing';
      expect(result.invariants[name]).toMatchObject({ verdict: 'unknown', reason });
    }
    const truth = join(path, runFiles.truth);
    const other = await auditJson(path, '--truth', truth, '--settled');
    expect(other.notJudged).toContainEqual({
      name: 'lostUpdate',
      reason: 'the target shows no ledger',
    });
  });

  it('adds acknowledgements that only the journal has', async () => {
    const { path } = await runFolder(2, [0, 1, 4]);
    const result = await auditJson(path);
    expect(result.warnings.join()).toContain('1 acknowledged orders stand in orders.journal only');
    expect(result.invariants['lostOrder']).toMatchObject({ verdict: 'violated', value: 1 });
    expect(result.interrupted).toBe(true);
  });

  it('knows the runs of before there was a choice of models', async () => {
    const { path, result } = await runFolder(2);
    const file = join(path, runFiles.manifest);
    const manifest = JSON.parse(await readFile(file, 'utf8')) as {
      scenario: { workload: Record<string, unknown> };
    };
    delete manifest.scenario.workload['model'];
    delete manifest.scenario.workload['popularity'];
    await writeJson(file, manifest);
    const again = await auditJson(path);
    expect(again.warnings).toEqual(result.warnings);
    expect(again.devices).toEqual(result.devices);
  });

  it('tells when the plan cannot be made again', async () => {
    const { path } = await runFolder(2);
    const file = join(path, runFiles.manifest);
    const manifest = JSON.parse(await readFile(file, 'utf8')) as object;
    await writeJson(file, { ...manifest, plan: { hash: 'other' } });
    expect((await auditJson(path)).warnings.join()).toContain('the plan could not be made again');
  });

  it.each([
    ['workload', { users: 1e15 }, 'scenario.workload'],
    ['thresholds', { oversell: 'some' }, 'scenario.thresholds.oversell'],
  ])('refuses a scenario in run.json with a wrong %s', async (section, value, field) => {
    const { path } = await runFolder(2);
    const file = join(path, runFiles.manifest);
    const manifest = JSON.parse(await readFile(file, 'utf8')) as { scenario: object };
    await writeJson(file, { ...manifest, scenario: { ...manifest.scenario, [section]: value } });
    const { code, err } = await audit(path);
    expect(code).toBe(2);
    expect(err).toContain(field);
  });
});

describe('the folder of a killed run', () => {
  async function killed(
    intents: readonly number[],
    header: Partial<ReturnType<typeof journalHeaderOf>> = {},
  ): Promise<string> {
    const path = await mkdtemp(join(folder, 'killed-'));
    const told = { runId: 'r1', startedAtMs: 5, replay: 'flashsim run small.yaml' };
    await createJournal(join(path, runFiles.journal), {
      ...journalHeaderOf(loaded, told),
      ...header,
    });
    const lines = intents.map((intent) => `${JSON.stringify(entryOf(intent))}\n`);
    await appendFile(join(path, runFiles.journal), lines.join(''));
    return path;
  }

  it('never passes: what it holds is no more than a part', async () => {
    const result = await auditJson(await killed([0, 1]));
    expect(result).toMatchObject({
      verdict: 'unknown',
      interrupted: true,
      sold: 2,
      stock: 2,
      code: 4,
    });
    expect(result.warnings.join()).toContain(
      'orders.journal alone, which holds 2 acknowledged orders',
    );
    for (const { verdict } of Object.values(result.invariants)) expect(verdict).not.toBe('pass');
  });

  it('convicts of more acknowledged units than there were', async () => {
    const result = await auditJson(await killed([0, 1, 2]));
    const oversell = result.invariants['oversell'];
    expect(oversell).toMatchObject({ verdict: 'violated', lo: 1 });
    expect(result.code).toBe(3);
    // Nobody wrote down from which device it was asked for, and when.
    expect(oversell?.story?.steps).toEqual([
      {
        kind: 'answer',
        actor: 'u2',
        atMs: expect.closeTo(0) as number,
        text: 'acknowledged by the journal, order o2',
      },
    ]);
  });

  it('convicts of nothing that a withdrawal or a restock would explain', async () => {
    const cancels = await auditJson(await killed([0, 1, 2], { mayCancel: true }));
    expect(cancels).toMatchObject({ verdict: 'unknown', code: 4 });
    const restocks = [{ productId: 'sneaker', quantity: 5 }];
    const restocked = await auditJson(await killed([0, 1, 2], { restocks }));
    expect(restocked).toMatchObject({ verdict: 'unknown', code: 4 });
  });

  it('convicts of orders that a settled snapshot lacks', async () => {
    const truth = join(folder, 'after-the-kill.json');
    const row = {
      id: 'o0',
      key: 'r1-0',
      userId: 'u0',
      productId: 'sneaker',
      quantity: 1,
      status: 'confirmed',
    };
    const orphan = { ...row, id: 'o4', key: 'r1-4', userId: 'u4' };
    const products = [{ id: 'sneaker', initial: 2, remaining: 0 }];
    await writeJson(truth, { schemaVersion: 1, products, orders: [row, orphan] });
    const result = await auditJson(await killed([0, 1]), '--truth', truth, '--settled');
    expect(result.invariants['lostOrder']).toMatchObject({ verdict: 'violated', value: 1 });
    // Its answer may have come when nobody wrote it down any more.
    expect(result.invariants['phantomOrder']).toMatchObject({ verdict: 'unknown', lo: 0 });
    expect(result.invariants['oversell']).toMatchObject({ lo: 1 });
  });

  it('leaves out a last line that was cut short, and says so', async () => {
    const path = await killed([0]);
    await appendFile(join(path, runFiles.journal), '{"key":"r1-');
    const result = await auditJson(path);
    expect(result.warnings.join()).toContain('its last line was cut short');
    expect(result.sold).toBe(1);
  });

  it('may hold no order at all', async () => {
    expect(await auditJson(await killed([]))).toMatchObject({ verdict: 'unknown', attempts: 0 });
  });
});
