import { type AttemptChunk, operationIndexOfKind, outcomeOfKind } from '../../history/chunk.ts';
import { notSentCode, operations, pendingCode } from '../../history/vocabulary.ts';
import type { Evidence } from '../evidence.ts';
import { RequestRows } from './request-rows.ts';

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
export interface SessionCalls {
  /** Where the requests of each user begin; one more than there are users. */
  readonly starts: Uint32Array;
  readonly sentNs: Float64Array;
  /** Infinity where nobody knows whether the server was done with it. */
  readonly doneNs: Float64Array;
  readonly device: Uint8Array;
  readonly call: Uint8Array;
  /** Indices into the attempts of the run. */
  readonly index: Uint32Array;
}

const loginOperation = operations.indexOf('login');
const pageOperation = operations.indexOf('page');
const orderOperation = operations.indexOf('order');
const statusOperation = operations.indexOf('status');
const logoutOperation = operations.indexOf('logout');
const cancelOperation = operations.indexOf('cancel');
const healthOperation = operations.indexOf('health');
/** A server that says 403 may mean something else than the session. */
const forbidden = 403;

/** Collects every request that has to do with sessions. */
export function collectSessionCalls(evidence: Evidence): SessionCalls {
  const chunks = evidence.attempts.chunks();
  const needsSession = operationsOfSessions(evidence, chunks);
  const total = evidence.attempts.length;
  const rows = new RequestRows(total);
  let base = 0;
  for (const chunk of chunks) {
    for (let row = 0; row < chunk.length; row += 1) {
      const sentNs = chunk.sentNs[row] ?? Number.NaN;
      const what = Number.isFinite(sentNs) ? callOf(chunk, row, needsSession) : undefined;
      if (what === undefined) continue;
      const tag = (chunk.device[row] ?? 0) * 256 + what;
      rows.add(chunk.user[row] ?? 0, sentNs, endOf(chunk, row, sentNs), base + row, tag);
    }
    base += chunk.length;
  }
  const { tag, ...sorted } = rows.grouped();
  const device = new Uint8Array(tag.length);
  const call = new Uint8Array(tag.length);
  for (let place = 0; place < tag.length; place += 1) {
    const deviceAndCall = tag[place] ?? 0;
    device[place] = deviceAndCall >> 8;
    call[place] = deviceAndCall & 255;
  }
  return { ...sorted, device, call };
}

function endOf(chunk: AttemptChunk, row: number, sentNs: number): number {
  const doneNs = chunk.doneNs[row] ?? Number.NaN;
  const code = chunk.codes[chunk.code[row] ?? 0];
  const isOpen = outcomeOfKind(chunk.kind[row] ?? 0) === 'info' && code !== pendingCode;
  return isOpen || !(doneNs >= sentNs) ? Number.POSITIVE_INFINITY : doneNs;
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
    if (!chunk.codes.includes('unauthorized')) return false;
    for (let row = 0; row < chunk.length; row += 1) {
      if (operationIndexOfKind(chunk.kind[row] ?? 0) !== statusOperation) continue;
      if (isTurnedAway(chunk, row)) return true;
    }
    return false;
  });
  return needs;
}

function isTurnedAway(chunk: AttemptChunk, row: number): boolean {
  return (
    outcomeOfKind(chunk.kind[row] ?? 0) === 'fail' &&
    chunk.codes[chunk.code[row] ?? 0] === 'unauthorized' &&
    chunk.status[row] !== forbidden
  );
}

/** What an attempt tells of its device's session; undefined when it never left or concerns none. */
function callOf(
  chunk: AttemptChunk,
  row: number,
  needsSession: readonly boolean[],
): Call | undefined {
  const kind = chunk.kind[row] ?? 0;
  const operation = operationIndexOfKind(kind);
  if (operation === healthOperation) return undefined;
  const outcome = outcomeOfKind(kind);
  const code = chunk.codes[chunk.code[row] ?? 0] ?? '';
  if (code === notSentCode) return undefined;
  if (operation === loginOperation) {
    if (outcome === 'fail') return code === 'device-limit' ? calls.denied : calls.activity;
    return outcome === 'ok' ? calls.login : calls.loginOpen;
  }
  if (isTurnedAway(chunk, row)) return calls.turnedAway;
  if (operation === logoutOperation && outcome !== 'fail') {
    return outcome === 'ok' ? calls.logout : calls.logoutOpen;
  }
  const status = chunk.status[row] ?? 0;
  // A look-up of an order that is not decided yet, or was decided against, was answered all the same.
  const isAnswered =
    outcome === 'ok' ||
    code === pendingCode ||
    (outcome === 'fail' && status >= 200 && status < 300);
  return isAnswered && needsSession[operation] === true ? calls.honoured : calls.activity;
}
