import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
import { parquetWriteFile } from 'hyparquet-writer';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FlashsimError } from '../../../src/core/errors.ts';
import { createJournal, OrderJournal, readJournal } from '../../../src/history/journal.ts';
import {
  readHistory,
  readLedger,
  writeHistory,
  writeLedger,
} from '../../../src/history/parquet.ts';
import {
  type RunManifest,
  readRunFolder,
  runFiles,
  writeAtomically,
  writeRunFolder,
} from '../../../src/history/run-folder.ts';
import { AttemptStore } from '../../../src/history/store.ts';
import { anyAttempt, attemptsOf } from '../../helpers/attempts.ts';
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

const names = { runId, productIds: ['sneaker-42'] };

describe('history.parquet', { timeout: 120_000 }, () => {
  it('reads back exactly what was written', async () => {
    const path = fresh('history.parquet');
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyAttempt(), { maxLength: 30 }),
        fc.integer({ min: 1, max: 12 }),
        async (all, rows) => {
          const store = new AttemptStore(rows);
          for (const attempt of all) store.append(attempt);
          await writeHistory(path, store, names);
          expect(attemptsOf(await readHistory(path))).toEqual(all);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('has columns that people can join with their own tables', async () => {
    const path = fresh('history.parquet');
    const store = new AttemptStore();
    store.append(attemptOf({ intent: 3, keyVariant: 1, user: 7, orderId: 'o1', remaining: 4 }));
    store.append(
      attemptOf({ operation: 'page', intent: 3, product: -1, status: 0, sentNs: Number.NaN }),
    );
    await writeHistory(path, store, names);
    const [order, page] = await parquetReadObjects({ file: await asyncBufferFromFile(path) });
    expect(order).toMatchObject({
      operation: 'order',
      outcome: 'fail',
      code: 'sold-out',
      key: 'run1-3.1',
      user_id: 'u7',
      product_id: 'sneaker-42',
      order_id: 'o1',
      remaining: 4,
      retry_after_ms: null,
      sent_ns: 0,
    });
    expect(page).toMatchObject({ key: null, product_id: null, status: null, sent_ns: null });
    const { key_value_metadata: entries } = await parquetMetadataAsync(
      await asyncBufferFromFile(path),
    );
    expect(entries).toContainEqual({ key: 'flashsim.schema_version', value: '1' });
  });

  it('replaces an older file and leaves nothing beside it', async () => {
    const path = fresh('history.parquet');
    const store = new AttemptStore();
    await writeHistory(path, store, names);
    store.append(attemptOf());
    await writeHistory(path, store, names);
    expect((await readHistory(path)).length).toBe(1);
    expect((await readdir(folder)).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  it('says so when it cannot be written', async () => {
    const error = await errorOf(
      writeHistory(join(folder, 'no', 'such'), new AttemptStore(), names),
    );
    expect(error.code).toBe('OUTPUT_NOT_WRITABLE');
  });

  it.each([0, 5, 0.5, 0.9, -1])('refuses a file cut short (%d)', async (cut) => {
    const path = fresh('history.parquet');
    const store = new AttemptStore();
    for (let intent = 0; intent < 100; intent += 1) store.append(attemptOf({ intent }));
    await writeHistory(path, store, names);
    const { length } = await readFile(path);
    await truncate(path, cut < 0 ? length + cut : cut < 1 ? Math.floor(length * cut) : cut);
    expect((await errorOf(readHistory(path))).code).toBe('RUN_FOLDER_INVALID');
  });

  it('refuses a file with damaged pages', async () => {
    const path = fresh('history.parquet');
    const store = new AttemptStore();
    for (let intent = 0; intent < 100; intent += 1) store.append(attemptOf({ intent }));
    await writeHistory(path, store, names);
    const bytes = await readFile(path);
    bytes.fill(0xff, 4, 200);
    await writeFile(path, bytes);
    expect((await errorOf(readHistory(path))).code).toBe('RUN_FOLDER_INVALID');
  });

  it('refuses a file of a newer version, and names the version', async () => {
    const filename = fresh('history.parquet');
    parquetWriteFile({
      filename,
      columnData: [{ name: 'operation', data: ['order'], type: 'STRING' }],
      kvMetadata: [
        { key: 'flashsim.schema_version', value: '2' },
        { key: 'flashsim.content', value: 'history' },
      ],
    });
    const error = await errorOf(readHistory(filename));
    expect(error.code).toBe('RUN_FOLDER_INVALID');
    expect(error.what).toContain('newer version of flashsim (schema 2)');
  });

  it('refuses a file that holds something else, or is not there', async () => {
    const path = fresh('ledger.parquet');
    await writeLedger(path, [], runId);
    expect((await errorOf(readHistory(path))).what).toContain('not a history written by flashsim');
    expect((await errorOf(readHistory(fresh('none')))).code).toBe('RUN_FOLDER_INVALID');
  });
});

describe('ledger.parquet', { timeout: 120_000 }, () => {
  it('reads back exactly what was written', async () => {
    const path = fresh('ledger.parquet');
    const entry = fc.record({
      seq: fc.maxSafeInteger(),
      key: fc.option(fc.string({ unit: 'grapheme' })),
      productId: fc.string({ unit: 'grapheme' }),
      delta: fc.integer(),
      stockAfter: fc.maxSafeInteger(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(entry, { maxLength: 30 }), async (ledger) => {
        await writeLedger(path, ledger, runId);
        expect(await readLedger(path)).toEqual(ledger);
      }),
      { numRuns: 60 },
    );
  });
});

const entry = (index: number) => ({
  key: `${runId}-${index}`,
  orderId: `o${index}`,
  userId: 'u1',
  productId: 'p0',
  quantity: 1,
  ns: index,
});

describe('orders.journal', () => {
  it('holds every order of all processes that wrote to it', async () => {
    const path = fresh('orders.journal');
    await createJournal(path, runId);
    const writers = await Promise.all([1, 2, 3].map(() => OrderJournal.open(path)));
    for (let index = 0; index < 300; index += 1) writers[index % 3]?.append(entry(index));
    await Promise.all(writers.map((writer) => writer.close()));
    const journal = await readJournal(path);
    expect(journal).toMatchObject({ runId, brokenLastLine: false });
    expect([...journal.orders].sort((a, b) => a.ns - b.ns)).toEqual(
      Array.from({ length: 300 }, (_, index) => entry(index)),
    );
  });

  it('has everything on the disk once flushed, and can go on', async () => {
    const path = fresh('orders.journal');
    await createJournal(path, runId);
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
    await createJournal(path, runId);
    await writeFile(path, `${JSON.stringify(entry(0))}\n{"key":"ru`, { flag: 'a' });
    expect(await readJournal(path)).toEqual({ runId, orders: [entry(0)], brokenLastLine: true });
  });

  it.each([
    ['no header', ''],
    ['a damaged header', '{"schemaVersion":"x"}\n'],
    ['a newer version', '{"schemaVersion":2,"runId":"r"}\n'],
    ['a damaged line in the middle', '{"schemaVersion":1,"runId":"r"}\n{"key":\n{}\n'],
  ])('is refused with %s', async (_title, text) => {
    const path = fresh('orders.journal');
    await writeFile(path, text);
    expect((await errorOf(readJournal(path))).code).toBe('RUN_FOLDER_INVALID');
  });

  it('tells of a failure to write when it is closed', async () => {
    const journal = await OrderJournal.open('/dev/full');
    journal.append(entry(0));
    expect((await errorOf(journal.close())).code).toBe('OUTPUT_NOT_WRITABLE');
    expect(journal.failure).toBeDefined();
  });
});

describe('a run folder', () => {
  const { attempts, truth, contract, epoch } = cleanSale().ledgerEntry({}).evidence();
  const manifest: RunManifest = {
    schemaVersion: 1,
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
    opening: { plannedNs: 3e9, wallMs: 1_700_000_000_000 },
    faults: [{ atNs: 1, kind: 'kill', detail: 'order-server 1', fired: true }],
    workers: 2,
    planHash: 'def',
    interrupted: false,
    quiesced: true,
    exclusive: true,
  };

  async function written(): Promise<string> {
    const path = await mkdtemp(join(folder, 'run-'));
    await writeRunFolder(path, { manifest, attempts, truth });
    return path;
  }

  it('reads back what was written', async () => {
    const path = await written();
    await createJournal(join(path, runFiles.journal), runId);
    const read = await readRunFolder(path);
    expect(read.manifest).toEqual(manifest);
    expect(read.truth).toEqual(truth);
    expect(attemptsOf(read.attempts)).toEqual(attemptsOf(attempts));
    expect(read.journal).toEqual({ runId, orders: [], brokenLastLine: false });
  });

  it('keeps the ledger out of truth.json', async () => {
    const text = await readFile(join(await written(), runFiles.truth), 'utf8');
    expect(JSON.parse(text)).not.toHaveProperty('ledger');
  });

  it('needs neither truth nor journal', async () => {
    const path = await mkdtemp(join(folder, 'run-'));
    await writeRunFolder(path, { manifest, attempts, truth: undefined });
    expect(await readRunFolder(path)).toMatchObject({ truth: undefined, journal: undefined });
  });

  it.each([
    ['run.json missing', runFiles.manifest, undefined],
    ['run.json cut short', runFiles.manifest, '{"schemaVersion":1,'],
    ['run.json of a newer version', runFiles.manifest, '{"schemaVersion":2}'],
    [
      'run.json without a contract',
      runFiles.manifest,
      JSON.stringify({ ...manifest, contract: null }),
    ],
    ['truth.json damaged', runFiles.truth, '[]'],
    ['history.parquet missing', runFiles.history, undefined],
    ['ledger.parquet damaged', runFiles.ledger, 'PAR1'],
  ])('is refused with %s', async (_title, name, text) => {
    const path = await written();
    if (text === undefined) await rm(join(path, name));
    else await writeFile(join(path, name), text);
    const error = await errorOf(readRunFolder(path));
    expect(error.code).toBe('RUN_FOLDER_INVALID');
    expect(error.what).toContain(name);
  });

  it('says so when it cannot be written', async () => {
    const error = await errorOf(writeAtomically(join(folder, 'no', 'such.json'), '{}'));
    expect(error.code).toBe('OUTPUT_NOT_WRITABLE');
  });
});
