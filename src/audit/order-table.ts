import { defined } from '../core/assert.ts';
import { type OutcomeClass, outcomeClasses } from '../history/vocabulary.ts';
import { type Details, type LogicalOrder, noDetails } from './logical-order.ts';

const cancelStates = ['none', 'info', 'ok'] as const satisfies readonly LogicalOrder['cancel'][];
const lookUpStates = [
  'none',
  'found',
  'not-found',
  'refused',
  'cancelled',
] as const satisfies readonly LogicalOrder['lookUp'][];

const none: readonly string[] = [];

/** What orders have that were acknowledged or are in the store: few of the many that were tried. */
type Sale = Pick<
  LogicalOrder,
  | 'orderIds'
  | 'otherOkAttempt'
  | 'rowIds'
  | 'confirmedRows'
  | 'confirmedUnits'
  | 'pendingRows'
  | 'pendingUnits'
  | 'cancelledRows'
>;

const noSale: Readonly<Sale> = {
  orderIds: none,
  otherOkAttempt: -1,
  rowIds: none,
  confirmedRows: 0,
  confirmedUnits: 0,
  pendingRows: 0,
  pendingUnits: 0,
  cancelledRows: 0,
};

/** Orders of the first block; each has as many as all before it together, up to the larger figure. */
const [firstBlockRows, blockRowsMax] = [64, 16_384];
const doublings = Math.log2(blockRowsMax / firstBlockRows);

/** Bytes of an order's record: those of one order lie together, so that they are fetched together. */
const recordBytes = 64;

/**
 * Where in a record the fields stand, counted in elements of their type. What every attempt touches
 * comes first: a block begins 16 bytes into a line of the cache, so that one line ends 48 bytes into a
 * record.
 */
const float64s = { firstSentNs: 0, soldOutSentNs: 1, okNs: 5, count: recordBytes / 8 } as const;
const int32s = {
  attempts: 4,
  lastAttempt: 5,
  soldOutAttempt: 6,
  intent: 12,
  user: 13,
  firstAttempt: 14,
  okAttempt: 15,
  count: recordBytes / 4,
} as const;
const int16s = { quantity: 14, product: 15, keyVariant: 18, count: recordBytes / 2 } as const;
const bytes = { outcome: 32, cancel: 33, lookUp: 34, count: recordBytes } as const;

/** The numbers of as many orders: nothing for the garbage collector to walk through. */
class Block {
  readonly start: number;
  readonly rows: number;
  readonly float64: Float64Array;
  readonly int32: Int32Array;
  readonly uint32: Uint32Array;
  readonly int16: Int16Array;
  readonly uint16: Uint16Array;
  readonly uint8: Uint8Array;

  /** @param start ordinal of the block's first order */
  constructor(start: number) {
    this.start = start;
    this.rows = Math.min(blockRowsMax, Math.max(firstBlockRows, start));
    const buffer = new ArrayBuffer(this.rows * recordBytes);
    this.float64 = new Float64Array(buffer);
    this.int32 = new Int32Array(buffer);
    this.uint32 = new Uint32Array(buffer);
    this.int16 = new Int16Array(buffer);
    this.uint16 = new Uint16Array(buffer);
    this.uint8 = new Uint8Array(buffer);
  }
}

/** Intents beyond this, and fresh keys of one, are found by hash instead of by position. */
const maxDense = 2 ** 24;

/**
 * The logical orders of a run by intent and key variant. There may be millions, of most of which only
 * numbers are ever wanted: these stand where the garbage collector has no need to look, and an order
 * has an object of its own only once somebody asked for it.
 */
export class OrderTable {
  /** By ordinal. */
  readonly #orders: (LogicalOrder | undefined)[] = [];
  /** Ordinal plus 1 by intent, of the intents' own keys; 0 for none. */
  #dense = new Int32Array(1024);
  /** Ordinals of other keys. */
  readonly #sparse = new Map<number, number>();
  readonly #blocks: Block[] = [];
  readonly #record = new OrderRecord(new Block(0), 0);

  /** Orders: ordinals are below this. */
  get length(): number {
    return this.#orders.length;
  }

  get(intent: number, keyVariant: number): LogicalOrder | undefined {
    const ordinal = this.#ordinalOf(intent, keyVariant);
    return ordinal < 0 ? undefined : this.at(ordinal);
  }

  getOrAdd(intent: number, keyVariant: number): LogicalOrder {
    return this.at(this.ordinalOf(intent, keyVariant));
  }

  /** The order's object: always the same. */
  at(ordinal: number): LogicalOrder {
    const found = this.#orders[ordinal];
    if (found !== undefined) return found;
    const block = this.#blockAt(ordinal);
    const order = new TableOrder(block, ordinal - block.start);
    this.#orders[ordinal] = order;
    return order;
  }

