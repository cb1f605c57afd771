import { type AttemptChunk, outcomeIndexOfKind } from '../history/chunk.ts';
import { type HeldBackCode, heldBackCodes, outcomeClasses } from '../history/vocabulary.ts';
import { isRetryable } from '../policies/retries/retry-policy.ts';

/**
 * How an attempt on an order ended, as its client saw it; numbers, because there may be millions:
 * - `useful`: answered while the client waited, with what it takes for an answer: an order, or a refusal
 *   that is final.
 * - `answered`: answered, but so that the client has to come again (limited, overloaded, 5xx).
 * - `givenUp`: sent, and no answer within the client's timeout. The server may work on it all the same.
 * - `lost`: the connection was, or could not be made, or flashsim itself ended it.
 * - from {@link firstHeldBack} on: held back by the client itself, by the place of the code that says why.
 */
export const orderEnds = { useful: 0, answered: 1, givenUp: 2, lost: 3 } as const;
const firstHeldBack = 4;

/** How many ways to end there are: all ends are below. */
export const orderEndCount = firstHeldBack + heldBackCodes.length;

/** The end of an attempt that the client held back for that reason. */
export function heldBackEnd(code: HeldBackCode): number {
  return firstHeldBack + heldBackCodes.indexOf(code);
}

/** Whether the client itself held the attempt back: it was never sent. */
export function isHeldBack(end: number): boolean {
  return end >= firstHeldBack;
}

const infoOutcome = outcomeClasses.indexOf('info');

/** How the order attempts of a chunk ended, by row. Made once a chunk. */
export function orderEndsOf(chunk: AttemptChunk): (row: number) => number {
  const { kind, code, codes, sentNs, status } = chunk;
  const unsent = Uint8Array.from(codes, (text) => {
    const place = heldBackCodes.findIndex((held) => held === text);
    return place < 0 ? orderEnds.lost : firstHeldBack + place;
  });
  const answered = Uint8Array.from(codes, (text) =>
    isRetryable(text) ? orderEnds.answered : orderEnds.useful,
  );
  const timeout = codes.indexOf('timeout');
  return (row) => {
    const codeOfRow = code[row] ?? 0;
    if (Number.isNaN(sentNs[row])) return unsent[codeOfRow] ?? orderEnds.lost;
    // Histories of other tools may tell an outcome and no status.
    if ((status[row] ?? 0) > 0 || outcomeIndexOfKind(kind[row] ?? 0) !== infoOutcome) {
      return answered[codeOfRow] ?? orderEnds.answered;
    }
    return codeOfRow === timeout ? orderEnds.givenUp : orderEnds.lost;
  };
}
