import type { Evidence } from '../../src/audit/evidence.ts';
import { nsPerMs } from '../../src/core/clock.ts';
import type { Attempt } from '../../src/history/attempt.ts';
import type { Contract } from '../../src/history/contract.ts';
import type { TruthSessions } from '../../src/history/truth.ts';
import { HistoryBuilder } from './history-builder.ts';

/** What devices of one person can be answered. */
const ok = { outcome: 'ok', code: 'ok', status: 201 } as const;
const lost = { outcome: 'info', code: 'timeout', status: 0 } as const;
export const turnedAway = { outcome: 'fail', code: 'unauthorized', status: 401 } as const;
export const soldOut = { outcome: 'fail', code: 'sold-out', status: 409 } as const;

/** Of one device: in milliseconds. */
export type Row = readonly [sentMs: number, doneMs: number, device: number, what: Partial<Attempt>];

export const login = { operation: 'login', ...ok } as const;
export const loginLost = { operation: 'login', ...lost } as const;
export const denied = {
  operation: 'login',
  outcome: 'fail',
  code: 'device-limit',
  status: 403,
} as const;
export const logout = { operation: 'logout', ...ok } as const;
export const everywhere = { operation: 'logout-everywhere', ...ok } as const;
export const everywhereLost = { operation: 'logout-everywhere', ...lost } as const;
export const logoutLost = { operation: 'logout', ...lost } as const;
export const order = { operation: 'order', ...ok } as const;
export const page = { operation: 'page', ...ok } as const;
export const status = { operation: 'status', ...ok } as const;
export const away = { operation: 'order', ...turnedAway } as const;

const capped = { maximumSessions: 2, onExceed: 'terminate-oldest' } as const;

interface Given extends Partial<Omit<Contract, 'products'>> {
  /** No cap is promised. */
  readonly isUncapped?: boolean;
  readonly evidence?: Partial<Evidence>;
  readonly sessions?: Partial<TruthSessions> | undefined;
}

/** One person, two devices of whom may be logged in. The store says that all is well. */
export function history(rows: readonly Row[], given: Given = {}): Evidence {
  const { evidence: changed, isUncapped, ...rest } = given;
  const { sessions, ...promised } = rest;
  const builder = new HistoryBuilder({});
  for (const [sentMs, doneMs, device, what] of rows) {
    const times = { sentNs: sentMs * nsPerMs, doneNs: doneMs * nsPerMs };
    builder.attempt({ intent: -1, user: 0, device, ...what, ...times });
  }
  const evidence = builder.evidence({
    contract: {
      products: builder.products,
      ...(isUncapped === true ? {} : capped),
      ...promised,
    },
    ...changed,
  });
  const stored = { created: 9, alive: 9, evicted: 0, aliveMaxPerUser: 2, ...sessions };
  const holds = !('sessions' in given && sessions === undefined);
  if (evidence.truth === undefined || !holds) return evidence;
  return { ...evidence, truth: { ...evidence.truth, sessions: stored } };
}

export const two: readonly Row[] = [
  [0, 5, 0, login],
  [10, 15, 1, login],
];
export const three: readonly Row[] = [...two, [20, 25, 2, login]];
export const others = { evidence: { exclusive: false } } as const;