  /** The object of an order if anybody has asked for it yet: without it, there are only numbers. */
  objectAt(ordinal: number): LogicalOrder | undefined {
    return this.#orders[ordinal];
  }

  /** The numbers of an order, to be read and changed: one object that moves, valid until the next call. */
  numbersAt(ordinal: number): OrderNumbers {
    const block = this.#blockAt(ordinal);
    return this.#record.at(block, ordinal - block.start);
  }

  /** The place of a key's order, which is added when it is new. */
  ordinalOf(intent: number, keyVariant: number): number {
    const found = this.#ordinalOf(intent, keyVariant);
    return found < 0 ? this.#add(intent, keyVariant) : found;
  }

  /** -1 for a key that is not there. */
  #ordinalOf(intent: number, keyVariant: number): number {
    return isDense(intent, keyVariant)
      ? (this.#dense[intent] ?? 0) - 1
      : (this.#sparse.get(sparseKey(intent, keyVariant)) ?? -1);
  }

  #add(intent: number, keyVariant: number): number {
    const ordinal = this.#orders.length;
    this.#orders.push(undefined);
    let block = this.#blocks.at(-1);
    if (block === undefined || ordinal === block.start + block.rows) {
      block = new Block(ordinal);
      this.#blocks.push(block);
    }
    this.#record.at(block, ordinal - block.start).clear(intent, keyVariant);
    if (isDense(intent, keyVariant)) {
      if (intent >= this.#dense.length) this.#growTo(intent + 1);
      this.#dense[intent] = ordinal + 1;
    } else {
      this.#sparse.set(sparseKey(intent, keyVariant), ordinal);
    }
    return ordinal;
  }

  #blockAt(ordinal: number): Block {
    return defined(this.#blocks[blockOf(ordinal)], 'block');
  }

  #growTo(length: number): void {
    const larger = new Int32Array(Math.max(length, this.#dense.length * 2));
    larger.set(this.#dense);
    this.#dense = larger;
  }
}

/** Which block an ordinal is in: the first ones double in size, the others are all of one size. */
function blockOf(ordinal: number): number {
  return ordinal < blockRowsMax
    ? 32 - Math.clz32(Math.floor(ordinal / firstBlockRows))
    : doublings + Math.floor(ordinal / blockRowsMax);
}

function isDense(intent: number, keyVariant: number): boolean {
  return keyVariant === 0 && intent >= 0 && intent < maxDense;
}

function sparseKey(intent: number, keyVariant: number): number {
  return intent * 65_536 + keyVariant;
}

/** The numbers of a logical order, in a block. */
export type OrderNumbers = Omit<LogicalOrder, 'details' | keyof Sale>;

class OrderRecord implements OrderNumbers {
  #block: Block;
  #row: number;

  constructor(block: Block, row: number) {
    this.#block = block;
    this.#row = row;
  }

  at(block: Block, row: number): this {
    this.#block = block;
    this.#row = row;
    return this;
  }

  /** Says that nothing is known but the key. */
  clear(intent: number, keyVariant: number): void {
    this.#block.int32[this.#row * int32s.count + int32s.intent] = intent;
    this.#block.uint16[this.#row * int16s.count + int16s.keyVariant] = keyVariant;
    this.product = -1;
    this.outcome = 'fail';
    this.firstAttempt = -1;
    this.lastAttempt = -1;
    this.firstSentNs = Number.NaN;
    this.okNs = Number.POSITIVE_INFINITY;
    this.okAttempt = -1;
    this.soldOutAttempt = -1;
    this.soldOutSentNs = Number.NaN;
  }

  get ordinal(): number {
    return this.#block.start + this.#row;
  }
  get intent(): number {
    return this.#block.int32[this.#row * int32s.count + int32s.intent] ?? -1;
  }
  get keyVariant(): number {
    return this.#block.uint16[this.#row * int16s.count + int16s.keyVariant] ?? 0;
  }

  get user(): number {
    return this.#block.uint32[this.#row * int32s.count + int32s.user] ?? 0;
  }
  set user(value: number) {
    this.#block.uint32[this.#row * int32s.count + int32s.user] = value;
  }
  get product(): number {
    return this.#block.int16[this.#row * int16s.count + int16s.product] ?? -1;
  }
  set product(value: number) {
    this.#block.int16[this.#row * int16s.count + int16s.product] = value;
  }
  get quantity(): number {
    return this.#block.uint16[this.#row * int16s.count + int16s.quantity] ?? 0;
  }
  set quantity(value: number) {
    this.#block.uint16[this.#row * int16s.count + int16s.quantity] = value;
  }
  get attempts(): number {
    return this.#block.int32[this.#row * int32s.count + int32s.attempts] ?? 0;
  }
  set attempts(value: number) {
    this.#block.int32[this.#row * int32s.count + int32s.attempts] = value;
  }

  get firstAttempt(): number {
    return this.#block.int32[this.#row * int32s.count + int32s.firstAttempt] ?? -1;
  }
  set firstAttempt(value: number) {
    this.#block.int32[this.#row * int32s.count + int32s.firstAttempt] = value;
  }
  get lastAttempt(): number {
    return this.#block.int32[this.#row * int32s.count + int32s.lastAttempt] ?? -1;
  }
  set lastAttempt(value: number) {
    this.#block.int32[this.#row * int32s.count + int32s.lastAttempt] = value;
  }
  get firstSentNs(): number {
    return this.#block.float64[this.#row * float64s.count + float64s.firstSentNs] ?? Number.NaN;
  }
  set firstSentNs(value: number) {
    this.#block.float64[this.#row * float64s.count + float64s.firstSentNs] = value;
  }
  get okNs(): number {
    return (
      this.#block.float64[this.#row * float64s.count + float64s.okNs] ?? Number.POSITIVE_INFINITY
    );
  }
  set okNs(value: number) {
    this.#block.float64[this.#row * float64s.count + float64s.okNs] = value;
  }
  get okAttempt(): number {
    return this.#block.int32[this.#row * int32s.count + int32s.okAttempt] ?? -1;
  }
  set okAttempt(value: number) {
    this.#block.int32[this.#row * int32s.count + int32s.okAttempt] = value;
  }
  get soldOutAttempt(): number {
    return this.#block.int32[this.#row * int32s.count + int32s.soldOutAttempt] ?? -1;
  }
  set soldOutAttempt(value: number) {
    this.#block.int32[this.#row * int32s.count + int32s.soldOutAttempt] = value;
  }
  get soldOutSentNs(): number {
    return this.#block.float64[this.#row * float64s.count + float64s.soldOutSentNs] ?? Number.NaN;
  }
  set soldOutSentNs(value: number) {
    this.#block.float64[this.#row * float64s.count + float64s.soldOutSentNs] = value;
  }

  get outcome(): OutcomeClass {
    return (
      outcomeClasses[this.#block.uint8[this.#row * bytes.count + bytes.outcome] ?? 0] ?? 'fail'
    );
  }
  set outcome(value: OutcomeClass) {
    this.#block.uint8[this.#row * bytes.count + bytes.outcome] = outcomeClasses.indexOf(value);
  }
  get cancel(): LogicalOrder['cancel'] {
    return cancelStates[this.#block.uint8[this.#row * bytes.count + bytes.cancel] ?? 0] ?? 'none';
  }
  set cancel(value: LogicalOrder['cancel']) {
    this.#block.uint8[this.#row * bytes.count + bytes.cancel] = cancelStates.indexOf(value);
  }
  get lookUp(): LogicalOrder['lookUp'] {
    return lookUpStates[this.#block.uint8[this.#row * bytes.count + bytes.lookUp] ?? 0] ?? 'none';
  }
  set lookUp(value: LogicalOrder['lookUp']) {
    this.#block.uint8[this.#row * bytes.count + bytes.lookUp] = lookUpStates.indexOf(value);
  }
}

class TableOrder extends OrderRecord implements LogicalOrder {
  details: Readonly<Details> = noDetails;
  /** {@link noSale} until there is something to say. */
  #sale: Readonly<Sale> = noSale;

  get orderIds(): readonly string[] {
    return this.#sale.orderIds;
  }
  set orderIds(orderIds: readonly string[]) {
    this.#change({ orderIds });
  }
  get otherOkAttempt(): number {
    return this.#sale.otherOkAttempt;
  }
  set otherOkAttempt(otherOkAttempt: number) {
    this.#change({ otherOkAttempt });
  }
  get rowIds(): readonly string[] {
    return this.#sale.rowIds;
  }
  set rowIds(rowIds: readonly string[]) {
    this.#change({ rowIds });
  }
  get confirmedRows(): number {
    return this.#sale.confirmedRows;
  }
  set confirmedRows(confirmedRows: number) {
    this.#change({ confirmedRows });
  }
  get confirmedUnits(): number {
    return this.#sale.confirmedUnits;
  }
  set confirmedUnits(confirmedUnits: number) {
    this.#change({ confirmedUnits });
  }
  get pendingRows(): number {
    return this.#sale.pendingRows;
  }
  set pendingRows(pendingRows: number) {
    this.#change({ pendingRows });
  }
  get pendingUnits(): number {
    return this.#sale.pendingUnits;
  }
  set pendingUnits(pendingUnits: number) {
    this.#change({ pendingUnits });
  }
  get cancelledRows(): number {
    return this.#sale.cancelledRows;
  }
  set cancelledRows(cancelledRows: number) {
    this.#change({ cancelledRows });
  }

  #change(change: Partial<Sale>): void {
    this.#sale = { ...this.#sale, ...change };
  }
}
