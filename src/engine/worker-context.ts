import type { NowNs } from '../core/clock.ts';
import { keyOf } from '../history/attempt.ts';
import type { JournalEntry } from '../history/journal.ts';
import type { Operation } from '../history/vocabulary.ts';
import type { Protocol, RequestContext } from '../targets/target.ts';
import type { Agenda } from './agenda.ts';
import type { OpenWork } from './open-work.ts';
import type { Plan } from './plan.ts';
import type { Requester } from './requester.ts';
import {
  type Device,
  newRequest,
  type RequestEnd,
  type RequestSubject,
  type Shopper,
} from './shopper.ts';
import type { WorkerJob } from './worker-protocol.ts';

/** What the parts of a worker share. */
export interface WorkerContext {
  readonly job: WorkerJob;
  readonly now: NowNs;
  readonly plan: Plan;
  readonly protocol: Pick<Protocol, 'request' | 'supports'>;
  readonly requester: Pick<Requester, 'submit' | 'holdBack'>;
  readonly agenda: Pick<Agenda, 'at' | 'near'>;
  readonly journal: { append(entry: JournalEntry): void };
  readonly work: OpenWork;
  /** The worker's own intents, all purchases of a device included. */
  readonly deviceOfIntent: ReadonlyMap<number, Device>;
  /** Aborted when nothing more is to be begun. */
  readonly halted: AbortSignal;
}

/** An order that nobody knows the end of: it is looked up by its key after the drain. */
export interface UncertainOrder {
  readonly intent: number;
  readonly keyVariant: number;
  /** As the server told when it accepted the order; left out when it did not. */
  readonly orderId?: string | undefined;
}

/** Orders, each once. In the order in which they came. */
export class OrderSet {
  readonly #numbers = new Set<number>();

  add(order: UncertainOrder): void {
    this.#numbers.add(numberOf(order));
  }

  delete(order: UncertainOrder): void {
    this.#numbers.delete(numberOf(order));
  }

  has(order: UncertainOrder): boolean {
    return this.#numbers.has(numberOf(order));
  }

  toArray(): UncertainOrder[] {
    return Array.from(this.#numbers, (number) => ({
      intent: Math.floor(number / keyVariants),
      keyVariant: number % keyVariants,
    }));
  }
}

/** More than there are key variants: the history keeps them in 16 bits. */
const keyVariants = 65_536;

function numberOf({ intent, keyVariant }: UncertainOrder): number {
  return intent * keyVariants + keyVariant;
}

/** Id of the product that an intent wants, on the wire. */
export function productIdOf(context: WorkerContext, intent: number): string {
  return context.job.scenario.sale.products[productIndexOf(context, intent)]?.id ?? '';
}

/** The same by its place among the products. */
export function productIndexOf({ plan }: WorkerContext, intent: number): number {
  return plan.product[intent] ?? 0;
}

/** Units that an intent wants. */
export function quantityOf({ plan }: WorkerContext, intent: number): number {
  return plan.quantity[intent] ?? 1;
}

/** Who asks, as every request of a device says. */
export function identityOf({
  userId,
  deviceId,
  token,
  forwardedFor,
}: Device): Pick<RequestContext, 'userId' | 'deviceId' | 'token' | 'forwardedFor'> {
  return { userId, deviceId, token, forwardedFor };
}

/** What an attempt on an intent's own order concerns; changes are laid over it. */
export function subjectOf(
  context: WorkerContext,
  { intent }: Pick<Shopper, 'intent'>,
  operation: Operation,
  changes: Partial<RequestSubject> & Pick<RequestSubject, 'attempt'>,
): RequestSubject {
  return {
    operation,
    intent,
    keyVariant: 0,
    product: context.plan.product[intent] ?? 0,
    quantity: quantityOf(context, intent),
    ...changes,
  };
}

/** The bytes of an order under one of the intent's keys. */
export function orderBytes(
  context: WorkerContext,
  { device, intent }: Shopper,
  { keyVariant, quantity }: Pick<RequestSubject, 'keyVariant' | 'quantity'>,
): Buffer {
  const { userId, deviceId, token, forwardedFor } = device;
  // Written out: V8 makes a hidden class of 700 bytes for each object that is spread into another.
  return context.protocol.request('order', {
    userId,
    deviceId,
    token,
    forwardedFor,
    productId: productIdOf(context, intent),
    quantity,
    key: keyOf(context.job.runId, intent, keyVariant),
  });
}

/**
 * The bytes of a question what became of the order under one of the intent's keys; undefined when the
 * server cannot be asked that.
 */
export function statusBytes(
  context: WorkerContext,
  { device, intent }: Shopper,
  { keyVariant, orderId }: Pick<UncertainOrder, 'keyVariant' | 'orderId'>,
): Buffer | undefined {
  const named = orderId === undefined ? {} : { orderId };
  if (context.protocol.supports?.('status', named) === false) return undefined;
  const key = keyOf(context.job.runId, intent, keyVariant);
  const productId = productIdOf(context, intent);
  return context.protocol.request('status', { ...identityOf(device), key, productId, ...named });
}

/** Sends a request as soon as the device is free; the promise is of its end. */
export function exchange(
  { requester }: { readonly requester: Pick<Requester, 'submit'> },
  device: Device,
  subject: RequestSubject,
  scheduledNs: number,
  bytes: Buffer,
): Promise<RequestEnd> {
  return new Promise((resolve) => {
    requester.submit(
      device,
      newRequest(subject, scheduledNs, bytes, (_, end) => resolve(end)),
    );
  });
}

/** Writes an acknowledged order down, so that it outlives a crash of this process. */
export function journalOrder(
  context: WorkerContext,
  { device, intent }: Shopper,
  keyVariant: number,
  end: RequestEnd,
): void {
  context.journal.append({
    key: keyOf(context.job.runId, intent, keyVariant),
    orderId: end.orderId ?? '',
    userId: device.userId,
    productId: productIdOf(context, intent),
    quantity: quantityOf(context, intent),
    ns: end.doneNs,
  });
}
