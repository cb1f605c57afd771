import { nsPerMs } from '../core/clock.ts';
import type { Instant } from '../core/instants.ts';
import type { Attempt } from '../history/attempt.ts';
import { AttemptStore } from '../history/store.ts';
import type { Operation } from '../history/vocabulary.ts';
import { devicesMax, ImportedNames, ownText } from './names.ts';
import type { ImportedRow } from './row.ts';

/** More rows than this are no load test of one sale. */
const rowsMax = 50_000_000;

/** Instants before this count from something else than 1970: no wall clock shows the year 2000. */
const wallClockFromMs = Date.UTC(2000, 0, 1);

/** Requests that concern no product. */
const withoutProduct: ReadonlySet<Operation> = new Set(['login', 'logout', 'health', 'enter']);

/** What a history turned out to contain, and what it lacks. */
export interface ImportFacts {
  readonly rows: number;
  readonly orders: number;
  /** Some order names no key. */
  readonly keyless: boolean;
  /** Some order that was acknowledged names neither key nor order id. */
  readonly nameless: boolean;
  readonly userless: boolean;
  readonly deviceless: boolean;
  /** Answers whose status leaves open what they mean, and that had no code. */
  readonly ambiguous: number;
  /** Orders of products that the contract does not name. */
  readonly otherProducts: number;
  /** Every instant is a whole number of milliseconds. */
  readonly wholeMs: boolean;
  /** Instants are on the wall clock. */
  readonly wallClock: boolean;
}

/** A history of another tool in flashsim's form. */
export interface Collected {
  readonly attempts: AttemptStore;
  /** Wall clock at ns 0 of the attempts, ms since 1970. */
  readonly epochMs: number;
  readonly names: ImportedNames;
  readonly facts: ImportFacts;
}

/** Numbers everything, and fills the columns. Call {@link add} for each row, then {@link finish}. */
export class HistoryCollector {
  readonly names = new ImportedNames();
  readonly #products: ReadonlyMap<string, number>;
  readonly #onlyProduct: boolean;
  readonly #attempts = new AttemptStore();
  /** Attempts so far, by intent. */
  readonly #attemptsOf: number[] = [];
  readonly #intentOfOrder = new Map<string, number>();
  readonly #lineOfId = new Map<string, number>();
  /** Requests about an order that is named by its id alone, which may stand further down. */
  readonly #later: { readonly row: ImportedRow; readonly line: number }[] = [];
  #baseMs: number | undefined;
  #rows = 0;
  #orders = 0;
  #keyless = false;
  #nameless = false;
  #userless = false;
  #deviceless = false;
  #ambiguous = 0;
  #otherProducts = 0;
  #wholeMs = true;

  constructor(productIds: readonly string[]) {
    this.#products = new Map(productIds.map((id, index) => [id, index]));
    this.#onlyProduct = productIds.length === 1;
  }

  /** @returns what is wrong with the row beside the others, as text */
  add(row: ImportedRow, line: number): string | undefined {
    this.#rows += 1;
    if (this.#rows > rowsMax) return `there are more than ${rowsMax} rows`;
    if (row.id !== undefined) {
      const earlier = this.#lineOfId.get(row.id);
      if (earlier !== undefined) return `the attempt "${row.id}" stands on line ${earlier} already`;
      this.#lineOfId.set(ownText(row.id), line);
    }
    if (row.operation === 'order') return this.#addOrder(row, line);
    const isAboutOrder = row.operation === 'status' || row.operation === 'cancel';
    if (!isAboutOrder) return this.#append(row, -1);
    if (row.key !== undefined) return this.#append(row, this.names.intentOf(row.key));
    if (row.orderId !== undefined) {
      this.#later.push({ row, line });
      return undefined;
    }
    return row.operation === 'cancel' ? 'a cancellation names neither key nor orderId' : undefined;
  }

  #addOrder(row: ImportedRow, line: number): string | undefined {
    this.#orders += 1;
    if (row.user === undefined) this.#userless = true;
    if (row.device === undefined) this.#deviceless = true;
    if (row.ambiguous) this.#ambiguous += 1;
    const intent = this.#intentOfNewOrder(row, line);
    if (row.outcome === 'ok' && row.orderId !== undefined) {
      this.#intentOfOrder.set(ownText(row.orderId), intent);
    }
    return this.#append(row, intent);
  }

