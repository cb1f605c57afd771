import { keyOf, probeAttempt, probeKeyVariants } from '../history/attempt.ts';
import type { DueKind } from './agenda.ts';
import { newRequest, type RequestEnd, type RequestSubject, type Shopper } from './shopper.ts';
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

  beforeOpen(shopper: Shopper, dueNs: number): void {
    this.#order(shopper, dueNs, probeKeyVariants.beforeOpen);
  }

  afterClose(shopper: Shopper, dueNs: number): void {
    this.#order(shopper, dueNs, probeKeyVariants.afterClose);
  }

  #order(shopper: Shopper, dueNs: number, keyVariant: number): void {
    const quantity = quantityOf(this.#context, shopper.intent);
    const bytes = orderBytes(this.#context, shopper, { keyVariant, quantity });
    const subject = subjectOf(this.#context, shopper, 'order', {
      attempt: probeAttempt,
      keyVariant,
    });
    sendProbe(this.#context, shopper, { dueNs, subject, bytes }, (end) => {
      if (end.outcome === 'ok') journalOrder(this.#context, shopper, keyVariant, end);
      else if (end.outcome === 'info') this.#uncertain.push({ intent: shopper.intent, keyVariant });
    });
  }

  /**
   * Sends the key of an order that was just acknowledged once more, with another quantity.
   *
   * @param keyVariant which of the intent's keys that is
   */
  reuseKey(shopper: Shopper, dueNs: number, keyVariant: number): void {
    const { halted, work } = this.#context;
    if (!this.#keyReuse.has(shopper.intent) || halted.aborted) return;
    const quantity = quantityOf(this.#context, shopper.intent) + 1;
    const bytes = orderBytes(this.#context, shopper, { keyVariant, quantity });
    const subject = subjectOf(this.#context, shopper, 'order', {
      attempt: probeAttempt,
      keyVariant,
      quantity,
    });
    work.begin();
    sendProbe(this.#context, shopper, { dueNs, subject, bytes });
  }

  /** Loads the page, whether or not the session was ended. */
  loadPage(shopper: Shopper, dueNs: number): void {
    const productId = productIdOf(this.#context, shopper.intent);
    const bytes = this.#context.protocol.request('page', {
      ...identityOf(shopper.device),
      productId,
    });
    const subject = subjectOf(this.#context, shopper, 'page', {
      attempt: probeAttempt,
      intent: -1,
    });
    sendProbe(this.#context, shopper, { dueNs, subject, bytes });
  }

  /** Looks up an order that there is none of, whether or not the session was ended. */
  askStatus(shopper: Shopper, dueNs: number): void {
    const key = keyOf(this.#context.job.runId, shopper.intent, evictedKeyVariant);
    const bytes = this.#context.protocol.request('status', { ...identityOf(shopper.device), key });
    const subject = subjectOf(this.#context, shopper, 'status', {
      attempt: probeAttempt,
      intent: -1,
      keyVariant: evictedKeyVariant,
    });
    sendProbe(this.#context, shopper, { dueNs, subject, bytes });
  }
}

/** A request of a probe, ready to be sent. */
interface ProbeRequest {
  readonly dueNs: number;
  readonly subject: RequestSubject;
  readonly bytes: Buffer;
}

/** Sends a probe, whose work was begun and is ended with its answer. */
export function sendProbe(
  { requester, work }: Pick<WorkerContext, 'requester' | 'work'>,
  { device }: Shopper,
  { dueNs, subject, bytes }: ProbeRequest,
  ended: (end: RequestEnd) => void = () => undefined,
): void {
  requester.submit(
    device,
    newRequest(subject, dueNs, bytes, (_, end) => {
      ended(end);
      work.end();
    }),
  );
}
