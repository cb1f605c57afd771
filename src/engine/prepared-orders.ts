import { nsPerS } from '../core/clock.ts';
import type { Shopper } from './shopper.ts';
import { orderBytes, quantityOf, type WorkerContext } from './worker-context.ts';

/** First requests of so long after the opening are built beforehand; of the others there is time when they are due. */
const preparedForNs = nsPerS;

/**
 * What devices will send at the opening, built before it and not at it. Only that: a million requests
 * that wait for their time cost more memory, and more of the collector's time, than to build each when it is due.
 */
export class PreparedOrders {
  readonly #context: WorkerContext;
  /** And for which session. */
  readonly #prepared = new Map<number, { readonly token: string; readonly bytes: Buffer }>();

  constructor(context: WorkerContext) {
    this.#context = context;
  }

  /** @param arrivalNs when the first click is planned, from t = 0 */
  prepare(shopper: Shopper, token: string, arrivalNs: number): void {
    const { openingNs } = this.#context.job;
    if (arrivalNs < openingNs || arrivalNs >= openingNs + preparedForNs) return;
    this.#prepared.set(shopper.intent, { token, bytes: this.#build(shopper, 0) });
  }

  /** The bytes of an order under one of the intent's keys. */
  bytesOf(shopper: Shopper, keyVariant: number): Buffer {
    const prepared = keyVariant === 0 ? this.#prepared.get(shopper.intent) : undefined;
    // Cookies may have come since it was built.
    return prepared !== undefined && prepared.token === shopper.device.token
      ? prepared.bytes
      : this.#build(shopper, keyVariant);
  }

  /** The intent has come to its end. */
  forget(intent: number): void {
    this.#prepared.delete(intent);
  }

  #build(shopper: Shopper, keyVariant: number): Buffer {
    const quantity = quantityOf(this.#context, shopper.intent);
    return orderBytes(this.#context, shopper, { keyVariant, quantity });
  }
}
