import { defined } from '../core/assert.ts';
import type { NowNs } from '../core/clock.ts';
import { Scheduler } from './scheduler.ts';

/** What can come due for an intent. */
const dueKinds = [
  'order',
  'refresh',
  'poll',
  'cancel',
  'before-open',
  'after-close',
  'evicted-page',
  'evicted-status',
  'enter',
  'logout',
  'logout-everywhere',
  'logout-again',
] as const;
/** What a shopper is due to do. */
export type DueKind = (typeof dueKinds)[number];

/** What is planned for the intents of one worker: a {@link Scheduler} that knows what for. */
export class Agenda {
  readonly #scheduler: Scheduler;

  constructor(now: NowNs, handle: (kind: DueKind, intent: number, dueNs: number) => void) {
    this.#scheduler = new Scheduler(now, (payload, dueNs) => {
      const kind = defined(dueKinds[payload % dueKinds.length], 'kind of a planned event');
      handle(kind, Math.floor(payload / dueKinds.length), dueNs);
    });
  }

  at(dueNs: number, kind: DueKind, intent: number): void {
    this.#scheduler.at(dueNs, payloadOf(kind, intent));
  }

  /** Plans what may be up to a millisecond early in a crowd, though never before the opening when it is due after. */
  near(dueNs: number, kind: DueKind, intent: number): void {
    this.#scheduler.near(dueNs, payloadOf(kind, intent));
  }

  /** When the next of all is due; Infinity when nothing is. */
  get nextDueNs(): number {
    return this.#scheduler.nextDueNs;
  }

  /** @param opensNs the opening, before which nothing is sent that is due after it */
  start(opensNs: number): void {
    this.#scheduler.start(opensNs);
  }

  /** The loop is awake at `nowNs`: what is due by then need not wait for its own waking. */
  poke(nowNs: number): void {
    this.#scheduler.poke(nowNs);
  }

  /** Forgets everything. */
  stop(): void {
    this.#scheduler.stop();
  }
}

function payloadOf(kind: DueKind, intent: number): number {
  return intent * dueKinds.length + dueKinds.indexOf(kind);
}
