import {
  cancelledCode,
  notSentCode,
  type Operation,
  type OutcomeClass,
  outcomeClasses,
  pendingCode,
  refusalCodes,
} from '../history/vocabulary.ts';

/** What a request of another tool came to. */
export interface Meaning {
  readonly outcome: OutcomeClass;
  readonly code: string;
}

/** What a record says of its end; what it does not say is undefined. */
export interface Told {
  readonly operation: Operation;
  /** HTTP status; 0 when there was no answer. */
  readonly status: number | undefined;
  readonly outcome: string | undefined;
  readonly code: string | undefined;
}

const refusals: ReadonlySet<string> = new Set(refusalCodes);
const uncertain: ReadonlySet<string> = new Set([
  pendingCode,
  'timeout',
  'reset',
  'aborted',
  'in-progress',
  'server-error',
  'bad-response',
]);

/** The code of an answer whose status leaves open what it means. */
export const ambiguousCode = 'bad-response';

/**
 * Ends of imported requests by the rules that flashsim's own answers go by. The outcome that is told
 * counts; else the code; else the status. What neither of them decides is `info`: nobody knows.
 */
export function meaningOf(told: Told): Meaning | { readonly mistake: string } {
  const { outcome, code, status } = told;
  if (outcome !== undefined) {
    const found = outcomeClasses.find((name) => name === outcome);
    if (found === undefined) return { mistake: `outcome is "${outcome}", not ok, fail or info` };
    return { outcome: found, code: code ?? defaultCode(found, status) };
  }
  if (code !== undefined) return byCode(code, status);
  if (status !== undefined) return byStatus(told.operation, status);
  return { mistake: 'there is neither outcome nor code nor status' };
}

function defaultCode(outcome: OutcomeClass, status: number | undefined): string {
  if (outcome === 'ok') return 'ok';
  const code = status === undefined ? undefined : byStatus('order', status).code;
  const fallback = outcome === 'fail' ? 'bad-request' : 'timeout';
  return code === undefined || code === 'ok' ? fallback : code;
}

function byCode(code: string, status: number | undefined): Meaning | { readonly mistake: string } {
  if (code === 'ok' || code === cancelledCode) return { outcome: 'ok', code };
  if (uncertain.has(code)) return { outcome: 'info', code };
  if (code === notSentCode) return { outcome: 'fail', code };
  const isServerError = status !== undefined && status >= 500;
  // The one declared 5xx; of all others nobody knows, whatever they say.
  if (isServerError && code !== 'overloaded') return { outcome: 'info', code: 'server-error' };
  const isRefusal = status !== undefined && status >= 400 && status < 500;
  if (refusals.has(code) || isRefusal) return { outcome: 'fail', code };
  return { mistake: `the code "${code}" has no meaning without an outcome` };
}

function byStatus(operation: Operation, status: number): Meaning {
  if (status === 0) return { outcome: 'info', code: 'timeout' };
  if (status === 202 && (operation === 'order' || operation === 'status')) {
    return { outcome: 'info', code: pendingCode };
  }
  if (status >= 200 && status < 300) return { outcome: 'ok', code: 'ok' };
  if (status >= 500) return { outcome: 'info', code: 'server-error' };
  // 409 may be "sold out", "already ordered" or "still at work": only a code tells.
  if (status < 400 || status === 408 || status === 409 || status === 425) {
    return { outcome: 'info', code: ambiguousCode };
  }
  const codes: Readonly<Record<number, string>> = {
    401: 'unauthorized',
    403: 'unauthorized',
    404: 'not-found',
    429: 'limited',
  };
  return { outcome: 'fail', code: codes[status] ?? 'bad-request' };
}
