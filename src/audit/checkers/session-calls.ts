import {
  type AttemptChunk,
  operationIndexOfKind,
  outcomeIndexOfKind,
} from '../../history/chunk.ts';
import type { AttemptStore } from '../../history/store.ts';
import { notSentCode, operations, outcomeClasses, pendingCode } from '../../history/vocabulary.ts';
import type { Evidence } from '../evidence.ts';
import { Counts } from './counts.ts';
import { type GroupedRows, RequestRows } from './request-rows.ts';

/**
 * What a request tells of the session of its device.
 * - `activity`: only that the device was in use.
 * - `login`, `logout`: ok; `loginOpen`, `logoutOpen`: nobody knows.
 * - `denied`: a login refused for the number of devices.
 * - `honoured`: an answer that only a live session gets.
 * - `turnedAway`: told that there is no live session.
 */
export const calls = {
  activity: 0,
  login: 1,
  loginOpen: 2,
  denied: 3,
  logout: 4,
  logoutOpen: 5,
  honoured: 6,
  turnedAway: 7,
} as const;
type Call = (typeof calls)[keyof typeof calls];

/** Requests by user; those of one user by the time they were sent. */
export class SessionCalls {
  /** Where the requests of each user begin, and where those of the last one end. */
  readonly starts: Uint32Array;
  readonly #rows: GroupedRows;

  /** @param rows tagged with device and call, see {@link tagOf} */
  constructor(rows: GroupedRows) {
    this.starts = rows.starts;
    this.#rows = rows;
  }

  sentNsAt(at: number): number {
    return this.#rows.sentNsAt(at);
  }
  /** Infinity where nobody knows whether the server was done with it. */
  doneNsAt(at: number): number {
    return this.#rows.doneNsAt(at);
  }
  deviceAt(at: number): number {
    return this.#rows.tagAt(at) >> 8;
  }
  /** One of {@link calls}. */
  callAt(at: number): number {
    return this.#rows.tagAt(at) & 255;
  }
  /** Index into the attempts of the run. */
  indexAt(at: number): number {
    return this.#rows.indexAt(at);
  }
}

function tagOf(device: number, call: number): number {
  return device * 256 + call;
}

const loginOperation = operations.indexOf('login');
const pageOperation = operations.indexOf('page');
const orderOperation = operations.indexOf('order');
const statusOperation = operations.indexOf('status');
const logoutOperation = operations.indexOf('logout');
const cancelOperation = operations.indexOf('cancel');
const healthOperation = operations.indexOf('health');
const enterOperation = operations.indexOf('enter');
const okOutcome = outcomeClasses.indexOf('ok');
const failOutcome = outcomeClasses.indexOf('fail');
const infoOutcome = outcomeClasses.indexOf('info');
/** A server that says 403 may mean something else than the session. */
const forbidden = 403;

const collected = new WeakMap<AttemptStore, Map<string, SessionCalls>>();

/**
 * Collects the requests that have to do with sessions, once for everybody who asks. Of a user with whom nothing can be wrong, who
 * logged in no more often than devices are allowed and was never turned away, the logins alone.
 */
export function collectSessionCalls(evidence: Evidence, maximumSessions: number): SessionCalls {
  const byCap = collected.get(evidence.attempts) ?? new Map<string, SessionCalls>();
  collected.set(evidence.attempts, byCap);
  const terms = `${maximumSessions} ${evidence.exclusive} ${evidence.attempts.length}`;
  const found = byCap.get(terms) ?? readSessionCalls(evidence, maximumSessions);
  byCap.set(terms, found);
  return found;
}

function readSessionCalls(evidence: Evidence, maximumSessions: number): SessionCalls {
  const chunks = evidence.attempts.chunks();
  const draft = new Draft(evidence.attempts.length, maximumSessions);
  const needsSession = operationsOfSessions(evidence, chunks);
  let base = 0;
  for (const chunk of chunks) {
    draft.readCalls(chunk, base, needsSession);
    base += chunk.length;
  }
  return draft.grouped(chunks);
}

/** Stands for an attempt that never left, or has nothing to do with sessions. */
const noCall = 255;

class Draft {
  /** What each attempt of the run tells. */
  readonly #callOf: Uint8Array;
  /** By user: calls, logins among them, and those that are more than to log in and to be served. */
  readonly #calls = new Counts();
  readonly #logins = new Counts();
  readonly #others = new Counts();
  readonly #maximumSessions: number;

  constructor(attempts: number, maximumSessions: number) {
    this.#callOf = new Uint8Array(attempts).fill(noCall);
    this.#maximumSessions = maximumSessions;
  }

  /** @param base index of the chunk's first attempt */
  readCalls(chunk: AttemptChunk, base: number, needsSession: readonly boolean[]): void {
    const reader = new CallReader(chunk, needsSession);
    for (let row = 0; row < chunk.length; row += 1) {
      const call = reader.callAt(row);
      if (call === undefined) continue;
      const user = chunk.user[row] ?? 0;
      this.#callOf[base + row] = call;
      this.#calls.add(user);
      if (isLogin(call)) this.#logins.add(user);
      else if (call !== calls.activity && call !== calls.honoured) this.#others.add(user);
    }
  }

