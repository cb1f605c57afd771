import { type AttemptChunk, outcomeOfKind } from '../history/chunk.ts';
import { type HeldBackCode, heldBackCodes } from '../history/vocabulary.ts';
import { isRetryable } from '../policies/retries/retry-policy.ts';

/**
 * How an attempt on an order ended, as its client saw it:
 * - `useful`: answered while the client waited, with what it takes for an answer: an order, or a refusal
 *   that is final.
 * - `answered`: answered, but so that the client has to come again (limited, overloaded, 5xx).
 * - `given-up`: sent, and no answer within the client's timeout. The server may work on it all the same.
 * - `lost`: the connection was, or could not be made, or flashsim itself ended it.
 * - else held back by the client itself, by the code that says why.
 */
export type OrderEnd = 'useful' | 'answered' | 'given-up' | 'lost' | HeldBackCode;

const heldBack: ReadonlySet<string> = new Set(heldBackCodes);

/** How the order attempts of a chunk ended, by row. Made once a chunk: there may be millions of rows. */
export function orderEndsOf(chunk: AttemptChunk): (row: number) => OrderEnd {
  const { kind, code, codes, sentNs, status } = chunk;
  const final = codes.map((text) => !isRetryable(text));
  const held = codes.map((text) => (heldBack.has(text) ? (text as HeldBackCode) : undefined));
  const timeout = codes.indexOf('timeout');
  return (row) => {
    const codeOfRow = code[row] ?? 0;
    if (Number.isNaN(sentNs[row])) return held[codeOfRow] ?? 'lost';
    // Histories of other tools may tell an outcome and no status.
    if ((status[row] ?? 0) > 0 || outcomeOfKind(kind[row] ?? 0) !== 'info') {
      return final[codeOfRow] === true ? 'useful' : 'answered';
    }
    return codeOfRow === timeout ? 'given-up' : 'lost';
  };
}

/** Whether the client itself held the attempt back: it was never sent. */
export function isHeldBack(end: OrderEnd): end is HeldBackCode {
  return heldBack.has(end);
}
