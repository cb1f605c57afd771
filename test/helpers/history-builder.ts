import { type Evidence, type FaultEvidence, namesOfRun } from '../../src/audit/evidence.ts';
import type { LookUpKind } from '../../src/audit/look-ups.ts';
import { nsPerMs } from '../../src/core/clock.ts';
import { type Attempt, keyOf, userIdOf } from '../../src/history/attempt.ts';
import type { Contract, ProductContract } from '../../src/history/contract.ts';
import type { EventRecord } from '../../src/history/run-record.ts';
import { AttemptStore } from '../../src/history/store.ts';
import type { LedgerEntry, TruthOrder, TruthProduct } from '../../src/history/truth.ts';

export const runId = 'run1';

/** An attempt with everything filled in; a sold-out order unless told otherwise. */
export function attemptOf(overrides: Partial<Attempt> = {}): Attempt {
  return {
    operation: 'order',
    user: 0,
    device: 0,
    intent: 0,
    attempt: 1,
    keyVariant: 0,
    product: 0,
    quantity: 1,
    scheduledNs: 0,
    sentNs: 0,
    firstByteNs: nsPerMs,
    doneNs: nsPerMs,
    status: 409,
    outcome: 'fail',
    code: 'sold-out',
    orderId: undefined,
    remaining: undefined,
    retryAfterMs: undefined,
    instance: '',
    connection: 0,
    worker: 0,
    ...overrides,
  };
}

type Who = Partial<Attempt> & { readonly intent: number };

/** Histories by hand. Intent n is of user n, and attempt n is sent at n ms, unless told otherwise. */
export class HistoryBuilder {
  readonly products: readonly ProductContract[];
  readonly attempts: Attempt[] = [];
  readonly rows: TruthOrder[] = [];
  readonly ledger: LedgerEntry[] = [];
  readonly events: EventRecord[] = [];
  #remaining: number[];
  #promises: Partial<Contract> = {};

  constructor(...products: readonly Partial<ProductContract>[]) {
    this.products = products.map((product, index) => ({ id: `p${index}`, stock: 2, ...product }));
    this.#remaining = this.products.map(({ stock }) => stock);
  }

  attempt(overrides: Who): this {
    const sentNs = overrides.sentNs ?? this.attempts.length * nsPerMs;
    const doneNs = overrides.doneNs ?? sentNs + 3 * nsPerMs;
    const user = overrides.user ?? overrides.intent;
    const scheduledNs = Number.isNaN(sentNs) ? doneNs : sentNs;
    this.attempts.push(
      attemptOf({ scheduledNs, firstByteNs: doneNs, user, ...overrides, sentNs, doneNs }),
    );
    return this;
  }

  /** Acknowledged, and there. */
  sold(intent: number, more: Partial<Attempt> = {}): this {
    return this.acknowledged(intent, more).committed(intent, more);
  }

  /** Acknowledged only. */
  acknowledged(intent: number, more: Partial<Attempt> = {}): this {
    const orderId = more.orderId ?? `o${intent}`;
    return this.attempt({ intent, status: 201, outcome: 'ok', code: 'ok', orderId, ...more });
  }

  soldOut(intent: number, more: Partial<Attempt> = {}): this {
    return this.attempt({ intent, ...more });
  }

  timedOut(intent: number, more: Partial<Attempt> = {}): this {
    const never = { status: 0, firstByteNs: Number.NaN };
    return this.attempt({ intent, outcome: 'info', code: 'timeout', ...never, ...more });
  }

  cancelled(intent: number, outcome: 'ok' | 'info', more: Partial<Attempt> = {}): this {
    return this.attempt({ intent, operation: 'cancel', outcome, code: outcome, ...more });
  }

  /** A look-up after everything else. */
  lookedUp(intent: number, found: boolean, more: Partial<Attempt> = {}): this {
    const sentNs = Math.max(0, ...this.attempts.map(({ doneNs }) => doneNs)) + nsPerMs;
    const answer = found
      ? ({ status: 200, outcome: 'ok', code: 'ok', orderId: `o${intent}` } as const)
      : ({ status: 404, outcome: 'fail', code: 'not-found' } as const);
    return this.attempt({ intent, operation: 'status', sentNs, ...answer, ...more });
  }

  /** Answered 202. */
  accepted(intent: number, more: Partial<Attempt> = {}): this {
    return this.attempt({ intent, status: 202, outcome: 'info', code: 'pending', ...more });
  }

  /** A look-up after everything else. `refused`: the order was decided against, for want of stock. */
  status(intent: number, kind: LookUpKind, more: Partial<Attempt> = {}): this {
    const sentNs = Math.max(0, ...this.attempts.map(({ doneNs }) => doneNs)) + nsPerMs;
    const orderId = `o${intent}`;
    const answer = {
      confirmed: { status: 200, outcome: 'ok', code: 'ok', orderId },
      cancelled: { status: 200, outcome: 'ok', code: 'cancelled', orderId },
      refused: { status: 200, outcome: 'fail', code: 'sold-out' },
      pending: { status: 200, outcome: 'info', code: 'pending', orderId },
      'not-found': { status: 404, outcome: 'fail', code: 'not-found' },
    } as const;
    return this.attempt({ intent, operation: 'status', sentNs, ...answer[kind], ...more });
  }