  grouped(chunks: readonly AttemptChunk[]): SessionCalls {
    const rows = new RequestRows(this.#calls.length, (user) =>
      this.#isQuiet(user) ? this.#logins.of(user) : this.#calls.of(user),
    );
    let base = 0;
    for (const chunk of chunks) {
      this.#addTo(rows, chunk, base);
      base += chunk.length;
    }
    return new SessionCalls(rows.grouped());
  }

  #isQuiet(user: number): boolean {
    return this.#others.of(user) === 0 && this.#logins.of(user) <= this.#maximumSessions;
  }

  #addTo(rows: RequestRows, chunk: AttemptChunk, base: number): void {
    const pending = chunk.codes.indexOf(pendingCode);
    for (let row = 0; row < chunk.length; row += 1) {
      const call = this.#callOf[base + row] ?? noCall;
      const user = chunk.user[row] ?? 0;
      if (call === noCall || (!isLogin(call) && this.#isQuiet(user))) continue;
      const tag = tagOf(chunk.device[row] ?? 0, call);
      rows.add(user, chunk.sentNs[row] ?? 0, endOf(chunk, row, pending), base + row, tag);
    }
  }
}

function isLogin(call: number): boolean {
  return call === calls.login || call === calls.loginOpen;
}

function endOf(chunk: AttemptChunk, row: number, pending: number): number {
  const doneNs = chunk.doneNs[row] ?? Number.NaN;
  const isInfo = outcomeIndexOfKind(chunk.kind[row] ?? 0) === infoOutcome;
  const isOpen = isInfo && chunk.code[row] !== pending;
  return isOpen || !(doneNs >= (chunk.sentNs[row] ?? 0)) ? Number.POSITIVE_INFINITY : doneNs;
}

/**
 * The operations whose success shows a live session. Orders and their cancellation; on a server that is
 * ours alone, all but logins. On others a page may be public, a logout may say yes to anybody, and a
 * look-up needs a session only if somebody was turned away from one.
 */
function operationsOfSessions(evidence: Evidence, chunks: readonly AttemptChunk[]): boolean[] {
  const needs = operations.map((_, index) => index === orderOperation || index === cancelOperation);
  if (evidence.exclusive) {
    for (const index of [pageOperation, statusOperation, logoutOperation]) needs[index] = true;
    return needs;
  }
  needs[statusOperation] = chunks.some((chunk) => {
    const reader = new CallReader(chunk, needs);
    if (!reader.mayTurnAway) return false;
    for (let row = 0; row < chunk.length; row += 1) {
      if (operationIndexOfKind(chunk.kind[row] ?? 0) !== statusOperation) continue;
      if (reader.isTurnedAway(row)) return true;
    }
    return false;
  });
  return needs;
}

/** Tells what the attempts of a chunk say of sessions. */
class CallReader {
  readonly #chunk: AttemptChunk;
  readonly #needsSession: readonly boolean[];
  readonly #notSent: number;
  readonly #deviceLimit: number;
  readonly #unauthorized: number;
  readonly #pending: number;

  constructor(chunk: AttemptChunk, needsSession: readonly boolean[]) {
    this.#chunk = chunk;
    this.#needsSession = needsSession;
    this.#notSent = chunk.codes.indexOf(notSentCode);
    this.#deviceLimit = chunk.codes.indexOf('device-limit');
    this.#unauthorized = chunk.codes.indexOf('unauthorized');
    this.#pending = chunk.codes.indexOf(pendingCode);
  }

  /** False when nobody was told that there is no session. */
  get mayTurnAway(): boolean {
    return this.#unauthorized >= 0;
  }

  isTurnedAway(row: number): boolean {
    const { kind, code, status } = this.#chunk;
    const isFail = outcomeIndexOfKind(kind[row] ?? 0) === failOutcome;
    return isFail && code[row] === this.#unauthorized && status[row] !== forbidden;
  }

  /** Undefined when the attempt never left or concerns no session. */
  callAt(row: number): Call | undefined {
    const { kind, code, sentNs } = this.#chunk;
    const operation = operationIndexOfKind(kind[row] ?? 0);
    // A waiting room stands in front of the sessions.
    if (operation === healthOperation || operation === enterOperation) return undefined;
    if (code[row] === this.#notSent) return undefined;
    if (!Number.isFinite(sentNs[row])) return undefined;
    const outcome = outcomeIndexOfKind(kind[row] ?? 0);
    if (operation === loginOperation) {
      if (outcome === okOutcome) return calls.login;
      if (outcome !== failOutcome) return calls.loginOpen;
      return code[row] === this.#deviceLimit ? calls.denied : calls.activity;
    }
    if (this.isTurnedAway(row)) return calls.turnedAway;
    if (operation === logoutOperation && outcome !== failOutcome) {
      return outcome === okOutcome ? calls.logout : calls.logoutOpen;
    }
    const needsSession = this.#needsSession[operation] === true;
    return needsSession && this.#isAnswered(row, outcome) ? calls.honoured : calls.activity;
  }

  /** A look-up of an order that is not decided yet, or was decided against, was answered all the same. */
  #isAnswered(row: number, outcome: number): boolean {
    const { code, status } = this.#chunk;
    if (outcome === okOutcome || code[row] === this.#pending) return true;
    const answered = status[row] ?? 0;
    return outcome === failOutcome && answered >= 200 && answered < 300;
  }
}
