import { rename, rm } from 'node:fs/promises';
import {
  asyncBufferFromFile,
  type FileMetaData,
  type ParquetScan,
  parquetMetadataAsync,
  parquetScan,
} from 'hyparquet';
import {
  type ColumnSource,
  fileWriter,
  ParquetWriter,
  schemaFromColumnData,
} from 'hyparquet-writer';
import { FlashsimError, messageOf } from '../core/errors.ts';
import { type Attempt, keyOf, userIdOf } from './attempt.ts';
import { type AttemptChunk, AttemptCursor, ChunkBuilder } from './chunk.ts';
import { AttemptStore, defaultChunkRows } from './store.ts';
import type { LedgerEntry } from './truth.ts';
import { type Operation, operations, outcomeClasses } from './vocabulary.ts';

/** Version of both files' columns; written to and checked in their key-value metadata. */
const parquetSchemaVersion = 1;

const versionKey = 'flashsim.schema_version';
const contentKey = 'flashsim.content';
const runIdKey = 'flashsim.run_id';

type Kind = 'history' | 'ledger';
type Cell = string | number | bigint | null;
type Row = Readonly<Record<string, Cell>>;

interface ColumnSpec {
  readonly name: string;
  readonly type: 'STRING' | 'INT32' | 'INT64' | 'DOUBLE';
  /** Written for people who join it with their own tables; not needed to read the history back. */
  readonly derived?: boolean;
  readonly nullable?: boolean;
}

/** Columns of history.parquet. Times are ns since the run's epoch (the clock pair in run.json). */
const historyColumns: readonly ColumnSpec[] = [
  { name: 'operation', type: 'STRING' },
  { name: 'outcome', type: 'STRING' },
  { name: 'code', type: 'STRING' },
  { name: 'status', type: 'INT32', nullable: true },
  { name: 'user', type: 'INT64' },
  { name: 'user_id', type: 'STRING', derived: true },
  { name: 'device', type: 'INT32' },
  { name: 'intent', type: 'INT32' },
  { name: 'key', type: 'STRING', nullable: true, derived: true },
  { name: 'key_variant', type: 'INT32' },
  { name: 'attempt', type: 'INT32' },
  { name: 'product', type: 'INT32' },
  { name: 'product_id', type: 'STRING', nullable: true, derived: true },
  { name: 'quantity', type: 'INT32' },
  { name: 'scheduled_ns', type: 'DOUBLE' },
  { name: 'sent_ns', type: 'DOUBLE', nullable: true },
  { name: 'first_byte_ns', type: 'DOUBLE', nullable: true },
  { name: 'done_ns', type: 'DOUBLE' },
  { name: 'order_id', type: 'STRING', nullable: true },
  { name: 'remaining', type: 'INT32', nullable: true },
  { name: 'retry_after_ms', type: 'INT64', nullable: true },
  { name: 'instance', type: 'STRING' },
  { name: 'connection', type: 'INT32' },
  { name: 'worker', type: 'INT32' },
];

const ledgerColumns: readonly ColumnSpec[] = [
  { name: 'seq', type: 'INT64' },
  { name: 'key', type: 'STRING', nullable: true },
  { name: 'product_id', type: 'STRING' },
  { name: 'delta', type: 'INT64' },
  { name: 'stock_after', type: 'INT64' },
];

/** What turns indices into the names that went over the wire. */
export interface HistoryNames {
  readonly runId: string;
  /** By product index. */
  readonly productIds: readonly string[];
}

/** Operations that carry an idempotency key. */
const keyed = new Set<Operation>(['order', 'status', 'cancel']);

function rowOf(attempt: Attempt, names: HistoryNames): Row {
  const hasKey = attempt.intent >= 0 && keyed.has(attempt.operation);
  return {
    operation: attempt.operation,
    outcome: attempt.outcome,
    code: attempt.code,
    status: attempt.status === 0 ? null : attempt.status,
    user: BigInt(attempt.user),
    user_id: userIdOf(attempt.user),
    device: attempt.device,
    intent: attempt.intent,
    key: hasKey ? keyOf(names.runId, attempt.intent, attempt.keyVariant) : null,
    key_variant: attempt.keyVariant,
    attempt: attempt.attempt,
    product: attempt.product,
    product_id: names.productIds[attempt.product] ?? null,
    quantity: attempt.quantity,
    scheduled_ns: attempt.scheduledNs,
    sent_ns: Number.isNaN(attempt.sentNs) ? null : attempt.sentNs,
    first_byte_ns: Number.isNaN(attempt.firstByteNs) ? null : attempt.firstByteNs,
    done_ns: attempt.doneNs,
    order_id: attempt.orderId ?? null,
    remaining: attempt.remaining ?? null,
    retry_after_ms: attempt.retryAfterMs === undefined ? null : BigInt(attempt.retryAfterMs),
    instance: attempt.instance,
    connection: attempt.connection,
    worker: attempt.worker,
  };
}

