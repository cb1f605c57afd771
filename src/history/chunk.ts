import { defined } from '../core/assert.ts';
import type { Attempt } from './attempt.ts';
import { type OutcomeClass, operations, outcomeClasses } from './vocabulary.ts';

/** One typed array per column that every attempt fills: 58 bytes an attempt. */
const columnTypes = {
  scheduledNs: Float64Array,
  sentNs: Float64Array,
  doneNs: Float64Array,
  firstByteOffsetNs: Float32Array,
  user: Uint32Array,
  intent: Int32Array,
  connection: Int32Array,
  device: Uint8Array,
  attempt: Uint16Array,
  keyVariant: Uint16Array,
  product: Int16Array,
  quantity: Uint16Array,
  status: Uint16Array,
  code: Uint16Array,
  instance: Uint16Array,
  worker: Uint16Array,
  kind: Uint8Array,
} as const;

type ColumnName = keyof typeof columnTypes;
const columnNames = Object.keys(columnTypes) as ColumnName[];
type Columns = { readonly [K in ColumnName]: InstanceType<(typeof columnTypes)[K]> };

/** Values that few attempts have: `values[i]` belongs to row `rows[i]`; rows ascend. */
export interface SparseColumn<V> {
  readonly rows: ArrayLike<number>;
  readonly values: ArrayLike<V>;
}

/**
 * Up to 65,536 attempts by column. A plain object of typed arrays and strings: it can be sent to
 * another process with structured cloning, and read without a method call per field.
 */
export interface AttemptChunk extends Columns {
  readonly schemaVersion: 1;
  /** Attempts in the chunk; columns may be longer while it is being filled. */
  readonly length: number;
  /** Texts that the column `code` points into. */
  readonly codes: readonly string[];
  /** Texts that the column `instance` points into. */
  readonly instances: readonly string[];
  readonly orderIds: SparseColumn<string>;
  readonly remaining: SparseColumn<number>;
  readonly retryAfterMs: SparseColumn<number>;
}

/** Value of the column `kind`: the operation's and the class's index in their lists. */
export function kindOf(operationIndex: number, outcomeIndex: number): number {
  return operationIndex * 4 + outcomeIndex;
}

/** The class of an attempt from the column `kind`. */
export function outcomeOfKind(kind: number): OutcomeClass {
  return defined(outcomeClasses[outcomeIndexOfKind(kind)], 'outcome class');
}

/** Index in `outcomeClasses` from the column `kind`. */
export function outcomeIndexOfKind(kind: number): number {
  return kind & 3;
}

/** Index in `operations` from the column `kind`. */
export function operationIndexOfKind(kind: number): number {
  return kind >> 2;
}

/** The sparse value of `row`, if it has one. */
export function sparseAt<V>(column: SparseColumn<V>, row: number): V | undefined {
  const { rows, values } = column;
  let low = 0;
  let high = rows.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const found = rows[middle] ?? 0;
    if (found === row) return values[middle];
    if (found < row) low = middle + 1;
    else high = middle - 1;
  }
  return undefined;
}

/** One attempt of a chunk as an {@link Attempt}, without copying: move it with {@link at}. */
export class AttemptCursor implements Attempt {
  #chunk: AttemptChunk;
  #row = 0;

  constructor(chunk: AttemptChunk) {
    this.#chunk = chunk;
  }

  /** Points the cursor at another attempt. What was read before stays as it was. */
  at(chunk: AttemptChunk, row: number): this {
    this.#chunk = chunk;
    this.#row = row;
    return this;
  }

  // Each column is read where it is asked for: one place that read all kinds of arrays would be slow.

