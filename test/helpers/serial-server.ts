import type { LookUpKind } from '../../src/audit/look-ups.ts';
import { keyOf, userIdOf } from '../../src/history/attempt.ts';
import { type HistoryBuilder, runId } from './history-builder.ts';

/** One thing that happens in a modelled sale. */
export interface Step {
  /**
   * - `foreign`: an order of somebody else.
   * - `reuse`: an order under the intent's key with another quantity.
   * - `poll`: a look-up by key while the sale runs.
   * - `decide`: the server works off the oldest order that it accepted for later.
   * - `restock`: units come, of the product that the intent is for.
   */
  readonly kind: 'order' | 'cancel' | 'foreign' | 'reuse' | 'poll' | 'decide' | 'restock';
  readonly intent: number;
  /** 1: the client makes a fresh key for this attempt. Others are probes. */
  readonly keyVariant: number;
  /** What becomes of the request on its way. `late`: it takes effect after all others. */
  readonly fate: 'answered' | 'request-lost' | 'answer-lost' | 'late' | 'not-sent';
  /** How long before and after its effect the attempt began and ended. */
  readonly slackNs: number;
  /** The server forgets a rule this time. */
  readonly ignores: readonly Rule[];
}

/** What a server may forget. `service`: it says sold-out although there is enough. */
export type Rule =
  | 'stock'
  | 'limit'
  | 'hours'
  | 'key'
  | 'release'
  | 'write'
  | 'finality'
  | 'service';

/** A refusal for want of stock, while there was enough. */
export interface WrongRefusal {
  readonly key: string;
  readonly user: number;
  readonly product: number;
  readonly quantity: number;
  /** Movements of stock before it. */
  readonly position: number;
}

/** Who looks at the sale afterwards, and how well. */
interface View {
  readonly snapshot: 'settled' | 'unsettled' | 'absent';
  /** Share of the steps after which an unsettled snapshot is taken, 0 to 1. */
  readonly snapshotAt: number;
  /** Intents that are looked up after the drain. */
  readonly lookedUp: readonly number[];
  /** Attempts to order that an interruption keeps from the record, latest first. */
  readonly unrecorded: number;
  readonly ledger: boolean;
}

export interface Sale {
  readonly stock: readonly [number, number];
  readonly limitPerUser: number;
  readonly steps: readonly Step[];
  /** Orders are answered 202 and decided later. */
  readonly asynchronous: boolean;
  /** Steps before the opening and after the closing; undefined: the server promises no hours. */
  readonly hours: { readonly opens: number; readonly closes: number } | undefined;
  readonly view: View;
}

interface Order {
  readonly id: string;
  readonly key: string;
  readonly user: number;
  readonly product: number;
  readonly quantity: number;
  readonly ignores: readonly Rule[];
  state: 'pending' | 'confirmed' | 'cancelled' | 'refused';
  code: string;
}

/** What a client is answered. */
export interface Answer {
  readonly code: string;
  readonly orderId?: string;
}

/** What an intent wants, and whose it is. */
export const productOf = (intent: number): number => intent % 2;
export const quantityOf = (intent: number): number => (intent % 5 === 4 ? 2 : 1);
export const userOf = (intent: number): number => intent % 4;

/** A server that works off one request after another, and remembers every key that it served. */
export class SerialServer {
  readonly #sale: Sale;
  readonly #remaining: [number, number];
  readonly #orders: Order[] = [];
  readonly #ledger: { key: string | null; product: number; delta: number; stockAfter: number }[] =
    [];
  /** How often a rule was forgotten to some effect. */
  readonly wrong = { hours: 0, reuses: 0, overwritten: 0, twiceReleased: 0 };
  readonly wrongRefusals: WrongRefusal[] = [];
  /** Keys that were refused when there was in fact not enough. */
  readonly rightlyRefused = new Set<string>();
  /** Units that restocks brought, by product. */
  readonly brought: [number, number] = [0, 0];

  constructor(sale: Sale) {
    this.#sale = sale;
    this.#remaining = [...sale.stock];
  }

  /** Live orders of a product. */
  liveOrders(product: number): readonly Order[] {
    return this.#orders.filter((order) => order.state === 'confirmed' && order.product === product);
  }

