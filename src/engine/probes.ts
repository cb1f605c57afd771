import { keyOf, probeAttempt, probeKeyVariants } from '../history/attempt.ts';
import type { DueKind } from './agenda.ts';
import { type Device, newRequest, type RequestEnd, type RequestSubject } from './shopper.ts';
import type { IntentTimes } from './stimuli-plan.ts';
import {
  identityOf,
  journalOrder,
  orderBytes,
  productIdOf,
  quantityOf,
  subjectOf,
  type UncertainOrder,
  type WorkerContext,
} from './worker-context.ts';

/** A key that nobody orders under: whether the look-up is let in is all that is asked. */
const evictedKeyVariant = 1002;

/**
 * Plays the requests that deliberately test a rule. None is ever retried, and each is recorded with
 * the attempt number {@link probeAttempt}.
 */
export class Probes {
  readonly #context: WorkerContext;
  readonly #keyReuse: ReadonlySet<number>;
  readonly #uncertain: UncertainOrder[] = [];

  constructor(context: WorkerContext) {
    this.#context = context;
    this.#keyReuse = new Set(
      context.plan.probes.keyReuse.filter((intent) => context.deviceOfIntent.has(intent)),
    );
  }

  /** Orders of probes that nobody knows the end of. */
  uncertain(): readonly UncertainOrder[] {
    return this.#uncertain;
  }

  /** @param closesNs the closing on the run's clock; undefined when the sale never closes */
  begin(zeroNs: number, closesNs: number | undefined): void {
    const { beforeOpen, afterClose, evictedDevice } = this.#context.plan.probes;
    this.#plan(beforeOpen, zeroNs, () => 'before-open');
    if (closesNs !== undefined) this.#plan(afterClose, closesNs, () => 'after-close');
    // Two calls for each device, one after the other in the list.
    this.#plan(evictedDevice, zeroNs, (index) =>
      index % 2 === 0 ? 'evicted-page' : 'evicted-status',
    );
  }

  #plan({ intent, ns }: IntentTimes, fromNs: number, kindOf: (index: number) => DueKind): void {
    const { agenda, work, deviceOfIntent } = this.#context;
    intent.forEach((who, index) => {
      if (deviceOfIntent.get(who)?.token === undefined) return;
      work.begin();
      agenda.at(fromNs + (ns[index] ?? 0), kindOf(index), who);
    });
  }

  beforeOpen(device: Device, dueNs: number): void {
    this.#order(device, dueNs, probeKeyVariants.beforeOpen);
  }

  afterClose(device: Device, dueNs: number): void {
    this.#order(device, dueNs, probeKeyVariants.afterClose);
  }

  #order(device: Device, dueNs: number, keyVariant: number): void {
    const quantity = quantityOf(this.#context, device.intent);
    const bytes = orderBytes(this.#context, device, { keyVariant, quantity });
    const subject = subjectOf(this.#context, device, 'order', {
      attempt: probeAttempt,
      keyVariant,
    });
    this.#send(device, dueNs, subject, bytes, (end) => {
      if (end.outcome === 'ok') journalOrder(this.#context, device, keyVariant, end);
      else if (end.outcome === 'info') this.#uncertain.push({ intent: device.intent, keyVariant });
    });
  }

  /**
   * Sends the key of an order that was just acknowledged once more, with another quantity.
   *
   * @param keyVariant which of the intent's keys that is
   */
  reuseKey(device: Device, dueNs: number, keyVariant: number): void {
    const { halted, work } = this.#context;
    if (!this.#keyReuse.has(device.intent) || halted.aborted) return;
    const quantity = quantityOf(this.#context, device.intent) + 1;
    const bytes = orderBytes(this.#context, device, { keyVariant, quantity });
    const subject = subjectOf(this.#context, device, 'order', {
      attempt: probeAttempt,
      keyVariant,
      quantity,
    });
    work.begin();
    this.#send(device, dueNs, subject, bytes);
  }

  /** Loads the page, whether or not the session was ended. */
  loadPage(device: Device, dueNs: number): void {
    const productId = productIdOf(this.#context, device.intent);
    const bytes = this.#context.protocol.request('page', { ...identityOf(device), productId });
    const subject = subjectOf(this.#context, device, 'page', { attempt: probeAttempt, intent: -1 });
    this.#send(device, dueNs, subject, bytes);
  }

  /** Looks up an order that there is none of, whether or not the session was ended. */
  askStatus(device: Device, dueNs: number): void {
    const key = keyOf(this.#context.job.runId, device.intent, evictedKeyVariant);
    const bytes = this.#context.protocol.request('status', { ...identityOf(device), key });
    const subject = subjectOf(this.#context, device, 'status', {
      attempt: probeAttempt,
      intent: -1,
      keyVariant: evictedKeyVariant,
    });
    this.#send(device, dueNs, subject, bytes);
  }

  #send(
    device: Device,
    dueNs: number,
    subject: RequestSubject,
    bytes: Buffer,
    ended: (end: RequestEnd) => void = () => undefined,
  ): void {
    const { requester, work } = this.#context;
    requester.submit(
      device,
      newRequest(subject, dueNs, bytes, (_, end) => {
        ended(end);
        work.end();
      }),
    );
  }
}