/** Writes `history.parquet`: one row an attempt, in the store's order, replacing an older file. */
export async function writeHistory(
  path: string,
  store: AttemptStore,
  names: HistoryNames,
): Promise<void> {
  await writeParquet(path, 'history', names.runId, historyColumns, historyGroups(store, names));
}

function* historyGroups(store: AttemptStore, names: HistoryNames): Generator<Row[]> {
  for (const chunk of store.chunks()) {
    const cursor = new AttemptCursor(chunk);
    yield Array.from({ length: chunk.length }, (_, row) => rowOf(cursor.at(chunk, row), names));
  }
}

/** Writes `ledger.parquet`, replacing an older file. */
export async function writeLedger(
  path: string,
  ledger: readonly LedgerEntry[],
  runId: string,
): Promise<void> {
  await writeParquet(path, 'ledger', runId, ledgerColumns, ledgerGroups(ledger));
}

function* ledgerGroups(ledger: readonly LedgerEntry[]): Generator<Row[]> {
  for (let start = 0; start < ledger.length; start += defaultChunkRows) {
    yield ledger.slice(start, start + defaultChunkRows).map((entry) => ({
      seq: BigInt(entry.seq),
      key: entry.key,
      product_id: entry.productId,
      delta: BigInt(entry.delta),
      stock_after: BigInt(entry.stockAfter),
    }));
  }
}

/** One row group at a time, beside the place and then moved there: no half file is ever seen. */
async function writeParquet(
  path: string,
  kind: Kind,
  runId: string,
  columns: readonly ColumnSpec[],
  groups: Iterable<Row[]>,
): Promise<void> {
  const temporary = `${path}.tmp`;
  const columnData = (rows: readonly Row[]): ColumnSource[] =>
    columns.map(({ name, type, nullable }) => ({
      name,
      type,
      nullable: nullable === true,
      data: rows.map((row) => row[name] ?? null),
    }));
  try {
    const writer = new ParquetWriter({
      writer: fileWriter(temporary),
      schema: schemaFromColumnData({ columnData: columnData([]) }),
      createdBy: 'flashsim',
      // Min and max per column cost a tenth of the writing and help no reader of so few groups.
      statistics: false,
      kvMetadata: [
        { key: versionKey, value: String(parquetSchemaVersion) },
        { key: contentKey, value: kind },
        { key: runIdKey, value: runId },
      ],
    });
    for (const rows of groups) {
      await writer.write({ columnData: columnData(rows), rowGroupSize: rows.length });
    }
    await writer.finish();
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw new FlashsimError('OUTPUT_NOT_WRITABLE', {
      what: `${path} could not be written: ${messageOf(error)}.`,
      fix: 'Make sure that the folder exists, is writable, and has room.',
      cause: error,
    });
  }
}

/** Reads a file of {@link writeHistory} back, exactly. */
export async function readHistory(path: string): Promise<AttemptStore> {
  return await explainingFailure(path, async () => {
    const store = new AttemptStore();
    for await (const { rows, read } of rowGroups(path, 'history', historyColumns)) {
      store.addChunk(chunkOf(rows, read));
    }
    return store;
  });
}

/** Reads a file of {@link writeLedger} back. */
export async function readLedger(path: string): Promise<LedgerEntry[]> {
  return await explainingFailure(path, async () => {
    const ledger: LedgerEntry[] = [];
    for await (const { rows, read } of rowGroups(path, 'ledger', ledgerColumns)) {
      for (let row = 0; row < rows; row += 1) {
        ledger.push({
          seq: numberAt(read, 'seq', row),
          key: textAt(read, 'key', row) ?? null,
          productId: requiredText(read, 'product_id', row),
          delta: numberAt(read, 'delta', row),
          stockAfter: numberAt(read, 'stock_after', row),
        });
      }
    }
    return ledger;
  });
}

type ReadColumns = Readonly<Record<string, ArrayLike<unknown>>>;