  get operation(): Attempt['operation'] {
    const index = operationIndexOfKind(this.#chunk.kind[this.#row] ?? 0);
    return defined(operations[index], 'operation');
  }
  get outcome(): OutcomeClass {
    return outcomeOfKind(this.#chunk.kind[this.#row] ?? 0);
  }
  get user(): number {
    return this.#chunk.user[this.#row] ?? 0;
  }
  get device(): number {
    return this.#chunk.device[this.#row] ?? 0;
  }
  get intent(): number {
    return this.#chunk.intent[this.#row] ?? 0;
  }
  get attempt(): number {
    return this.#chunk.attempt[this.#row] ?? 0;
  }
  get keyVariant(): number {
    return this.#chunk.keyVariant[this.#row] ?? 0;
  }
  get product(): number {
    return this.#chunk.product[this.#row] ?? 0;
  }
  get quantity(): number {
    return this.#chunk.quantity[this.#row] ?? 0;
  }
  get scheduledNs(): number {
    return this.#chunk.scheduledNs[this.#row] ?? 0;
  }
  get sentNs(): number {
    return this.#chunk.sentNs[this.#row] ?? 0;
  }
  get doneNs(): number {
    return this.#chunk.doneNs[this.#row] ?? 0;
  }
  get firstByteNs(): number {
    // The offset has 24 bits; rounding must not put the first byte behind the last.
    const firstByteNs = this.sentNs + (this.#chunk.firstByteOffsetNs[this.#row] ?? 0);
    return firstByteNs > this.doneNs ? this.doneNs : firstByteNs;
  }
  get status(): number {
    return this.#chunk.status[this.#row] ?? 0;
  }
  get code(): string {
    return defined(this.#chunk.codes[this.#chunk.code[this.#row] ?? 0], 'code');
  }
  get instance(): string {
    return defined(this.#chunk.instances[this.#chunk.instance[this.#row] ?? 0], 'instance');
  }
  get connection(): number {
    return this.#chunk.connection[this.#row] ?? 0;
  }
  get worker(): number {
    return this.#chunk.worker[this.#row] ?? 0;
  }
  get orderId(): string | undefined {
    return sparseAt(this.#chunk.orderIds, this.#row);
  }
  get remaining(): number | undefined {
    return sparseAt(this.#chunk.remaining, this.#row);
  }
  get retryAfterMs(): number | undefined {
    return sparseAt(this.#chunk.retryAfterMs, this.#row);
  }

  /** A copy that stays as it is when the cursor moves on. */
  toAttempt(): Attempt {
    return {
      operation: this.operation,
      user: this.user,
      device: this.device,
      intent: this.intent,
      attempt: this.attempt,
      keyVariant: this.keyVariant,
      product: this.product,
      quantity: this.quantity,
      scheduledNs: this.scheduledNs,
      sentNs: this.sentNs,
      firstByteNs: this.firstByteNs,
      doneNs: this.doneNs,
      status: this.status,
      outcome: this.outcome,
      code: this.code,
      orderId: this.orderId,
      remaining: this.remaining,
      retryAfterMs: this.retryAfterMs,
      instance: this.instance,
      connection: this.connection,
      worker: this.worker,
    };
  }
}

function allocate(rows: number): Columns {
  const entries = columnNames.map((name) => [name, new columnTypes[name](rows)]);
  return Object.fromEntries(entries) as Columns;
}

/** The columns cut or grown to `rows`; always copies, so that no buffer is shared. */
function resized(columns: Columns, rows: number): Columns {
  const result = allocate(rows);
  for (const name of columnNames) {
    const column = columns[name];
    result[name].set(column.length > rows ? column.subarray(0, rows) : column);
  }
  return result;
}

/** Texts by number, in order of first use. */
class Interner {
  readonly texts: string[] = [];
  readonly #numbers = new Map<string, number>();

  numberOf(text: string): number {
    let found = this.#numbers.get(text);
    if (found === undefined) {
      found = this.texts.length;
      this.texts.push(text);
      this.#numbers.set(text, found);
    }
    return found;
  }
}

/** Values of our own making: out of range is a bug, and wrapping round would be a silent one. */
function within(value: number, min: number, max: number, name: string): number {
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new RangeError(`an attempt's ${name} is ${value}, not an integer in ${min}..${max}`);
}

/** A number that a server told: anything may come, so what does not fit is cut to the range. */
function clamped(value: number, min: number, max: number): number {
  return Math.min(max, Math.max(min, Math.round(value)));
}

const maxInt32 = 2 ** 31 - 1;
const maxUint32 = 2 ** 32 - 1;
const firstCapacity = 256;

/** A chunk that is being filled. */
export class ChunkBuilder {
  readonly #capacity: number;
  #columns: Columns;
  #length = 0;
  readonly #codes = new Interner();
  readonly #instances = new Interner();
  readonly #orderIds = { rows: [] as number[], values: [] as string[] };
  readonly #remaining = { rows: [] as number[], values: [] as number[] };
  readonly #retryAfterMs = { rows: [] as number[], values: [] as number[] };

  /** @param capacity attempts that the chunk can take, 1 to 65,536 */
  constructor(capacity: number) {
    this.#capacity = within(capacity, 1, 65_536, 'chunk capacity');
    this.#columns = allocate(Math.min(capacity, firstCapacity));
  }

  get length(): number {
    return this.#length;
  }

  get full(): boolean {
    return this.#length === this.#capacity;
  }

  append(attempt: Attempt): void {
    const row = this.#length;
    if (row === this.#columns.kind.length) {
      this.#columns = resized(this.#columns, Math.min(this.#capacity, row * 4));
    }
    const columns = this.#columns;
    columns.user[row] = within(attempt.user, 0, maxUint32, 'user');
    columns.intent[row] = within(attempt.intent, -1, maxInt32, 'intent');
    columns.connection[row] = within(attempt.connection, -1, maxInt32, 'connection');
    columns.device[row] = within(attempt.device, 0, 255, 'device');
    columns.attempt[row] = within(attempt.attempt, 0, 65_535, 'attempt');
    columns.keyVariant[row] = within(attempt.keyVariant, 0, 65_535, 'keyVariant');
    columns.product[row] = within(attempt.product, -1, 32_767, 'product');
    columns.quantity[row] = within(attempt.quantity, 0, 65_535, 'quantity');
    columns.status[row] = within(attempt.status, 0, 65_535, 'status');
    columns.worker[row] = within(attempt.worker, 0, 65_535, 'worker');
    columns.kind[row] = kindOf(
      operations.indexOf(attempt.operation),
      outcomeClasses.indexOf(attempt.outcome),
    );
    columns.code[row] = this.#codes.numberOf(attempt.code);
    columns.instance[row] = this.#instances.numberOf(attempt.instance);
    columns.scheduledNs[row] = attempt.scheduledNs;
    columns.sentNs[row] = attempt.sentNs;
    columns.doneNs[row] = attempt.doneNs;
    columns.firstByteOffsetNs[row] = attempt.firstByteNs - attempt.sentNs;
    this.#appendRare(attempt, row);
    this.#length = row + 1;
  }

  #appendRare(attempt: Attempt, row: number): void {
    const { orderId, remaining, retryAfterMs } = attempt;
    if (orderId !== undefined) {
      this.#orderIds.rows.push(row);
      this.#orderIds.values.push(orderId);
    }
    if (remaining !== undefined && !Number.isNaN(remaining)) {
      this.#remaining.rows.push(row);
      this.#remaining.values.push(clamped(remaining, -maxInt32, maxInt32));
    }
    if (retryAfterMs !== undefined && !Number.isNaN(retryAfterMs)) {
      this.#retryAfterMs.rows.push(row);
      this.#retryAfterMs.values.push(clamped(retryAfterMs, 0, maxUint32));
    }
  }

  /** The chunk so far, sharing its columns: valid until the next append. */
  view(): AttemptChunk {
    return {
      schemaVersion: 1,
      length: this.#length,
      ...this.#columns,
      codes: this.#codes.texts,
      instances: this.#instances.texts,
      orderIds: this.#orderIds,
      remaining: this.#remaining,
      retryAfterMs: this.#retryAfterMs,
    };
  }

  /** The finished chunk, as small as it can be. The builder must not be used afterwards. */
  seal(): AttemptChunk {
    const full = this.#columns.kind.length === this.#length;
    return {
      ...this.view(),
      ...(full ? {} : resized(this.#columns, this.#length)),
      ...compact(this.view()),
    };
  }
}

/**
 * Columns that another process sent, detached from the message they came in: one small column that
 * points into it would keep all of it.
 */
export function adopt(chunk: AttemptChunk): AttemptChunk {
  const owns = columnNames.every(
    (name) => chunk[name].byteLength === chunk[name].buffer.byteLength,
  );
  return owns ? chunk : { ...chunk, ...resized(chunk, chunk.length), ...compact(chunk) };
}

/** The columns of rare values as typed arrays of their own. */
function compact({
  orderIds,
  remaining,
  retryAfterMs,
}: AttemptChunk): Pick<AttemptChunk, 'orderIds' | 'remaining' | 'retryAfterMs'> {
  return {
    orderIds: { rows: Uint16Array.from(orderIds.rows), values: orderIds.values },
    remaining: {
      rows: Uint16Array.from(remaining.rows),
      values: Int32Array.from(remaining.values),
    },
    retryAfterMs: {
      rows: Uint16Array.from(retryAfterMs.rows),
      values: Uint32Array.from(retryAfterMs.values),
    },
  };
}

/** A chunk whose columns end with its last attempt; copied unless they do already. */
export function trimmed(chunk: AttemptChunk): AttemptChunk {
  if (chunk.kind.length === chunk.length) return chunk;
  return { ...chunk, ...resized(chunk, chunk.length) };
}

/** Header, length and padding of a short string in V8, and the pointer to it. */
const stringOverheadBytes = 24;

/** Memory that a chunk takes, in bytes; strings are estimated at one byte a character. */
export function bytesOf(chunk: AttemptChunk): number {
  let bytes = 0;
  for (const name of columnNames) bytes += chunk[name].byteLength;
  for (const { rows, values } of [chunk.orderIds, chunk.remaining, chunk.retryAfterMs]) {
    bytes += ArrayBuffer.isView(rows) ? rows.byteLength : rows.length * 8;
    if (ArrayBuffer.isView(values)) bytes += values.byteLength;
    else for (const value of Array.from<unknown>(values)) bytes += bytesOfValue(value);
  }
  for (const text of [...chunk.codes, ...chunk.instances]) bytes += bytesOfValue(text);
  return bytes;
}

function bytesOfValue(value: unknown): number {
  return typeof value === 'string' ? stringOverheadBytes + value.length : 8;
}
