import type { Evidence } from '../../src/audit/evidence.ts';
import { keyOf, userIdOf } from '../../src/history/attempt.ts';
import { HistoryBuilder, runId } from './history-builder.ts';

/** One thing that happens in a modelled sale. */
export interface Step {
  readonly kind: 'order' | 'cancel' | 'foreign';
  readonly intent: number;
  /** 1: the client makes a fresh key for this attempt. */
  readonly keyVariant: number;
  /** What becomes of the request on its way. `late`: it takes effect after all others. */
  readonly fate: 'answered' | 'request-lost' | 'answer-lost' | 'late' | 'not-sent';
  /** How long before and after its effect the attempt began and ended. */
  readonly slackNs: number;
  /** The server forgets to look at the stock, or at the limit per user, this time. */
  readonly ignoresStock: boolean;
  readonly ignoresLimit: boolean;
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
}

export interface Sale {
  readonly stock: readonly [number, number];
  readonly limitPerUser: number;
  readonly steps: readonly Step[];
  readonly view: View;
}

interface Order {
  readonly id: string;
  readonly key: string;
  readonly user: number;
  readonly product: number;
  readonly quantity: number;
  live: boolean;
}

const productOf = (intent: number): number => intent % 2;
const quantityOf = (intent: number): number => (intent % 5 === 4 ? 2 : 1);
const userOf = (intent: number): number => intent % 4;

/** A server that works off one request after another, and remembers every key that it served. */
export class SerialServer {
  readonly #sale: Sale;
  readonly #remaining: [number, number];
  readonly #orders = new Map<string, Order>();

  constructor(sale: Sale) {
    this.#sale = sale;
    this.#remaining = [...sale.stock];
  }

  /** Live orders of a product. */
  liveOrders(product: number): readonly Order[] {
    return [...this.#orders.values()].filter((order) => order.live && order.product === product);
  }

  get(key: string): Order | undefined {
    return this.#orders.get(key);
  }

  order(step: Step): { readonly code: string; readonly orderId?: string } {
    const { intent, keyVariant } = step;
    const key = step.kind === 'foreign' ? `shop-${intent}` : keyOf(runId, intent, keyVariant);
    const known = this.#orders.get(key);
    if (known !== undefined) return { code: 'ok', orderId: known.id };
    const product = productOf(intent);
    const quantity = quantityOf(intent);
    const user = step.kind === 'foreign' ? 900 + intent : userOf(intent);
    const held = this.liveOrders(product).filter((order) => order.user === user);
    const units = held.reduce((sum, order) => sum + order.quantity, 0);
    if (!step.ignoresLimit && units + quantity > this.#sale.limitPerUser) {
      return { code: 'limit-per-user' };
    }
    if (!step.ignoresStock && (this.#remaining[product] ?? 0) < quantity) {
      return { code: 'sold-out' };
    }
    this.#remaining[product] = (this.#remaining[product] ?? 0) - quantity;
    const id = `o${this.#orders.size}`;
    this.#orders.set(key, { id, key, user, product, quantity, live: true });
    return { code: 'ok', orderId: id };
  }

  cancel(step: Step): { readonly code: string } {
    const order = this.#orders.get(keyOf(runId, step.intent, step.keyVariant));
    if (!order?.live) return { code: 'not-found' };
    order.live = false;
    this.#remaining[order.product] = (this.#remaining[order.product] ?? 0) + order.quantity;
    return { code: 'ok' };
  }

  /** What the store holds now, written into the builder. */
  snapshot(run: HistoryBuilder): void {
    for (const order of this.#orders.values()) {
      run.row({
        id: order.id,
        key: order.key,
        userId: userIdOf(order.user),
        productId: `p${order.product}`,
        quantity: order.quantity,
        status: order.live ? 'confirmed' : 'cancelled',
      });
    }
    this.#remaining.forEach((units, product) => run.remaining(product, units));
  }
}

/** Plays the sale and hands over the evidence that the view leaves. */
export function play(sale: Sale): { readonly evidence: Evidence; readonly server: SerialServer } {
  const { view, steps, limitPerUser } = sale;
  const server = new SerialServer(sale);
  const run = new HistoryBuilder(...sale.stock.map((stock) => ({ stock, limitPerUser })));
  const late: Step[] = [];
  const snapshotStep = Math.floor(view.snapshotAt * steps.length);
  steps.forEach((step, index) => {
    if (index === snapshotStep && view.snapshot === 'unsettled') server.snapshot(run);
    if (step.kind === 'foreign') server.order(step);
    else if (step.fate === 'late') late.push(step);
    playStep(run, server, step, index * 10);
  });
  for (const step of late) apply(server, step);
  if (view.snapshot === 'settled') server.snapshot(run);
  run.attempts.sort((a, b) => a.doneNs - b.doneNs);
  forgetLast(run, view.unrecorded);
  const drainedNs = Math.max(0, ...run.attempts.map(({ doneNs }) => doneNs));
  for (const intent of view.lookedUp) {
    const order = server.get(keyOf(runId, intent, 0));
    const more = { user: userOf(intent), product: productOf(intent), sentNs: drainedNs + 1 };
    run.lookedUp(intent, order !== undefined, { ...more, orderId: order?.id });
  }
  return {
    server,
    evidence: run.evidence({
      withoutTruth: view.snapshot === 'absent',
      quiesced: view.snapshot === 'settled',
      interrupted: view.unrecorded > 0,
      exclusive: !steps.some(({ kind }) => kind === 'foreign'),
    }),
  };
}

/** Cancellations are kept: what a withdrawn order was, no audit could tell without them. */
function forgetLast(run: HistoryBuilder, count: number): void {
  for (let forgotten = 0; forgotten < count; forgotten += 1) {
    const index = run.attempts.findLastIndex(({ operation }) => operation === 'order');
    if (index >= 0) run.attempts.splice(index, 1);
  }
}

function apply(server: SerialServer, step: Step): { code: string; orderId?: string } {
  return step.kind === 'cancel' ? server.cancel(step) : server.order(step);
}

function playStep(run: HistoryBuilder, server: SerialServer, step: Step, atNs: number): void {
  if (step.kind === 'foreign') return;
  const { intent, keyVariant, slackNs } = step;
  const base = {
    intent,
    keyVariant,
    operation: step.kind,
    user: userOf(intent),
    product: productOf(intent),
    quantity: quantityOf(intent),
    sentNs: atNs - slackNs,
    doneNs: atNs + slackNs,
  } as const;
  if (step.fate === 'not-sent') {
    run.attempt({ ...base, outcome: 'fail', code: 'connect-failed', sentNs: Number.NaN });
    return;
  }
  const effect = step.fate === 'answered' || step.fate === 'answer-lost';
  const answer = effect ? apply(server, step) : undefined;
  if (step.fate !== 'answered' || answer === undefined) {
    run.timedOut(intent, base);
    return;
  }
  const outcome = answer.code === 'ok' ? 'ok' : 'fail';
  run.attempt({ ...base, outcome, code: answer.code, orderId: answer.orderId });
}
