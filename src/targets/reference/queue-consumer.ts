import { sleep } from '../../core/clock.ts';
import type { OrderRequest, PlaceResult } from './orders/order-store.ts';
import type { Decision, OrderQueue } from './postgres/order-queue.ts';

/** Entries of other processes are looked for this often while there is nothing to do. */
const pollMs = 50;
/** Entries per turn: few enough that refusals, which count once the turn is over, are not kept waiting. */
const entriesPerTurn = 8;

/** Decides orders of the queue, in their order, until it is stopped. */
export class QueueConsumer {
  readonly #queue: OrderQueue;
  readonly #place: (order: OrderRequest) => Promise<PlaceResult>;
  /** Something came since the last look. */
  #rung = false;
  #nap: AbortController | undefined;
  #stopping = false;
  #running: Promise<void> | undefined;

  /** @param place makes the order or says why not; must do nothing twice for one key */
  constructor(queue: OrderQueue, place: (order: OrderRequest) => Promise<PlaceResult>) {
    this.#queue = queue;
    this.#place = place;
  }

  /** Begins to work. May be called twice. */
  start(): void {
    this.#running ??= this.#run();
  }

  /** Says that there is something to decide. */
  ring(): void {
    this.#rung = true;
    this.#nap?.abort();
  }

  /** Ends after the order that is being worked on. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.ring();
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#stopping) {
      this.#rung = false;
      // A database that fails undid the turn: its entries are still there, for the next one.
      const decided = await this.#queue
        .turn(entriesPerTurn, (order) => this.#decide(order))
        .catch(() => 0);
      if (decided === 0) await this.#rest();
    }
  }

  async #rest(): Promise<void> {
    if (this.#rung) return;
    this.#nap = new AbortController();
    await sleep(pollMs, this.#nap.signal);
    this.#nap = undefined;
  }

  async #decide(order: OrderRequest): Promise<Decision | undefined> {
    if (this.#stopping) return undefined;
    // Nobody knows what a placing that threw has done: it is placed again, which its key makes safe.
    const result = await this.#place(order).catch(() => undefined);
    return result === undefined ? undefined : decisionOf(result);
  }
}

function decisionOf(result: PlaceResult): Decision | undefined {
  switch (result.kind) {
    case 'placed':
    case 'replayed':
      return { status: 'done' };
    case 'unknown-product':
      return { status: 'rejected', code: 'not-found' };
    case 'sold-out':
    case 'limit-per-user':
    case 'key-reuse':
      return { status: 'rejected', code: result.kind };
    case 'in-progress':
      return undefined;
  }
}
