import type { Evidence } from '../../src/audit/evidence.ts';
import { nsPerMs } from '../../src/core/clock.ts';
import type { Attempt } from '../../src/history/attempt.ts';
import type { RateLimitContract } from '../../src/history/contract.ts';
import { HistoryBuilder } from './history-builder.ts';

/** Answers to requests that count for a limit. */
export const ok = { outcome: 'ok', code: 'ok', status: 201 } as const;
export const limited = { outcome: 'fail', code: 'limited', status: 429 } as const;
export const lost = { outcome: 'info', code: 'timeout', status: 0 } as const;
export const refused = (code: string, status = 409) => ({ outcome: 'fail', code, status }) as const;

/** One request and its answer. */
export type Row = readonly [sentMs: number, doneMs: number, answer: Partial<Attempt>];

/** What differs from a sliding log of two requests in 100 ms. */
export interface Given extends Partial<RateLimitContract> {
  readonly clockToleranceMs?: number;
  readonly evidence?: Partial<Evidence>;
}

/** Two requests in 100 ms for each person, who is person 0 unless a row says otherwise. */
export function history(rows: readonly Row[], given: Given = {}): Evidence {
  const { clockToleranceMs, evidence, ...changed } = given;
  const builder = new HistoryBuilder({});
  for (const [sentMs, doneMs, answer] of rows) {
    const times = { sentNs: sentMs * nsPerMs, doneNs: doneMs * nsPerMs };
    builder.attempt({ intent: 0, user: 0, ...answer, ...times });
  }
  const rateLimit: RateLimitContract = {
    algorithm: 'sliding-log',
    key: 'user',
    limit: 2,
    windowMs: 100,
    ...changed,
  };
  const tolerance = clockToleranceMs === undefined ? {} : { clockToleranceMs };
  const contract = { products: builder.products, rateLimit, ...tolerance };
  return builder.evidence({ contract, ...evidence });
}

/** As many as are allowed, and one more. */
export const twice: readonly Row[] = [
  [0, 5, ok],
  [10, 15, ok],
];
export const thrice: readonly Row[] = [...twice, [20, 25, ok]];
export const bucket = { algorithm: 'token-bucket' } as const;
export const fixed = { algorithm: 'fixed-window' } as const;
export const others = { exclusive: false } as const;
