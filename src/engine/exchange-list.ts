import type { Exchange } from './exchange.ts';

/**
 * Requests under way in the order in which they began, as a doubly linked list through the requests
 * themselves.
 *
 * A `Set` would do the same. But V8 makes it a new table after every few of its additions and removals,
 * and each old table points to the next and to what it held: once one is promoted to the old
 * generation, every request that was under way when a table was full outlives its answer until the next
 * major collection, which copied 2 KB for each request.
 */
export class ExchangeList {
  #first: Exchange | undefined;
  #last: Exchange | undefined;

  /** Appends a request that is in no list. */
  add(exchange: Exchange): void {
    const last = this.#last;
    exchange.previous = last;
    if (last === undefined) this.#first = exchange;
    else last.next = exchange;
    this.#last = exchange;
  }

  /** Takes a request out; one that is not in the list stays as it is. */
  delete(exchange: Exchange): void {
    const { previous, next } = exchange;
    if (previous !== undefined) previous.next = next;
    else if (this.#first === exchange) this.#first = next;
    else return;
    if (next === undefined) this.#last = previous;
    else next.previous = previous;
    exchange.previous = undefined;
    exchange.next = undefined;
  }

  /** The requests, oldest first. The one that was handed over last may be deleted meanwhile. */
  *[Symbol.iterator](): Generator<Exchange, void, undefined> {
    let exchange = this.#first;
    while (exchange !== undefined) {
      const { next } = exchange;
      yield exchange;
      exchange = next;
    }
  }
}
