import { nsPerMs } from '../core/clock.ts';
import type { IntentState } from './intent-state.ts';
import { newRequest, type RequestEnd, type Shopper } from './shopper.ts';
import { identityOf, subjectOf, type WorkerContext } from './worker-context.ts';

/** Answers that asking again does not change. */
const finalRefusals: ReadonlySet<string> = new Set(['unauthorized', 'not-found', 'bad-request']);

/** What becomes of people who stand before a waiting room. */
interface EntranceHooks {
  /** When the person of an intent goes away if not let in before, on the run's clock. */
  readonly leavesNs: (state: IntentState) => number;
  /** May order from that instant on. */
  readonly admitted: (shopper: Shopper, atNs: number) => void;
  /** Has gone away. */
  readonly left: (shopper: Shopper, end: RequestEnd) => void;
}

/**
 * The way through the waiting room: whoever wants to order asks to be let in first, and again as often as
 * the room says, until let in, or out of patience, or the workload ends.
 */
export class Entrance {
  readonly #context: WorkerContext;
  readonly #refreshEveryMs: number;
  readonly #hooks: EntranceHooks;

  /** @param refreshEveryMs how often people look again where the room does not say */
  constructor(context: WorkerContext, refreshEveryMs: number, hooks: EntranceHooks) {
    this.#context = context;
    this.#refreshEveryMs = refreshEveryMs;
    this.#hooks = hooks;
  }

  /** Asks for the first time, or again. */
  ask(shopper: Shopper, state: IntentState, dueNs: number): void {
    const context = this.#context;
    const { device } = shopper;
    state.entries += 1;
    const about = { attempt: state.entries, product: -1, quantity: 0 };
    const subject = subjectOf(context, shopper, 'enter', about);
    const bytes = context.protocol.request('enter', identityOf(device));
    context.requester.submit(
      device,
      newRequest(subject, dueNs, bytes, (_, end) => this.#answered(shopper, state, end)),
    );
  }

  #answered(shopper: Shopper, state: IntentState, end: RequestEnd): void {
    if (end.outcome === 'ok') this.#hooks.admitted(shopper, end.doneNs);
    else if (finalRefusals.has(end.code)) this.#hooks.left(shopper, end);
    else this.askLater(shopper, state, end);
  }

  /** Asks once more when the answer says so, unless the person has gone away by then. */
  askLater(shopper: Shopper, state: IntentState, end: RequestEnd): void {
    const { halted, agenda } = this.#context;
    const nextNs = end.doneNs + (end.retryAfterMs ?? this.#refreshEveryMs) * nsPerMs;
    if (halted.aborted || nextNs >= this.#hooks.leavesNs(state)) this.#hooks.left(shopper, end);
    else agenda.at(nextNs, 'enter', shopper.intent);
  }
}

/** The way to the orders of the worker's scenario; undefined where it leads through no waiting room. */
export function openEntrance(context: WorkerContext, hooks: EntranceHooks): Entrance | undefined {
  const { waitingRoom } = context.job.scenario.target.reference ?? {};
  return waitingRoom && new Entrance(context, waitingRoom.refreshEvery, hooks);
}
