import type { FailpointName, Failpoints } from '../../src/targets/reference/failpoints.ts';
import type {
  OrderRequest,
  PlaceResult,
  StoredOrder,
} from '../../src/targets/reference/orders/order-store.ts';

let orders = 0;

/** A new order of a person for a unit of `p`. */
export function orderBy(user: number, more: Partial<OrderRequest> = {}): OrderRequest {
  orders += 1;
  const base = { orderId: `o${orders}`, key: `k${orders}`, userId: `u${user}` };
  return { ...base, productId: 'p', quantity: 1, ...more };
}

/** One order each of so many people. */
export function buyers(count: number): readonly OrderRequest[] {
  return Array.from({ length: count }, (_, user) => orderBy(user));
}

/** A placed order, as a look-up would find it. */
export function committed(order: OrderRequest): StoredOrder {
  return { ...order, status: 'confirmed', remaining: undefined };
}

export function countOf(results: readonly PlaceResult[], kind: PlaceResult['kind']): number {
  return results.filter((result) => result.kind === kind).length;
}

/** A failpoint that holds everybody who comes to it, from {@link close} until {@link open}. */
export class Gate implements Failpoints {
  readonly #name: FailpointName;
  #waiting: (() => void)[] = [];
  #isClosed = false;
  /** Who has come to it since it was closed. */
  held = 0;

  constructor(name: FailpointName) {
    this.#name = name;
  }

  close(): void {
    this.#isClosed = true;
    this.held = 0;
  }

  /** Lets through who waits, and whoever comes later. */
  open(): void {
    this.#isClosed = false;
    for (const goOn of this.#waiting) goOn();
    this.#waiting = [];
  }

  /** Lets through whoever comes later; those who wait go on waiting. */
  letOthersBy(): void {
    this.#isClosed = false;
  }

  reach(name: FailpointName): Promise<void> {
    if (name !== this.#name || !this.#isClosed) return Promise.resolve();
    this.held += 1;
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}
