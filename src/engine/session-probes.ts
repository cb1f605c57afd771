import { nsPerMs } from '../core/clock.ts';
import { probeAttempt } from '../history/attempt.ts';
import type { Operation } from '../history/vocabulary.ts';
import { probeTimes } from '../scenarios/probe-times.ts';
import type { DueKind } from './agenda.ts';
import type { Plan } from './plan.ts';
import { sendProbe } from './probes.ts';
import type { RequestEnd, Shopper } from './shopper.ts';
import type { IntentTimes } from './stimuli-plan.ts';
import { identityOf, subjectOf, type WorkerContext } from './worker-context.ts';

/** What a device that was logged out goes on to try, in the order of `probeTimes.afterLogoutMs`. */
const triedAfterLogout: readonly DueKind[] = [
  'evicted-page',
  'evicted-status',
  'evicted-page',
  'logout-again',
];

/**
 * Ends sessions from the device's side, and goes on with their tokens as if nothing had happened. Requests
 * of a device go out one after the other, so what comes after a logout was sent after its answer.
 */
export class SessionProbes {
  readonly #context: WorkerContext;

  constructor(context: WorkerContext) {
    this.#context = context;
  }

  begin(zeroNs: number): void {
    const { logout, logoutEverywhere } = this.#context.plan.probes;
    this.#plan(logout, zeroNs, 'logout');
    this.#plan(logoutEverywhere, zeroNs, 'logout-everywhere');
  }

  #plan({ intent, ns }: IntentTimes, zeroNs: number, kind: DueKind): void {
    intent.forEach((who, index) => {
      this.#at(zeroNs + (ns[index] ?? 0), kind, who);
    });
  }

  #at(dueNs: number, kind: DueKind, intent: number): void {
    const { agenda, work, deviceOfIntent } = this.#context;
    if (deviceOfIntent.get(intent)?.token === undefined) return;
    work.begin();
    agenda.at(dueNs, kind, intent);
  }

  logOut(shopper: Shopper, dueNs: number): void {
    this.#leave(shopper, dueNs, 'logout', (doneNs) => this.#goOn(shopper.intent, doneNs));
  }

  /** All devices of the person go on: those that never heard of it too. */
  logOutEverywhere(shopper: Shopper, dueNs: number): void {
    this.#leave(shopper, dueNs, 'logout-everywhere', (doneNs) => {
      for (const intent of devicesOfSame(this.#context.plan, shopper.intent)) {
        this.#goOn(intent, doneNs);
      }
    });
  }

  /** Once more, which must do no harm. */
  logOutAgain(shopper: Shopper, dueNs: number): void {
    this.#leave(shopper, dueNs, 'logout');
  }

  #leave(
    shopper: Shopper,
    dueNs: number,
    operation: Operation & ('logout' | 'logout-everywhere'),
    left: (doneNs: number) => void = () => undefined,
  ): void {
    const { protocol } = this.#context;
    const bytes = protocol.request(operation, identityOf(shopper.device));
    const subject = subjectOf(this.#context, shopper, operation, {
      attempt: probeAttempt,
      intent: -1,
      product: -1,
      quantity: 0,
    });
    sendProbe(this.#context, shopper, { dueNs, subject, bytes }, ({ doneNs }: RequestEnd) =>
      left(doneNs),
    );
  }

  #goOn(intent: number, fromNs: number): void {
    if (this.#context.halted.aborted) return;
    triedAfterLogout.forEach((kind, index) => {
      this.#at(fromNs + (probeTimes.afterLogoutMs[index] ?? 0) * nsPerMs, kind, intent);
    });
  }
}

/** The first intent of each device of the person whose intent this is. */
function devicesOfSame({ user, purchase }: Plan, intent: number): number[] {
  const who = user[intent];
  let first = intent;
  while (first > 0 && user[first - 1] === who) first -= 1;
  const found: number[] = [];
  for (let at = first; user[at] === who && at < user.length; at += 1) {
    if (purchase[at] === 0) found.push(at);
  }
  return found;
}
