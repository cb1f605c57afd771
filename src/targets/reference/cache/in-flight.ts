import type { OrderRequest } from '../orders/order-store.ts';
import type { Take, TakenUnits } from './stock-counter.ts';

/** Units on their way between a count and the rows of the database. */
export interface InFlightUnits extends TakenUnits {
  /**
   * - `taken`: off the count; its order may not have a row yet.
   * - `returning`: its order may be withdrawn already, and its units are not back yet.
   */
  readonly kind: 'taken' | 'returning';
}

type Movement = Pick<OrderRequest, 'productId' | 'key' | 'userId' | 'quantity'>;

/** One order between count and rows, from before its question to the cache to after its row. */
interface Entry {
  readonly units: InFlightUnits;
  /** Whether the units are in flight, as far as the cache has answered. */
  isInFlight: boolean;
  /** Settles when the cache has answered, {@link isInFlight} set by then. */
  asking: Promise<unknown> | undefined;
}

/** How units leave a count, and how they come back when no order comes of them. */
export interface Taking {
  readonly take: () => Promise<Take>;
  readonly undo: () => Promise<unknown>;
}

/** Units in hand, while their order is written. */
export interface InHand {
  /** Units left, as the count told. */
  readonly remaining: number;
  /** Puts them back. */
  undo(): Promise<void>;
}

/**
 * What this server process has under way: who recovers a count needs it, because rows alone miss it. At
 * every instant units that were taken are in this register, in a committed row, or in both: they enter
 * before the cache is asked, and leave after the commit is known.
 */
export class InFlightOrders {
  readonly #entries = new Set<Entry>();

  /**
   * Takes an order's units, and has them in flight while `settle` makes a row of them or puts them back.
   * The answer to a take that took nothing comes back as it is.
   */
  async taking<T>(
    order: OrderRequest,
    { take, undo }: Taking,
    settle: (inHand: InHand) => Promise<T>,
  ): Promise<T | Exclude<Take, { kind: 'taken' }>> {
    const entry = this.#enter('taken', order);
    try {
      const answer = await ask(entry, take, ({ kind }) => kind === 'taken');
      if (answer.kind !== 'taken') return answer;
      return await settle({
        remaining: answer.remaining,
        undo: async () => {
          await ask(entry, undo, () => false);
        },
      });
    } finally {
      this.#entries.delete(entry);
    }
  }

  /**
   * Withdraws an order with `withdraw`, and puts its units back with `putBack` if that did it; undefined
   * when it was withdrawn before.
   */
  async returning<T>(
    order: Movement,
    withdraw: () => Promise<boolean>,
    putBack: () => Promise<T>,
  ): Promise<T | undefined> {
    const entry = this.#enter('returning', order);
    entry.isInFlight = true;
    try {
      return (await withdraw()) ? await ask(entry, putBack, () => false) : undefined;
    } finally {
      this.#entries.delete(entry);
    }
  }

  /**
   * What is in flight of a product. Questions to the cache that are under way are waited for: their
   * answers tell whether they moved anything. Those asked from now on are the caller's to exclude, by
   * seeing to it that there is no count to take from.
   */
  async report(productId: string): Promise<readonly InFlightUnits[]> {
    const asked = [...this.#entries].filter(({ units }) => units.productId === productId);
    await Promise.allSettled(asked.map(({ asking }) => asking ?? Promise.resolve()));
    return asked.filter(({ isInFlight }) => isInFlight).map(({ units }) => units);
  }

  #enter(kind: InFlightUnits['kind'], { productId, key, userId, quantity }: Movement): Entry {
    const units = { kind, productId, key, userId, delta: -quantity };
    const entry: Entry = { units, isInFlight: false, asking: undefined };
    this.#entries.add(entry);
    return entry;
  }
}

/** Asks the cache, and notes in the same step as the answer comes whether units are in flight by it. */
async function ask<T>(
  entry: Entry,
  question: () => Promise<T>,
  isInFlight: (answer: T) => boolean,
): Promise<T> {
  const asking = question().then((answer) => {
    entry.isInFlight = isInFlight(answer);
    return answer;
  });
  entry.asking = asking;
  try {
    return await asking;
  } finally {
    entry.asking = undefined;
  }
}
