import { type AttemptChunk, outcomeOfKind } from '../history/chunk.ts';
import { cancelledCode, pendingCode } from '../history/vocabulary.ts';

/**
 * What a look-up by key can say of an order. `refused`: it was accepted for later and decided
 * against; told from a refusal of the look-up itself by the HTTP status, which is 2xx.
 */
export const lookUpKinds = ['confirmed', 'cancelled', 'refused', 'pending', 'not-found'] as const;
export type LookUpKind = (typeof lookUpKinds)[number];

/** Reads the look-ups of a chunk: what the one at `row` said, or undefined when it said nothing. */
export function lookUpReader(chunk: AttemptChunk): (row: number) => LookUpKind | undefined {
  const cancelled = chunk.codes.indexOf(cancelledCode);
  const pending = chunk.codes.indexOf(pendingCode);
  const notFound = chunk.codes.indexOf('not-found');
  return (row) => {
    const code = chunk.code[row];
    switch (outcomeOfKind(chunk.kind[row] ?? 0)) {
      case 'ok':
        return code === cancelled ? 'cancelled' : 'confirmed';
      case 'info':
        return code === pending ? 'pending' : undefined;
      case 'fail': {
        const status = chunk.status[row] ?? 0;
        if (status >= 200 && status < 300) return 'refused';
        return code === notFound ? 'not-found' : undefined;
      }
    }
  };
}
