import { nsPerMs } from '../../../core/clock.ts';
import { probeAttempt } from '../../../history/attempt.ts';
import {
  type AttemptChunk,
  operationIndexOfKind,
  outcomeIndexOfKind,
} from '../../../history/chunk.ts';
import type { WaitingRoomContract } from '../../../history/contract.ts';
import type { AttemptStore } from '../../../history/store.ts';
import {
  operations,
  outcomeClasses,
  pendingCode,
  waitingCode,
} from '../../../history/vocabulary.ts';

/** One device before and behind a waiting room, from its first request to be let in. Times are ns. */
export interface Stay {
  readonly user: number;
  readonly cameSentNs: number;
  readonly cameDoneNs: number;
  /** End of the last request that did not let it in; NaN when the first one did. */
  waitedDoneNs: number;
  /** The request that let it in; NaN when none did. */
  inSentNs: number;
  inDoneNs: number;
  /** Until when it was inside for certain: from {@link inDoneNs} on. */
  insideUntilNs: number;
  /** The answer to the last order; NaN when there was none. */
  answeredNs: number;
  /** What decided the purchase was asked for, or the room said that the visit was over. */
  isOver: boolean;
}

const enterOperation = operations.indexOf('enter');
const orderOperation = operations.indexOf('order');
const okOutcome = outcomeClasses.indexOf('ok');
/** Refusals that decide a purchase: the visitor is done. */
const finalRefusals: ReadonlySet<string> = new Set(['sold-out', 'limit-per-user']);

/**
 * Follows every device through the waiting room, by the answers that it got. A visitor is certainly inside
 * from the answer that let them in until they sent the order that decided the purchase, and otherwise until a
 * session's length after they sent the last request.
 */
export function collectStays(
  attempts: AttemptStore,
  { sessionDurationMs }: Pick<WaitingRoomContract, 'sessionDurationMs'>,
): readonly Stay[] {
  const follower = new Follower(sessionDurationMs * nsPerMs);
  for (const chunk of attempts.chunks()) follower.addChunk(chunk);
  return follower.stays;
}

class Follower {
  readonly stays: Stay[] = [];
  readonly #sessionNs: number;
  readonly #byDevice = new Map<number, Stay>();

  constructor(sessionNs: number) {
    this.#sessionNs = sessionNs;
  }

  addChunk(chunk: AttemptChunk): void {
    const { length, kind, attempt, sentNs, user, device } = chunk;
    for (let row = 0; row < length; row += 1) {
      const operation = operationIndexOfKind(kind[row] ?? 0);
      if (operation !== enterOperation && operation !== orderOperation) continue;
      if (attempt[row] === probeAttempt || Number.isNaN(sentNs[row])) continue;
      const who = (user[row] ?? 0) * 256 + (device[row] ?? 0);
      const isOk = outcomeIndexOfKind(kind[row] ?? 0) === okOutcome;
      if (operation === enterOperation) this.#enter(who, chunk, row, isOk);
      else this.#order(who, chunk, row, isOk);
    }
  }

  #enter(who: number, { user, sentNs, doneNs }: AttemptChunk, row: number, isOk: boolean): void {
    const sentAtNs = sentNs[row] ?? 0;
    const doneAtNs = doneNs[row] ?? 0;
    const known = this.#byDevice.get(who);
    const stay = known !== undefined && this.#goesOn(known, sentAtNs) ? known : undefined;
    const current = stay ?? this.#come(who, user[row] ?? 0, sentAtNs, doneAtNs);
    if (!isOk) {
      current.waitedDoneNs = doneAtNs;
      return;
    }
    if (Number.isNaN(current.inDoneNs)) {
      current.inSentNs = sentAtNs;
      current.inDoneNs = doneAtNs;
    }
    current.insideUntilNs = sentAtNs + this.#sessionNs;
  }

  /** Still before the room, or inside for certain. */
  #goesOn({ inDoneNs, isOver, insideUntilNs }: Stay, atNs: number): boolean {
    return Number.isNaN(inDoneNs) || (!isOver && atNs < insideUntilNs);
  }

  #come(who: number, user: number, cameSentNs: number, cameDoneNs: number): Stay {
    const stay: Stay = {
      user,
      cameSentNs,
      cameDoneNs,
      waitedDoneNs: Number.NaN,
      inSentNs: Number.NaN,
      inDoneNs: Number.NaN,
      insideUntilNs: Number.NaN,
      answeredNs: Number.NaN,
      isOver: false,
    };
    this.#byDevice.set(who, stay);
    this.stays.push(stay);
    return stay;
  }

  #order(who: number, chunk: AttemptChunk, row: number, isOk: boolean): void {
    const stay = this.#byDevice.get(who);
    if (stay === undefined || stay.isOver || Number.isNaN(stay.inDoneNs)) return;
    const sentAtNs = chunk.sentNs[row] ?? 0;
    const code = chunk.codes[chunk.code[row] ?? 0] ?? '';
    if (code === waitingCode) {
      stay.isOver = true;
      return;
    }
    stay.isOver = isOk || code === pendingCode || finalRefusals.has(code);
    stay.insideUntilNs = stay.isOver ? sentAtNs : sentAtNs + this.#sessionNs;
    stay.answeredNs = chunk.doneNs[row] ?? Number.NaN;
  }
}