  /** Units brought within [sentNs, doneNs], and on the shelf now. */
  restocked(units: number, when: Partial<EventRecord> & { readonly product?: number } = {}): this {
    const { product = 0, ...record } = when;
    if (record.outcome !== 'fail')
      this.#remaining[product] = (this.#remaining[product] ?? 0) + units;
    const productId = this.products[product]?.id ?? '';
    return this.event({ event: { kind: 'restock', productId, quantity: units }, ...record });
  }

  event(record: Partial<EventRecord>): this {
    const { sentNs = 0, outcome = 'ok' } = record;
    const doneNs = outcome === 'info' ? Number.POSITIVE_INFINITY : sentNs + 1;
    const event = { kind: 'close' } as const;
    this.events.push({ event, plannedNs: sentNs, sentNs, doneNs, outcome, detail: '', ...record });
    return this;
  }

  promising(promises: Partial<Contract>): this {
    this.#promises = { ...this.#promises, ...promises };
    return this;
  }

  /** A ledger that explains the rows and restocks there are so far: take by take, as one after another. */
  withLedger(): this {
    const left = new Map(this.products.map(({ id, stock }) => [id, stock]));
    const move = (key: string | null, productId: string, delta: number): void => {
      const stockAfter = (left.get(productId) ?? 0) + delta;
      left.set(productId, stockAfter);
      this.ledgerEntry({ key, productId, delta, stockAfter });
    };
    for (const { event } of this.events) {
      if (event.kind === 'restock') move(null, event.productId, event.quantity);
    }
    for (const { key, productId, quantity, status } of this.rows) {
      if (status === 'pending') continue;
      move(key, productId, -quantity);
      if (status === 'cancelled') move(key, productId, quantity);
    }
    return this;
  }

  /** A confirmed row that took its units off the stock. */
  committed(intent: number, more: Partial<Attempt> = {}): this {
    const { product = 0, quantity = 1, keyVariant = 0 } = more;
    this.#remaining[product] = (this.#remaining[product] ?? 0) - quantity;
    return this.row({
      id: more.orderId ?? `o${intent}`,
      key: keyOf(runId, intent, keyVariant),
      userId: userIdOf(more.user ?? intent),
      productId: this.products[product]?.id ?? '',
      quantity,
    });
  }

  /** A row as it stands; the stock is not touched. */
  row(row: Partial<TruthOrder>): this {
    this.rows.push({
      id: `r${this.rows.length}`,
      key: null,
      userId: 'u0',
      productId: this.products[0]?.id ?? '',
      quantity: 1,
      status: 'confirmed',
      ...row,
    });
    return this;
  }

  remaining(product: number, units: number): this {
    this.#remaining[product] = units;
    return this;
  }

  ledgerEntry(entry: Partial<LedgerEntry>): this {
    const seq = this.ledger.length + 1;
    this.ledger.push({ seq, key: null, productId: 'p0', delta: -1, stockAfter: 0, ...entry });
    return this;
  }

  /** A settled snapshot of an exclusive target, unless told otherwise. */
  evidence(overrides: Partial<Evidence> & { readonly withoutTruth?: boolean } = {}): Evidence {
    const { withoutTruth, ...rest } = overrides;
    const attempts = new AttemptStore(256);
    for (const attempt of this.attempts) attempts.append(attempt);
    const products = this.products.map(
      ({ id, stock }, index): TruthProduct => ({
        id,
        initial: stock,
        remaining: this.#remaining[index] ?? 0,
      }),
    );
    const truth = {
      schemaVersion: 1,
      runId,
      takenAtMs: 0,
      products,
      orders: this.rows,
      ...(this.ledger.length === 0 ? {} : { ledger: this.ledger }),
    } as const;
    return {
      runId,
      contract: { products: this.products, ...this.#promises },
      epoch: { seconds: 0, nanoseconds: 0, wallMs: 0 },
      openingNs: 0,
      attempts,
      ...(withoutTruth === true ? {} : { truth }),
      quiesced: true,
      interrupted: false,
      exclusive: true,
      faults: [] as FaultEvidence[],
      events: this.events,
      names: namesOfRun(runId),
      ...rest,
    };
  }
}

/** Two units, four buyers who all came at once, two of them served: nothing is wrong with it. */
export function cleanSale(product: Partial<ProductContract> = {}): HistoryBuilder {
  return new HistoryBuilder({ limitPerUser: 1, ...product }).sold(0).sold(1).soldOut(2).soldOut(3);
}