function chunkOf(rows: number, read: ReadColumns): AttemptChunk {
  const builder = new ChunkBuilder(Math.max(rows, 1));
  for (let row = 0; row < rows; row += 1) {
    builder.append({
      operation: memberOf(operations, requiredText(read, 'operation', row)),
      outcome: memberOf(outcomeClasses, requiredText(read, 'outcome', row)),
      code: requiredText(read, 'code', row),
      status: optionalNumber(read, 'status', row) ?? 0,
      user: numberAt(read, 'user', row),
      device: numberAt(read, 'device', row),
      intent: numberAt(read, 'intent', row),
      keyVariant: numberAt(read, 'key_variant', row),
      attempt: numberAt(read, 'attempt', row),
      product: numberAt(read, 'product', row),
      quantity: numberAt(read, 'quantity', row),
      scheduledNs: numberAt(read, 'scheduled_ns', row),
      sentNs: optionalNumber(read, 'sent_ns', row) ?? Number.NaN,
      firstByteNs: optionalNumber(read, 'first_byte_ns', row) ?? Number.NaN,
      doneNs: numberAt(read, 'done_ns', row),
      orderId: textAt(read, 'order_id', row),
      remaining: optionalNumber(read, 'remaining', row),
      retryAfterMs: optionalNumber(read, 'retry_after_ms', row),
      instance: requiredText(read, 'instance', row),
      connection: numberAt(read, 'connection', row),
      worker: numberAt(read, 'worker', row),
    });
  }
  return builder.seal();
}

async function* rowGroups(
  path: string,
  kind: Kind,
  columns: readonly ColumnSpec[],
): AsyncGenerator<{ readonly rows: number; readonly read: ReadColumns }> {
  const file = await asyncBufferFromFile(path);
  const metadata = await parquetMetadataAsync(file);
  checkMetadata(path, kind, metadata);
  const scan = await parquetScan({ file, metadata });
  let rowStart = 0;
  for (const group of metadata.row_groups) {
    const rows = Number(group.num_rows);
    const read: Record<string, ArrayLike<unknown>> = {};
    for (const { name, derived } of columns) {
      if (derived !== true) read[name] = await readColumn(scan, name, rowStart, rows);
    }
    yield { rows, read };
    rowStart += rows;
  }
}

async function readColumn(
  scan: ParquetScan,
  column: string,
  rowStart: number,
  rows: number,
): Promise<ArrayLike<unknown>> {
  const values = await scan.readColumn({ column, rowStart, rowEnd: rowStart + rows });
  if (values.length !== rows) throw new Error(`${column} has ${values.length} of ${rows} rows`);
  return values;
}

function checkMetadata(path: string, kind: Kind, metadata: FileMetaData): void {
  const entries = new Map(metadata.key_value_metadata?.map(({ key, value }) => [key, value]));
  const version = Number(entries.get(versionKey));
  if (entries.get(contentKey) !== kind || !Number.isInteger(version)) {
    throw new Error(`it is not a ${kind} written by flashsim`);
  }
  if (version > parquetSchemaVersion) {
    throw new FlashsimError('RUN_FOLDER_INVALID', {
      what: `${path} was written by a newer version of flashsim (schema ${version}).`,
      why: `This version reads schema ${parquetSchemaVersion}.`,
      fix: 'Update flashsim, or read the run with the version that made it (see run.json).',
    });
  }
}

async function explainingFailure<T>(path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof FlashsimError) throw error;
    throw new FlashsimError('RUN_FOLDER_INVALID', {
      what: `${path} cannot be read: ${messageOf(error)}.`,
      why: 'The file is missing, cut short or damaged.',
      fix: 'Run the scenario again, or copy the run folder anew from where it was made.',
      cause: error,
    });
  }
}

function memberOf<T extends string>(members: readonly T[], text: string): T {
  const found = members.find((member) => member === text);
  if (found === undefined) throw new Error(`it has an unknown value "${text}"`);
  return found;
}

function textAt(read: ReadColumns, name: string, row: number): string | undefined {
  const value = read[name]?.[row];
  return typeof value === 'string' ? value : undefined;
}

function requiredText(read: ReadColumns, name: string, row: number): string {
  const value = textAt(read, name, row);
  if (value === undefined) throw new Error(`row ${row} lacks ${name}`);
  return value;
}

function optionalNumber(read: ReadColumns, name: string, row: number): number | undefined {
  const value = read[name]?.[row];
  if (typeof value === 'number') return value;
  return typeof value === 'bigint' ? Number(value) : undefined;
}

function numberAt(read: ReadColumns, name: string, row: number): number {
  const value = optionalNumber(read, name, row);
  if (value === undefined) throw new Error(`row ${row} lacks ${name}`);
  return value;
}
