import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FlashsimError } from '../../../src/core/errors.ts';
import {
  createJournal,
  type JournalHeader,
  OrderJournal,
  readJournal,
} from '../../../src/history/journal.ts';
import { writeHistory } from '../../../src/history/parquet.ts';
import {
  type CompleteRun,
  type RunRecord,
  readRunFolder,
  runFiles,
  writeAtomically,
  writeJson,
  writeRunFolder,
} from '../../../src/history/run-folder.ts';
import { AttemptStore } from '../../../src/history/store.ts';
import { attemptsOf } from '../../helpers/attempts.ts';
import { attemptOf, cleanSale, runId } from '../../helpers/history-builder.ts';

let folder = '';
let count = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flashsim-history-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});
function fresh(name: string): string {
  count += 1;
  return join(folder, `${count}-${name}`);
}

async function errorOf(promise: Promise<unknown>): Promise<FlashsimError> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof FlashsimError)) throw new Error(`no FlashsimError: ${String(error)}`);
  return error;
}

const entry = (index: number) => ({
  key: `${runId}-${index}`,
  orderId: `o${index}`,
  userId: 'u1',
  productId: 'p0',
  quantity: 1,
  ns: index,
});

const header: JournalHeader = {
  runId,
  name: 'sale',
  seed: 42,
  scenarioHash: 'abc',
  startedAtMs: 1_700_000_000_000,
  products: [{ id: 'p0', stock: 2, limitPerUser: 1 }],
  exclusive: true,
  mayCancel: false,
  restocks: [{ productId: 'p0', quantity: 5 }],
  replay: 'flashsim run sale',
};

describe('orders.journal', () => {
  it('holds every order of all processes that wrote to it', async () => {
    const path = fresh('orders.journal');
    await createJournal(path, header);
    const writers = await Promise.all([1, 2, 3].map(() => OrderJournal.open(path)));
    for (let index = 0; index < 300; index += 1) writers[index % 3]?.append(entry(index));
    await Promise.all(writers.map((writer) => writer.close()));
    const journal = await readJournal(path);
    expect(journal).toMatchObject({ header, brokenLastLine: false });
    expect([...journal.orders].sort((a, b) => a.ns - b.ns)).toEqual(
      Array.from({ length: 300 }, (_, index) => entry(index)),
    );
  });

  it('has everything on the disk once flushed, and can go on', async () => {
    const path = fresh('orders.journal');
    await createJournal(path, header);
    const journal = await OrderJournal.open(path);
    journal.append(entry(0));
    await journal.flush();
    expect((await readJournal(path)).orders).toEqual([entry(0)]);
    journal.append(entry(1));
    await journal.close();
    expect((await readJournal(path)).orders).toHaveLength(2);
  });

  it('leaves out a last line that was cut short, and says so', async () => {
    const path = fresh('orders.journal');
    await createJournal(path, header);
    await writeFile(path, `${JSON.stringify(entry(0))}\n{"key":"ru`, { flag: 'a' });
    expect(await readJournal(path)).toEqual({ header, orders: [entry(0)], brokenLastLine: true });
  });

  const headerLine = (changes: object): string =>
    `${JSON.stringify({ schemaVersion: 2, ...header, ...changes })}\n`;

  it.each([
    ['no header', '', 'no header'],
    ['a header that is no JSON', '{"schemaVersion":2,\n', 'no header'],
    ['an older version', '{"schemaVersion":1,"runId":"r"}\n', 'an older version'],
    ['a newer version', '{"schemaVersion":3,"runId":"r"}\n', 'a newer version'],
    [
      'a stock below zero',
      headerLine({ products: [{ id: 'a', stock: -1 }] }),
      '"products.0.stock"',
    ],
    ['no seed', headerLine({ seed: undefined }), '"seed"'],
    ['a damaged line in the middle', `${headerLine({})}{"key":\n{}\n`, 'line 2 is damaged'],
    [
      'an order of more units than there can be',
      `${headerLine({})}${JSON.stringify({ ...entry(0), quantity: 1e9 })}\n`,
      'line 2 is damaged',
    ],
  ])('is refused with %s', async (_title, text, message) => {
    const path = fresh('orders.journal');
    await writeFile(path, text);
    const error = await errorOf(readJournal(path));
    expect(error.code).toBe('RUN_FOLDER_INVALID');
    expect(error.what).toContain(message);
  });

  it('tells of a failure to write when it is closed', async () => {
    const journal = await OrderJournal.open('/dev/full');
    journal.append(entry(0));
    expect((await errorOf(journal.close())).code).toBe('OUTPUT_NOT_WRITABLE');
    expect(journal.failure).toBeDefined();
  });
});

