import { FlashsimError, messageOf, systemCodeOf } from '../core/errors.ts';
import { readParquetFile } from './parquet/file-reader.ts';
import type { EncodedGroup, FileIdentity } from './parquet/file-writer.ts';
import { HistoryEncoder, type HistoryNames, historyColumns } from './parquet/history-columns.ts';
import { chunkOf } from './parquet/history-rows.ts';
import { ledgerColumns, ledgerGroups, readEntries } from './parquet/ledger-columns.ts';
import { AttemptStore } from './store.ts';
import type { LedgerEntry } from './truth.ts';

export type { HistoryNames } from './parquet/history-columns.ts';

/** Writes `history.parquet`: one row an attempt, in the store's order, replacing an older file. */
export async function writeHistory(
  path: string,
  store: AttemptStore,
  names: HistoryNames,
): Promise<void> {
  const identity = { kind: 'history', runId: names.runId, columns: historyColumns } as const;
  const groups = historyGroups(store, new HistoryEncoder(names));
  await explainingWrite(path, () => writeFile(path, identity, groups));
}

function* historyGroups(store: AttemptStore, encoder: HistoryEncoder): Generator<EncodedGroup> {
  for (const chunk of store.chunks()) if (chunk.length > 0) yield encoder.group(chunk);
}

/** The writer comes with a package of its own, which an audit has no use for. */
async function writeFile(
  path: string,
  identity: FileIdentity,
  groups: Iterable<EncodedGroup>,
): Promise<void> {
  const { writeParquetFile } = await import('./parquet/file-writer.ts');
  await writeParquetFile(path, identity, groups);
}

/** Writes `ledger.parquet`, replacing an older file. */
export async function writeLedger(
  path: string,
  ledger: readonly LedgerEntry[],
  runId: string,
): Promise<void> {
  const identity = { kind: 'ledger', runId, columns: ledgerColumns } as const;
  await explainingWrite(path, () => writeFile(path, identity, ledgerGroups(ledger)));
}

/** Reads a file of {@link writeHistory} back, exactly. */
export async function readHistory(path: string): Promise<AttemptStore> {
  return await explainingRead(path, async () => {
    const store = new AttemptStore();
    for await (const group of readParquetFile(path, 'history', historyColumns)) {
      store.addChunk(chunkOf(group));
    }
    return store;
  });
}

/** Reads a file of {@link writeLedger} back. */
export async function readLedger(path: string): Promise<LedgerEntry[]> {
  return await explainingRead(path, async () => {
    const ledger: LedgerEntry[] = [];
    for await (const group of readParquetFile(path, 'ledger', ledgerColumns)) {
      readEntries(group, ledger);
    }
    return ledger;
  });
}

async function explainingWrite(path: string, write: () => Promise<void>): Promise<void> {
  try {
    await write();
  } catch (error) {
    throw new FlashsimError('OUTPUT_NOT_WRITABLE', {
      what: `${path} could not be written: ${messageOf(error)}.`,
      fix: 'Make sure that the folder exists, is writable, and has room.',
      cause: error,
    });
  }
}

async function explainingRead<T>(path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof FlashsimError) throw error;
    const missing = systemCodeOf(error) === 'ENOENT';
    throw new FlashsimError('RUN_FOLDER_INVALID', {
      what: `${path} cannot be read: ${missing ? 'there is no such file' : messageOf(error)}.`,
      why: 'The file is missing, cut short or damaged.',
      fix: 'Run the scenario again, or copy the run folder anew from where it was made.',
      cause: error,
    });
  }
}
