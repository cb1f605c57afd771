import { type AttemptChunk, kindOf, type SparseColumn } from '../chunk.ts';
import { operations, outcomeClasses } from '../vocabulary.ts';
import type { ColumnPages, Indexed } from './column-pages.ts';
import type { ReadGroup } from './file-reader.ts';

/** A row group of history.parquet as a chunk. */
export function chunkOf(group: ReadGroup): AttemptChunk {
  const { rows } = group;
  const small = <T extends Uint8Array | Uint16Array | Int16Array>(
    name: string,
    min: number,
    max: number,
    values: T,
  ): T => gathered(group.column(name).indexedInts(min, max), values);
  const sentNs = group.column('sent_ns').doubles();
  const code = group.column('code').indexedTexts();
  const instance = group.column('instance').indexedTexts();
  return {
    schemaVersion: 1,
    length: rows,
    scheduledNs: group.column('scheduled_ns').doubles(),
    sentNs,
    doneNs: group.column('done_ns').doubles(),
    firstByteOffsetNs: offsets(group.column('first_byte_ns').doubles(), sentNs),
    user: group.column('user').uint32s(),
    intent: numbers(group.column('intent'), 'intent'),
    connection: numbers(group.column('connection'), 'connection'),
    device: small('device', 0, 255, new Uint8Array(rows)),
    attempt: small('attempt', 0, 65_535, new Uint16Array(rows)),
    keyVariant: small('key_variant', 0, 65_535, new Uint16Array(rows)),
    product: small('product', -1, 32_767, new Int16Array(rows)),
    quantity: small('quantity', 0, 65_535, new Uint16Array(rows)),
    status: statusOf(group.column('status')),
    code: code.indices,
    instance: instance.indices,
    worker: small('worker', 0, 65_535, new Uint16Array(rows)),
    kind: kinds(group),
    codes: code.dictionary,
    instances: instance.dictionary,
    orderIds: sparse(group.column('order_id'), (column) => column.texts()),
    remaining: sparse(group.column('remaining'), (column) => column.int32s()),
    retryAfterMs: sparse(group.column('retry_after_ms'), (column) => column.uint32s()),
  };
}

/** Fills `values` with what the indices stand for. */
function gathered<T extends Uint8Array | Uint16Array | Int16Array>(
  { dictionary, indices }: Indexed<number>,
  values: T,
): T {
  const [only] = dictionary;
  if (dictionary.length === 1 && only !== undefined) {
    values.fill(only);
    return values;
  }
  const table = Int32Array.from(dictionary);
  for (let row = 0; row < indices.length; row += 1) {
    values[row] = table[indices[row] ?? 0] ?? 0;
  }
  return values;
}

/** 0 where there was no answer. */
function statusOf(column: ColumnPages): Uint16Array<ArrayBuffer> {
  const present = gathered(column.indexedInts(0, 65_535), new Uint16Array(column.count));
  if (column.presence === undefined) return present;
  const status = new Uint16Array(column.rows);
  const rows = column.presentRows();
  for (let index = 0; index < rows.length; index += 1) {
    status[rows[index] ?? 0] = present[index] ?? 0;
  }
  return status;
}

function kinds(group: ReadGroup): Uint8Array<ArrayBuffer> {
  const operation = group.column('operation').indexedTexts();
  const outcome = group.column('outcome').indexedTexts();
  const operationOf = numbersOf(operations, operation.dictionary);
  const outcomeOf = numbersOf(outcomeClasses, outcome.dictionary);
  const kind = new Uint8Array(group.rows);
  for (let row = 0; row < group.rows; row += 1) {
    kind[row] = kindOf(
      operationOf[operation.indices[row] ?? 0] ?? 0,
      outcomeOf[outcome.indices[row] ?? 0] ?? 0,
    );
  }
  return kind;
}

function numbersOf(members: readonly string[], texts: readonly string[]): Uint8Array {
  return Uint8Array.from(texts, (text) => {
    const number = members.indexOf(text);
    if (number < 0) throw new Error(`it has an unknown value "${text}"`);
    return number;
  });
}

function offsets(firstByteNs: Float64Array, sentNs: Float64Array): Float32Array<ArrayBuffer> {
  const offset = new Float32Array(sentNs.length);
  for (let row = 0; row < offset.length; row += 1) {
    offset[row] = (firstByteNs[row] ?? Number.NaN) - (sentNs[row] ?? Number.NaN);
  }
  return offset;
}

/** The column's numbers, -1 (there is none) and up. */
function numbers(column: ColumnPages, name: string): Int32Array<ArrayBuffer> {
  const values = column.int32s();
  for (let row = 0; row < column.rows; row += 1) {
    if ((values[row] ?? -1) < -1) throw new Error(`column ${name} has a value out of range`);
  }
  return values;
}

function sparse<V>(
  column: ColumnPages,
  valuesOf: (column: ColumnPages) => ArrayLike<V>,
): SparseColumn<V> {
  return { rows: column.presentRows(), values: valuesOf(column) };
}