describe('a run folder', () => {
  const { attempts, truth, contract, epoch } = cleanSale()
    .row({ createdAtMs: 1_764_583_200_123 })
    .ledgerEntry({})
    .evidence();
  const manifest: RunRecord['manifest'] = {
    runId,
    name: 'sale',
    flashsim: '0.1.0',
    node: 'v20.19.0',
    platform: 'linux x64',
    seed: 42,
    scenarioHash: 'abc',
    scenario: { name: 'sale' },
    contract,
    epoch,
    startedAtMs: 1_700_000_000_000,
    wallMs: 5_000,
    plan: { hash: 'def' },
    opening: {
      zeroNs: 2e9,
      opensNs: 3e9,
      opensAtMs: 1_700_000_003_000,
      closesAtMs: undefined,
      connections: 4,
      warmConnections: 4,
      perInstance: { a: 4 },
    },
    faults: [
      { description: 'kill', plannedNs: 1, firedNs: Number.NaN, fired: false, detail: 'too late' },
      { description: 'kill', plannedNs: 1, firedNs: 2, fired: true, detail: '' },
    ],
    checks: [],
    events: [
      {
        event: { kind: 'restock', productId: 'p0', quantity: 5 },
        plannedNs: 4,
        sentNs: Number.NaN,
        doneNs: Number.POSITIVE_INFINITY,
        outcome: 'info',
        detail: '',
      },
      { event: { kind: 'close' }, plannedNs: 4, sentNs: 5, doneNs: 6, outcome: 'ok', detail: '' },
    ],
    control: {
      state: 'oversold',
      stock: 20,
      soldUnits: 30,
      attempts: 100,
      durationMs: 1_000,
      reason: '',
    },
    backlog: [{ atNs: 3e9, requests: 12 }],
    incidents: ['a server process died'],
    warnings: ['tainted'],
    workers: [
      {
        worker: 0,
        devices: 4,
        loggedIn: 4,
        loginsFailed: 0,
        droppedArrivals: 1,
        cpuSeconds: 0.5,
        eventLoopDelayMaxMs: 3.5,
        poolWaits: { count: 3, totalMs: 4.5, maxMs: 2.5 },
        selfCheck: {
          seconds: 8.5,
          cpuSeconds: 0.4,
          cpuShareMax: 0.25,
          eventLoopDelayP99Ms: 1.5,
          eventLoopDelayMaxMs: 3.5,
          latenessUs: { cells: [[12, 5]], maxUs: 12, negativeCount: 0, overflowCount: 0 },
          socketErrors: { EMFILE: 2 },
        },
      },
    ],
    rssMaxBytes: 1e8,
    targetCpuSeconds: 2.5,
    targetDescription: 'naive on embedded PostgreSQL',
    replay: 'flashsim run sale',
    interrupted: false,
    quiesced: true,
    truthNote: undefined,
    exclusive: true,
  };

  async function written(record: Partial<RunRecord> = {}): Promise<string> {
    const path = await mkdtemp(join(folder, 'run-'));
    await writeRunFolder(path, { manifest, attempts, truth, ...record });
    await createJournal(join(path, runFiles.journal), header);
    return path;
  }

  async function readComplete(path: string): Promise<CompleteRun> {
    const read = await readRunFolder(path);
    if (read.kind !== 'complete') throw new Error(`the run is ${read.kind}`);
    return read;
  }

  it('reads back what was written, with what JSON cannot hold', async () => {
    const read = await readComplete(await written());
    expect(read.manifest).toEqual({
      ...manifest,
      schemaVersion: 2,
      evidence: { attempts: 4, orders: 3, ledgerEntries: 1 },
    });
    expect(read.truth).toEqual(truth);
    expect(attemptsOf(read.attempts)).toEqual(attemptsOf(attempts));
    expect(read.journal).toEqual({ header, orders: [], brokenLastLine: false });
    expect(read.notes).toEqual([]);
  });

  it('keeps the ledger out of truth.json', async () => {
    const text = await readFile(join(await written(), runFiles.truth), 'utf8');
    expect(JSON.parse(text)).not.toHaveProperty('ledger');
  });

  it('needs no truth when the run had none', async () => {
    const read = await readComplete(await written({ truth: undefined }));
    expect(read).toMatchObject({ truth: undefined, notes: [] });
  });

  it.each([
    [runFiles.journal, `${runFiles.journal} is missing`],
    [runFiles.truth, `${runFiles.truth} is missing`],
    [runFiles.ledger, `${runFiles.ledger} is missing`],
  ])('tells that %s is missing', async (name, note) => {
    const path = await written();
    await rm(join(path, name));
    expect((await readComplete(path)).notes).toEqual([expect.stringContaining(note)]);
  });

  it('is that of a killed run when only the journal is there', async () => {
    const path = await written();
    await rm(join(path, runFiles.manifest));
    const read = await readRunFolder(path);
    expect(read).toMatchObject({ kind: 'killed', journal: { header } });
  });

  const complete = {
    ...manifest,
    schemaVersion: 2,
    evidence: { attempts: 4, orders: 3, ledgerEntries: 1 },
  };

  it.each([
    ['run.json cut short', runFiles.manifest, '{"schemaVersion":2,', ''],
    ['run.json of an older version', runFiles.manifest, '{"schemaVersion":1}', 'an older version'],
    ['run.json of a newer version', runFiles.manifest, '{"schemaVersion":3}', 'a newer version'],
    ['run.json that is a list', runFiles.manifest, '[]', 'schemaVersion'],
    ['truth.json damaged', runFiles.truth, '[]', 'no JSON object'],
    ['truth.json with a negative quantity', runFiles.truth, '{"schemaVersion":1}', '"runId"'],
    ['history.parquet missing', runFiles.history, undefined, ''],
    ['history.parquet empty', runFiles.history, '', ''],
    ['ledger.parquet damaged', runFiles.ledger, 'PAR1', ''],
  ])('is refused with %s', async (_title, name, text, message) => {
    const path = await written();
    if (text === undefined) await rm(join(path, name));
    else await writeFile(join(path, name), text);
    const error = await errorOf(readRunFolder(path));
    expect(error.code).toBe('RUN_FOLDER_INVALID');
    expect(error.what).toContain(name);
    expect(error.what).toContain(message);
  });

  it.each(
    Object.keys(complete).filter(
      (field) => !['truthNote', 'schemaVersion', 'scenario'].includes(field),
    ),
  )('is refused when run.json has a wrong %s, which is named', async (field) => {
    const path = await written();
    await writeJson(join(path, runFiles.manifest), { ...complete, [field]: { wrong: [] } });
    const error = await errorOf(readRunFolder(path));
    expect(error.code).toBe('RUN_FOLDER_INVALID');
    expect(error.what).toMatch(new RegExp(`run\\.json cannot be read: "${field}`));
  });

  it('is refused when its history, ledger or journal is of another run', async () => {
    const other = { ...manifest, runId: 'other' };
    const strange = await written({
      manifest: other,
      truth: truth && { ...truth, runId: 'other' },
    });
    for (const name of [runFiles.history, runFiles.ledger]) {
      const path = await written();
      await copyFile(join(strange, name), join(path, name));
      const error = await errorOf(readRunFolder(path));
      expect(error.what).toMatch(new RegExp(`${name} is of run other, not of run ${runId}`));
    }
    // Its journal is of the first run.
    expect((await errorOf(readRunFolder(strange))).what).toContain(`${runFiles.journal} is of run`);
  });

  it('is refused when its history has not as many attempts as the run had', async () => {
    const path = await written();
    const fewer = new AttemptStore();
    fewer.append(attemptOf());
    await writeHistory(join(path, runFiles.history), fewer, { runId, productIds: ['p0'] });
    expect((await errorOf(readRunFolder(path))).what).toContain('1 attempts, and run.json says 4');
  });

  it('hands on a snapshot of another run, for the audit to refuse', async () => {
    const path = await written();
    const text = await readFile(join(path, runFiles.truth), 'utf8');
    await writeFile(join(path, runFiles.truth), text.replace(`"${runId}"`, '"other"'));
    await rm(join(path, runFiles.ledger));
    expect((await readComplete(path)).truth?.runId).toBe('other');
  });

  it('is told from a folder that holds no run', async () => {
    const path = await mkdtemp(join(folder, 'none-'));
    expect((await errorOf(readRunFolder(path))).what).toContain('holds no run');
  });

  it('says so when it cannot be written', async () => {
    const error = await errorOf(writeAtomically(join(folder, 'no', 'such.json'), '{}'));
    expect(error.code).toBe('OUTPUT_NOT_WRITABLE');
  });
});