  #intentOfNewOrder({ key, orderId, outcome }: ImportedRow, line: number): number {
    if (key !== undefined) return this.names.intentOf(key);
    this.#keyless = true;
    if (outcome === 'ok' && orderId === undefined) this.#nameless = true;
    // Two answers with one order id are one order: an answer that was given again.
    const known = orderId === undefined ? undefined : this.#intentOfOrder.get(orderId);
    return known ?? this.names.intentOf(`#${line}`);
  }

  #append(row: ImportedRow, intent: number): string | undefined {
    const user = this.names.userNumber(row.user);
    const device = this.names.deviceNumber(user, row.device);
    if (device >= devicesMax) return `the user has more than ${devicesMax} devices`;
    const product = this.#productOf(row);
    if (typeof product === 'string') return product;
    const counted = intent < 0 ? 0 : (this.#attemptsOf[intent] ?? 0);
    if (intent >= 0 && row.operation === 'order') this.#attemptsOf[intent] = counted + 1;
    const sentNs = row.sent === undefined ? Number.NaN : this.#ns(row.sent);
    const attempt: Attempt = {
      operation: row.operation,
      user,
      device,
      intent,
      attempt: row.attempt ?? Math.min(counted + 1, 65_535),
      keyVariant: 0,
      product,
      quantity: row.quantity,
      scheduledNs: this.#ns(row.scheduled),
      sentNs,
      firstByteNs: Number.NaN,
      doneNs: this.#ns(row.done),
      status: row.status,
      outcome: row.outcome,
      code: row.code,
      orderId: row.orderId === undefined ? undefined : ownText(row.orderId),
      remaining: row.remaining,
      retryAfterMs: row.retryAfterMs,
      instance: row.instance,
      connection: -1,
      worker: 0,
    };
    this.#attempts.append(attempt);
    return undefined;
  }

  #productOf({ product, operation }: ImportedRow): number | string {
    if (withoutProduct.has(operation)) return -1;
    if (product === undefined) {
      if (this.#onlyProduct) return 0;
      return operation === 'order'
        ? `the order names no product, and the contract has ${this.#products.size}`
        : -1;
    }
    const found = this.#products.get(product);
    if (found === undefined && operation === 'order') this.#otherProducts += 1;
    return found ?? -1;
  }

  /** From the base, which the first instant decides. */
  #ns({ ms, ns }: Instant): number {
    this.#baseMs ??= ms;
    if (ns !== 0) this.#wholeMs = false;
    return (ms - this.#baseMs) * nsPerMs + ns;
  }

  finish(): Collected | { readonly mistake: string; readonly line: number } {
    for (const { row, line } of this.#later) {
      const known = this.#intentOfOrder.get(row.orderId ?? '');
      const mistake = this.#append(row, known ?? this.names.intentOf(`order ${row.orderId ?? ''}`));
      if (mistake !== undefined) return { mistake, line };
    }
    const wholeMs = this.#wholeMs && this.#rows > 0;
    const shiftMs = shiftToZero(this.#attempts, wholeMs ? nsPerMs : 0);
    const epochMs = (this.#baseMs ?? 0) + shiftMs;
    return {
      attempts: this.#attempts.sortedByTime(),
      epochMs,
      names: this.names,
      facts: {
        rows: this.#rows,
        orders: this.#orders,
        keyless: this.#keyless,
        nameless: this.#nameless,
        userless: this.#userless,
        deviceless: this.#deviceless,
        ambiguous: this.#ambiguous,
        otherProducts: this.#otherProducts,
        wholeMs,
        wallClock: epochMs >= wallClockFromMs,
      },
    };
  }
}

/**
 * Moves all instants so that the earliest is at 0 or within the first millisecond after it, and the
 * ends of requests later by `resolutionNs`: a clock that counts whole milliseconds cuts off the rest,
 * and an interval must not come out shorter than it was.
 *
 * @returns how far the origin moved, in milliseconds
 */
function shiftToZero(attempts: AttemptStore, resolutionNs: number): number {
  let earliestNs = Number.POSITIVE_INFINITY;
  for (const { length, scheduledNs, sentNs, doneNs } of attempts.chunks()) {
    for (let row = 0; row < length; row += 1) {
      for (const value of [scheduledNs[row], sentNs[row], doneNs[row]]) {
        if (value !== undefined && value < earliestNs) earliestNs = value;
      }
    }
  }
  if (!Number.isFinite(earliestNs)) return 0;
  const shiftMs = Math.floor(earliestNs / nsPerMs);
  const shiftNs = shiftMs * nsPerMs;
  for (const { length, scheduledNs, sentNs, doneNs } of attempts.chunks()) {
    for (let row = 0; row < length; row += 1) {
      scheduledNs[row] = (scheduledNs[row] ?? 0) - shiftNs;
      sentNs[row] = (sentNs[row] ?? 0) - shiftNs;
      doneNs[row] = (doneNs[row] ?? 0) - shiftNs + resolutionNs;
    }
  }
  return shiftMs;
}
