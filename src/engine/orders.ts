import { nsPerMs } from '../core/clock.ts';
import { keyOf } from '../history/attempt.ts';
import { pendingCode, waitingCode } from '../history/vocabulary.ts';
import type { ClientPolicy } from '../policies/retries/client-policy.ts';
import { retryWait } from '../policies/retries/retry-policy.ts';
import { GroupPolicies, throttleRng } from './client-policies.ts';
import { type Entrance, openEntrance } from './entrance.ts';
import { beganIntent, type IntentState } from './intent-state.ts';
import { planReloads } from './page-reloads.ts';
import { cancelRetryRng, retryRng } from './plan.ts';
import { PreparedOrders } from './prepared-orders.ts';
import { newRequest, type RequestEnd, type Shopper } from './shopper.ts';
import {
  identityOf,
  journalOrder,
  OrderSet,
  productIdOf,
  statusBytes,
  subjectOf,
  type UncertainOrder,
  type WorkerContext,
} from './worker-context.ts';

const cancelTriesMax = 3;
/** Of one worker; enough to see a status that changes, and a second's work. */
const decidedMax = 1_000;

/**
 * Lets each intent run its course: the first click at the planned instant, retries by policy, polls
 * of an order that was only accepted (202), until an answer is final, patience ends, or the workload
 * does; then the cancel, if there is to be one.
 */
export class Orders {
  /** Answers to orders by code. */
  readonly codes: Record<string, number> = {};
  readonly #context: WorkerContext;
  readonly #policies: GroupPolicies;
  readonly #acknowledged: (shopper: Shopper, dueNs: number, keyVariant: number) => void;
  readonly #cancelDelayNs: ReadonlyMap<number, number>;
  /** Of a scenario with a waiting room. */
  readonly #entrance: Entrance | undefined;
  readonly #states = new Map<number, IntentState>();
  readonly #uncertain = new OrderSet();
  /** Accepted for later, and found decided since. */
  readonly #decided = new OrderSet();
  readonly #prepared: PreparedOrders;
  /** Intents that were planned and never clicked. */
  #waiting = 0;
  #dropped = 0;
  #zeroNs = 0;
  /** When the workload ends, on the run's clock. */
  #endsNs = 0;

