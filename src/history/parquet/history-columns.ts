import { keyOf, userIdOf } from '../attempt.ts';
import {
  type AttemptChunk,
  operationIndexOfKind,
  outcomeIndexOfKind,
  type SparseColumn,
  trimmed,
} from '../chunk.ts';
import { operations, outcomeClasses } from '../vocabulary.ts';
import {
  bytesOfArray,
  dictionaryTexts,
  type EncodedColumn,
  int64Bytes,
  optionalDoubles,
  Presence,
  plain,
  SmallIntEncoder,
  TextBytes,
  textBytes,
} from './encode.ts';
import type { EncodedGroup } from './file-writer.ts';
import type { ColumnSpec } from './layout.ts';

/** Columns of history.parquet. Times are ns since the run's epoch (the clock pair in run.json). */
export const historyColumns = [
  { name: 'operation', type: 'BYTE_ARRAY' },
  { name: 'outcome', type: 'BYTE_ARRAY' },
  { name: 'code', type: 'BYTE_ARRAY' },
  { name: 'status', type: 'INT32', nullable: true },
  { name: 'user', type: 'INT64' },
  { name: 'user_id', type: 'BYTE_ARRAY', derived: true },
  { name: 'device', type: 'INT32' },
  { name: 'intent', type: 'INT32' },
  { name: 'key', type: 'BYTE_ARRAY', nullable: true, derived: true },
  { name: 'key_variant', type: 'INT32' },
  { name: 'attempt', type: 'INT32' },
  { name: 'product', type: 'INT32' },
  { name: 'product_id', type: 'BYTE_ARRAY', nullable: true, derived: true },
  { name: 'quantity', type: 'INT32' },
  { name: 'scheduled_ns', type: 'DOUBLE' },
  { name: 'sent_ns', type: 'DOUBLE', nullable: true },
  { name: 'first_byte_ns', type: 'DOUBLE', nullable: true },
  { name: 'done_ns', type: 'DOUBLE' },
  { name: 'order_id', type: 'BYTE_ARRAY', nullable: true },
  { name: 'remaining', type: 'INT32', nullable: true },
  { name: 'retry_after_ms', type: 'INT64', nullable: true },
  { name: 'instance', type: 'BYTE_ARRAY' },
  { name: 'connection', type: 'INT32' },
  { name: 'worker', type: 'INT32' },
] as const satisfies readonly ColumnSpec[];

type ColumnName = (typeof historyColumns)[number]['name'];

/** What turns indices into the names that went over the wire. */
export interface HistoryNames {
  readonly runId: string;
  /** By product index. */
  readonly productIds: readonly string[];
}

/** Operations that carry an idempotency key, by their index. */
const keyed = operations.map((name) => name === 'order' || name === 'status' || name === 'cancel');

/** Turns chunks into the columns of history.parquet. */
export class HistoryEncoder {
  readonly #smallInts = new SmallIntEncoder();
  readonly #productIds: readonly string[];
  readonly #userPrefix: Uint8Array;
  readonly #keyPrefix: Uint8Array;

  constructor({ runId, productIds }: HistoryNames) {
    this.#productIds = productIds;
    this.#userPrefix = Buffer.from(userIdOf(0).slice(0, -1));
    this.#keyPrefix = Buffer.from(keyOf(runId, 0, 0).slice(0, -1));
  }