  /** @param index of the step, for the time */
  order(step: Step, index: number): Answer {
    const { intent, keyVariant, kind, ignores } = step;
    const foreign = kind === 'foreign';
    const key = foreign ? `shop-${intent}` : keyOf(runId, intent, keyVariant);
    const quantity = quantityOf(intent) + (kind === 'reuse' ? 1 : 0);
    const known = this.#live(key);
    if (known?.quantity === quantity) return this.#again(known);
    if (known !== undefined) {
      if (!ignores.includes('key')) return { code: 'key-reuse' };
      this.wrong.reuses += 1;
      return this.#again(known);
    }
    const refusal = this.#refusalByHours(index);
    if (refusal !== undefined && !ignores.includes('hours')) return { code: refusal };
    const user = foreign ? 900 + intent : userOf(intent);
    const order: Order = {
      id: `o${this.#orders.length}`,
      key,
      user,
      product: productOf(intent),
      quantity,
      ignores,
      state: 'pending',
      code: '',
    };
    this.#orders.push(order);
    if (refusal !== undefined) this.wrong.hours += 1;
    if (this.#sale.asynchronous && !foreign) return { code: 'pending', orderId: order.id };
    this.#decide(order);
    if (order.state !== 'confirmed') return { code: order.code };
    return { code: 'ok', orderId: order.id };
  }

  /** Works off the oldest order that waits; false when none does. */
  decideNext(): boolean {
    const order = this.#orders.find(({ state }) => state === 'pending');
    if (order !== undefined) this.#decide(order);
    return order !== undefined;
  }

  cancel(step: Step): Answer {
    const order = this.#live(keyOf(runId, step.intent, step.keyVariant));
    if (order?.state !== 'confirmed') return { code: 'not-found' };
    order.state = 'cancelled';
    this.#move(order.key, order.product, order.quantity, []);
    if (step.ignores.includes('release')) {
      this.wrong.twiceReleased += 1;
      this.#move(order.key, order.product, order.quantity, []);
    }
    return { code: 'ok', orderId: order.id };
  }

  restock(product: number, units: number): void {
    this.brought[product] = (this.brought[product] ?? 0) + units;
    this.#move(null, product, units, []);
  }

  /** The least stock of a product from so many movements on. */
  leastLeftFrom(product: number, position: number): number {
    const before = this.#ledger.slice(0, position).findLast((entry) => entry.product === product);
    const later = this.#ledger.slice(position).filter((entry) => entry.product === product);
    const levels = later.map(({ stockAfter }) => stockAfter);
    return Math.min(before?.stockAfter ?? this.#sale.stock[product] ?? 0, ...levels);
  }

  lookUp(intent: number, keyVariant: number): LookUpKind {
    const key = keyOf(runId, intent, keyVariant);
    const order = this.#orders.findLast((one) => one.key === key);
    if (order === undefined) return 'not-found';
    // Without a queue a refusal leaves nothing behind.
    if (order.state === 'refused' && !this.#sale.asynchronous) return 'not-found';
    return order.state;
  }

  /** Whether anything came of a key in the end. */
  lookUpKey(key: string): Order['state'] {
    return this.#orders.findLast((order) => order.key === key)?.state ?? 'refused';
  }

  /** The last order under a key; what a look-up speaks of. */
  last(intent: number, keyVariant: number): Order | undefined {
    const key = keyOf(runId, intent, keyVariant);
    return this.#orders.findLast((one) => one.key === key);
  }

  /** Undoes a confirmed order as if it had never been: a status that changes after being final. */
  unmake(intent: number, keyVariant: number): void {
    const order = this.#live(keyOf(runId, intent, keyVariant));
    if (order?.state !== 'confirmed') return;
    order.state = 'refused';
    order.code = 'sold-out';
    this.#move(order.key, order.product, order.quantity, []);
  }

  /** What the store holds now, written into the builder. */
  snapshot(run: HistoryBuilder, withLedger: boolean): void {
    for (const { state, ...order } of this.#orders) {
      if (state === 'refused') continue;
      run.row({
        id: order.id,
        key: order.key,
        userId: userIdOf(order.user),
        productId: `p${order.product}`,
        quantity: order.quantity,
        status: state,
      });
    }
    this.#remaining.forEach((units, product) => run.remaining(product, units));
    if (!withLedger) return;
    for (const { product, ...entry } of this.#ledger) {
      run.ledgerEntry({ ...entry, productId: `p${product}` });
    }
  }

  #live(key: string): Order | undefined {
    return this.#orders.find((order) => order.key === key && order.state !== 'refused');
  }

  #again({ state, id }: Order): Answer {
    return { code: state === 'pending' ? 'pending' : 'ok', orderId: id };
  }

  #refusalByHours(index: number): 'not-open' | 'closed' | undefined {
    const { hours } = this.#sale;
    if (hours === undefined) return undefined;
    if (index < hours.opens) return 'not-open';
    return index >= hours.closes ? 'closed' : undefined;
  }

  #decide(order: Order): void {
    const { product, quantity, user, ignores } = order;
    const held = this.liveOrders(product).filter((other) => other.user === user);
    const units = held.reduce((sum, other) => sum + other.quantity, 0);
    const left = this.#remaining[product] ?? 0;
    order.state = 'refused';
    if (!ignores.includes('limit') && units + quantity > this.#sale.limitPerUser) {
      order.code = 'limit-per-user';
    } else if (!ignores.includes('stock') && left < quantity) {
      order.code = 'sold-out';
      this.rightlyRefused.add(order.key);
    } else if (ignores.includes('service')) {
      order.code = 'sold-out';
      const position = this.#ledger.length;
      this.wrongRefusals.push({ key: order.key, user, product, quantity, position });
    } else {
      order.state = 'confirmed';
      this.#move(order.key, product, -quantity, ignores);
    }
  }

  #move(key: string | null, product: number, delta: number, ignores: readonly Rule[]): void {
    const last = this.#ledger.findLast((entry) => entry.product === product);
    // Computed from the stock before the last order took its units.
    const stale = ignores.includes('write') && last !== undefined && last.delta < 0;
    if (stale) this.wrong.overwritten += 1;
    const before = (this.#remaining[product] ?? 0) - (stale ? last.delta : 0);
    this.#remaining[product] = before + delta;
    this.#ledger.push({ key, product, delta, stockAfter: before + delta });
  }
}