  /** @param acknowledged is told of every order that was acknowledged, once */
  constructor(
    context: WorkerContext,
    acknowledged: (shopper: Shopper, dueNs: number, keyVariant: number) => void,
  ) {
    this.#context = context;
    this.#policies = new GroupPolicies(context.job.scenario);
    this.#prepared = new PreparedOrders(context);
    this.#acknowledged = acknowledged;
    this.#entrance = openEntrance(context, {
      leavesNs: (state) => this.#leavesNs(state),
      admitted: (shopper, atNs) => this.order(shopper, atNs),
      left: (shopper, end) => this.#end(shopper, end),
    });
    const { intent, ns } = context.plan.cancels;
    const own = Array.from(intent, (who, index) => [who, ns[index] ?? 0] as const);
    this.#cancelDelayNs = new Map(own.filter(([who]) => context.deviceOfIntent.has(who)));
  }

  /** Planned first attempts that were never sent. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Orders that nobody knows the end of. */
  uncertain(): readonly UncertainOrder[] {
    return this.#uncertain.toArray().map((order) => this.#named(order));
  }

  /** With the id that the server told for the order under the last key. */
  #named(order: UncertainOrder): UncertainOrder {
    const state = this.#states.get(order.intent);
    return state?.keyVariant === order.keyVariant ? { ...order, orderId: state.orderId } : order;
  }

  /**
   * Orders that a poll found decided: a final status must not change, so they are looked up once more.
   * At most {@link decidedMax}, the first by number.
   */
  decided(): readonly UncertainOrder[] {
    return this.#decided
      .toArray()
      .filter((order) => !this.#uncertain.has(order))
      .sort((a, b) => a.intent - b.intent)
      .slice(0, decidedMax)
      .map((order) => this.#named(order));
  }

  /** Plans every first click and every reload. */
  begin(zeroNs: number): void {
    const { plan, agenda, work, deviceOfIntent, job } = this.#context;
    this.#zeroNs = zeroNs;
    const endsNs = job.scenario.workload.endsAt * nsPerMs;
    this.#endsNs = zeroNs + endsNs;
    for (const [intent, device] of deviceOfIntent) {
      const arrivalNs = plan.arrivalNs[intent] ?? Number.POSITIVE_INFINITY;
      if (arrivalNs === Number.POSITIVE_INFINITY) continue;
      if (arrivalNs >= endsNs || device.token === undefined) {
        this.#dropped += 1;
        continue;
      }
      work.begin();
      this.#waiting += 1;
      this.#prepared.prepare({ device, intent }, device.token, arrivalNs);
      agenda.near(zeroNs + arrivalNs, this.#firstStep, intent);
    }
    planReloads(this.#context, zeroNs);
  }

  /** Begins nothing more. */
  halt(): void {
    this.#dropped += this.#waiting;
    this.#waiting = 0;
  }

  /** A broken client names each attempt anew, so that the server takes it for another purchase. */
  #keyVariantOf(attempt: number): number {
    const { idempotencyKey } = this.#context.job.scenario.client;
    return idempotencyKey === 'per-attempt' ? attempt - 1 : 0;
  }

  /** What an intent begins with. */
  get #firstStep(): 'order' | 'enter' {
    return this.#entrance === undefined ? 'order' : 'enter';
  }

  /** Asks the waiting room to be let in. */
  enter(shopper: Shopper, dueNs: number): void {
    this.#entrance?.ask(shopper, this.#begun(shopper.intent, dueNs), dueNs);
  }

  order(shopper: Shopper, dueNs: number): void {
    const { device, intent } = shopper;
    const { now, requester, job } = this.#context;
    const state = this.#begun(intent, dueNs);
    state.attempts += 1;
    const { attempts: attempt } = state;
    const keyVariant = this.#keyVariantOf(attempt);
    if (keyVariant !== state.keyVariant) state.lost = false;
    state.keyVariant = keyVariant;
    state.admittedNs = now();
    const subject = subjectOf(this.#context, shopper, 'order', { attempt, keyVariant });
    const heldBack = this.#policies
      .of(device)
      .admit(attempt, state.admittedNs / nsPerMs, throttleRng(job.seed, intent, attempt));
    if (heldBack !== undefined) {
      this.#failed(shopper, state, requester.holdBack(device, subject, dueNs, heldBack));
      return;
    }
    const bytes = this.#prepared.bytesOf(shopper, keyVariant);
    requester.submit(
      device,
      newRequest(subject, dueNs, bytes, (_, end) => this.#ordered(shopper, end)),
    );
  }

  /** Where the intent stands; it stands at its beginning when this is its first click. */
  #begun(intent: number, dueNs: number): IntentState {
    let state = this.#states.get(intent);
    if (state !== undefined) return state;
    state = beganIntent(this.#givesUpNs(intent, dueNs));
    this.#states.set(intent, state);
    this.#waiting -= 1;
    return state;
  }

  #givesUpNs(intent: number, dueNs: number): number {
    const { givesUpNs, followUps, purchase } = this.#context.plan;
    return purchase[intent] === 0
      ? this.#zeroNs + (givesUpNs[intent] ?? 0)
      : dueNs + (followUps.patienceNs[intent] ?? 0);
  }

  #leavesNs({ givesUpNs }: IntentState): number {
    return Math.min(givesUpNs, this.#endsNs);
  }

  #ordered(shopper: Shopper, end: RequestEnd): void {
    const { device, intent } = shopper;
    const state = this.#states.get(intent);
    if (state === undefined) return;
    this.#count(end.code);
    const { failedWith: retriedAfter, admittedNs, keyVariant } = state;
    const durationMs = (end.doneNs - admittedNs) / nsPerMs;
    const attempt = { code: end.code, durationMs, retriedAfter };
    this.#policies.of(device).ended(attempt, end.doneNs / nsPerMs);
    const order = { intent, keyVariant };
    if (end.outcome === 'ok') {
      this.#acknowledge(shopper, state, end);
    } else if (end.outcome === 'info' && end.code === pendingCode) {
      this.#uncertain.add(order);
      state.orderId = end.orderId ?? state.orderId;
      state.pollUntilNs = end.doneNs + this.#context.job.scenario.client.poll.timeout * nsPerMs;
      this.#pollLater(shopper, state, end);
    } else if (end.code === waitingCode && this.#entrance !== undefined) {
      // The visit was over: back to the room.
      this.#entrance.askLater(shopper, state, end);
    } else {
      if (end.outcome === 'info') {
        state.lost = true;
        this.#uncertain.add(order);
      }
      this.#failed(shopper, state, end);
    }
  }

  /** Tries again by policy, or gives the intent up. */
  #failed(shopper: Shopper, state: IntentState, end: RequestEnd): void {
    const { device, intent } = shopper;
    const { job, halted, agenda, requester } = this.#context;
    const { attempts } = state;
    const { code, doneNs, retryAfterMs } = end;
    const failed = { attempts, code, retryAfterMs, previousWaitMs: state.waitMs };
    const untilMs = this.#leavesNs(state) / nsPerMs;
    const rng = retryRng(job.seed, intent, attempts);
    const next: ReturnType<ClientPolicy['afterFailure']> = halted.aborted
      ? { kind: 'give-up' }
      : this.#policies.of(device).afterFailure(failed, { nowMs: doneNs / nsPerMs, untilMs }, rng);
    state.failedWith = code;
    if (next.kind === 'retry') {
      state.waitMs = next.waitMs;
      agenda.at(doneNs + next.delayMs * nsPerMs, 'order', intent);
      return;
    }
    if (next.kind === 'held-back') {
      const attempt = attempts + 1;
      const keyVariant = this.#keyVariantOf(attempt);
      const subject = subjectOf(this.#context, shopper, 'order', { attempt, keyVariant });
      requester.holdBack(device, subject, doneNs, next.code);
    }
    this.#end(shopper, end);
  }

  /**
   * The intent has come to its end. In closed and partly-open models the device wants something else
   * then, a think time later, unless it was logged out or the workload ends before.
   */
  #end({ intent }: Shopper, { code, doneNs }: Pick<RequestEnd, 'code' | 'doneNs'>): void {
    const { halted, agenda, plan, work } = this.#context;
    this.#prepared.forget(intent);
    if (!this.#isAskedFor(intent)) this.#states.delete(intent);
    const next = intent + 1;
    const nextNs = doneNs + (plan.followUps.thinkNs[next] ?? 0);
    const comesBack = (plan.purchase[next] ?? 0) > 0 && code !== 'unauthorized';
    if (comesBack && !halted.aborted && nextNs < this.#endsNs) {
      work.begin();
      this.#waiting += 1;
      agenda.at(nextNs, this.#firstStep, next);
    }
    work.end();
  }

  /** Whether a cancel or a look-up will need what the order came to. Of the millions of others nothing is kept. */
  #isAskedFor(intent: number): boolean {
    const order = { intent, keyVariant: this.#states.get(intent)?.keyVariant ?? 0 };
    const isCancelled = this.#cancelDelayNs.has(intent);
    return isCancelled || this.#uncertain.has(order) || this.#decided.has(order);
  }

  /** Asks again after the interval, as long as the buyer waits for the outcome. */
  #pollLater(shopper: Shopper, state: IntentState, end: RequestEnd): void {
    const { job, halted, agenda } = this.#context;
    const waitMs = Math.max(job.scenario.client.poll.interval, end.retryAfterMs ?? 0);
    const nextNs = end.doneNs + waitMs * nsPerMs;
    if (halted.aborted || nextNs > state.pollUntilNs) this.#end(shopper, end);
    else agenda.at(nextNs, 'poll', shopper.intent);
  }

  poll(shopper: Shopper, dueNs: number): void {
    const state = this.#states.get(shopper.intent);
    if (state === undefined) return;
    const bytes = statusBytes(this.#context, shopper, state);
    if (bytes === undefined) {
      this.#end(shopper, { code: pendingCode, doneNs: dueNs });
      return;
    }
    state.polls += 1;
    const { keyVariant } = state;
    const subject = subjectOf(this.#context, shopper, 'status', {
      attempt: state.polls,
      keyVariant,
    });
    this.#context.requester.submit(
      shopper.device,
      newRequest(subject, dueNs, bytes, (_, end) => this.#polled(shopper, state, end)),
    );
  }

  #polled(shopper: Shopper, state: IntentState, end: RequestEnd): void {
    const isDecided = end.outcome !== 'info' && isSuccess(end.status);
    const order = { intent: shopper.intent, keyVariant: state.keyVariant };
    if (isDecided) this.#decided.add(order);
    if (end.outcome === 'ok') {
      this.#count(end.code);
      this.#acknowledge(shopper, state, end);
    } else if (end.outcome === 'fail' && isSuccess(end.status)) {
      // The look-up worked, and what it says is that the order was refused.
      this.#count(end.code);
      if (!state.lost) this.#uncertain.delete(order);
      this.#failed(shopper, state, end);
    } else if (end.code === 'unauthorized') {
      this.#end(shopper, end);
    } else {
      this.#pollLater(shopper, state, end);
    }
  }

  #acknowledge(shopper: Shopper, state: IntentState, end: RequestEnd): void {
    const { work } = this.#context;
    const { intent } = shopper;
    const { keyVariant } = state;
    journalOrder(this.#context, shopper, keyVariant, end);
    this.#uncertain.delete({ intent, keyVariant });
    this.#acknowledged(shopper, end.doneNs, keyVariant);
    state.orderId = end.orderId;
    const delayNs = this.#cancelDelayNs.get(intent);
    if (delayNs !== undefined && end.orderId !== undefined) {
      work.begin();
      this.#cancelAt(intent, end.doneNs + delayNs);
    }
    this.#end(shopper, end);
  }

  /** Nobody cancels when the run should be over. */
  #cancelAt(intent: number, dueNs: number): void {
    const { job, halted, agenda, work } = this.#context;
    const { workload, client } = job.scenario;
    const untilNs = this.#zeroNs + (workload.endsAt + client.timeout) * nsPerMs;
    if (halted.aborted || dueNs > untilNs) work.end();
    else agenda.at(dueNs, 'cancel', intent);
  }

  cancel(shopper: Shopper, dueNs: number): void {
    const state = this.#states.get(shopper.intent);
    if (state?.orderId === undefined) return;
    const { orderId } = state;
    state.cancels += 1;
    const { protocol, requester } = this.#context;
    const subject = subjectOf(this.#context, shopper, 'cancel', {
      attempt: state.cancels,
      orderId,
    });
    const { intent } = shopper;
    const key = keyOf(this.#context.job.runId, intent, state.keyVariant);
    const about = { orderId, key, productId: productIdOf(this.#context, intent) };
    const bytes = protocol.request('cancel', { ...identityOf(shopper.device), ...about });
    requester.submit(
      shopper.device,
      newRequest(subject, dueNs, bytes, (_, end) => this.#cancelled(shopper, state, end)),
    );
  }

  #cancelled({ intent }: Shopper, { cancels }: IntentState, end: RequestEnd): void {
    const { job, work } = this.#context;
    const { retry } = job.scenario.client;
    const { code, retryAfterMs } = end;
    const wait =
      end.outcome === 'ok'
        ? undefined
        : retryWait(
            { ...retry, maxAttempts: Math.min(retry.maxAttempts, cancelTriesMax) },
            { attempts: cancels, code, retryAfterMs, previousWaitMs: undefined },
            cancelRetryRng(job.seed, intent, cancels),
          );
    if (wait === undefined) work.end();
    else this.#cancelAt(intent, end.doneNs + wait.delayMs * nsPerMs);
  }

  #count(code: string): void {
    this.codes[code] = (this.codes[code] ?? 0) + 1;
  }
}

function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}