  group(whole: AttemptChunk): EncodedGroup {
    const chunk = trimmed(whole);
    const rows = chunk.length;
    const small = (values: ArrayLike<number>, min = 0): EncodedColumn =>
      this.#smallInts.encode(values, min);
    const columns: Record<ColumnName, EncodedColumn> = {
      operation: dictionaryTexts(operations, new Uint16Array(chunk.kind.map(operationIndexOfKind))),
      outcome: dictionaryTexts(outcomeClasses, new Uint16Array(chunk.kind.map(outcomeIndexOfKind))),
      code: dictionaryTexts(chunk.codes, chunk.code),
      status: this.#status(chunk.status),
      user: plain(int64Bytes(chunk.user)),
      user_id: this.#userIds(chunk),
      device: small(chunk.device),
      intent: plain(bytesOfArray(chunk.intent)),
      key: this.#keys(chunk),
      key_variant: small(chunk.keyVariant),
      attempt: small(chunk.attempt),
      product: small(chunk.product, -1),
      product_id: this.#products(chunk.product),
      quantity: small(chunk.quantity),
      scheduled_ns: plain(bytesOfArray(chunk.scheduledNs)),
      sent_ns: optionalDoubles(chunk.sentNs),
      first_byte_ns: optionalDoubles(firstBytesNs(chunk)),
      done_ns: plain(bytesOfArray(chunk.doneNs)),
      order_id: orderIds(chunk),
      remaining: sparse(rows, chunk.remaining, (values) => bytesOfArray(Int32Array.from(values))),
      retry_after_ms: sparse(rows, chunk.retryAfterMs, int64Bytes),
      instance: dictionaryTexts(chunk.instances, chunk.instance),
      connection: plain(bytesOfArray(chunk.connection)),
      worker: small(chunk.worker),
    };
    return { rows, columns: historyColumns.map(({ name }) => columns[name]) };
  }

  /** Null where there was no answer. */
  #status(status: Uint16Array): EncodedColumn {
    const presence = new Presence(status.length);
    const present = new Uint16Array(status.length);
    for (let row = 0; row < status.length; row += 1) {
      const code = status[row] ?? 0;
      if (code === 0) continue;
      present[presence.count] = code;
      presence.add(row);
    }
    return this.#smallInts.encode(present.subarray(0, presence.count), 0, presence);
  }

  #userIds({ length, user }: AttemptChunk): EncodedColumn {
    const texts = new TextBytes(length * 16);
    for (let row = 0; row < length; row += 1) {
      texts.addNumbered(this.#userPrefix, user[row] ?? 0, '');
    }
    return plain(texts.bytes());
  }

  #keys({ length, kind, intent: intents, keyVariant }: AttemptChunk): EncodedColumn {
    const presence = new Presence(length);
    const texts = new TextBytes(length * 32);
    for (let row = 0; row < length; row += 1) {
      const intent = intents[row] ?? -1;
      if (intent < 0 || keyed[operationIndexOfKind(kind[row] ?? 0)] !== true) continue;
      const variant = keyVariant[row] ?? 0;
      texts.addNumbered(this.#keyPrefix, intent, variant === 0 ? '' : `.${variant}`);
      presence.add(row);
    }
    return presence.column(texts.bytes());
  }

  #products(products: Int16Array): EncodedColumn {
    const presence = new Presence(products.length);
    const indices = new Uint16Array(products.length);
    const known = this.#productIds.length;
    for (let row = 0; row < products.length; row += 1) {
      const product = products[row] ?? -1;
      if (product < 0 || product >= known) continue;
      indices[presence.count] = product;
      presence.add(row);
    }
    return dictionaryTexts(this.#productIds, indices.subarray(0, presence.count), presence);
  }
}

function firstBytesNs({ length, sentNs, doneNs, firstByteOffsetNs }: AttemptChunk): Float64Array {
  const firstBytes = new Float64Array(length);
  for (let row = 0; row < length; row += 1) {
    const doneAt = doneNs[row] ?? Number.NaN;
    const firstByte = (sentNs[row] ?? Number.NaN) + (firstByteOffsetNs[row] ?? Number.NaN);
    // The offset has 24 bits; rounding must not put the first byte behind the last.
    firstBytes[row] = firstByte > doneAt ? doneAt : firstByte;
  }
  return firstBytes;
}

function sparse<V>(
  rows: number,
  column: SparseColumn<V>,
  encode: (values: ArrayLike<V>) => Uint8Array,
): EncodedColumn {
  const presence = new Presence(rows);
  for (const row of Array.from(column.rows)) presence.add(row);
  return presence.column(encode(column.values));
}

function orderIds(chunk: AttemptChunk): EncodedColumn {
  return sparse(chunk.length, chunk.orderIds, (ids) => textBytes(Array.from(ids)));
}
