import { describe, expect, it } from 'vitest';
import { auditRun } from '../../../src/audit/audit.ts';
import type { InvariantName } from '../../../src/audit/registry.ts';
import { nsPerMs } from '../../../src/core/clock.ts';
import type { Attempt } from '../../../src/history/attempt.ts';
import { HistoryBuilder } from '../../helpers/history-builder.ts';

const at = (sentMs: number, doneMs: number): Partial<Attempt> => ({
  sentNs: sentMs * nsPerMs,
  doneNs: doneMs * nsPerMs,
});
const ok = { outcome: 'ok', code: 'ok', status: 200 } as const;
const limited = { outcome: 'fail', code: 'limited', status: 429 } as const;
const limit = { algorithm: 'sliding-log', key: 'user', limit: 1, windowMs: 100 } as const;
const sale = (stock: number) => new HistoryBuilder({ stock });

/** Each breaks one rule, as its times tell. */
const byTime: readonly (readonly [name: InvariantName, run: () => HistoryBuilder])[] = [
  [
    'falseSoldOut',
    () => sale(2).sold(0, at(0, 2)).soldOut(1, at(3, 5)).sold(2, at(6, 7)).soldOut(3, at(8, 9)),
  ],
  [
    'oversell',
    () =>
      sale(1)
        .acknowledged(0, at(0, 1))
        .sold(1, at(0, 2))
        .cancelled(0, 'ok', at(3, 4))
        .soldOut(2, at(5, 6)),
  ],
  [
    'undersell',
    () => sale(1).acknowledged(0, at(0, 1)).cancelled(0, 'ok', at(2, 3)).soldOut(1, at(9, 10)),
  ],
  [
    'falseRejection',
    () =>
      sale(1)
        .acknowledged(0, at(0, 1))
        .cancelled(0, 'ok', at(2, 3))
        .timedOut(1, at(5, 6))
        .soldOut(1, { ...at(7, 8), attempt: 2 })
        .committed(1),
  ],
  ['saleWindow', () => sale(1).promising({ opensAtMs: 50 }).sold(0, at(1, 2))],
  [
    'orderStatus',
    () => sale(1).sold(0, at(0, 1)).status(0, 'confirmed').status(0, 'refused').soldOut(1),
  ],
  [
    'keyReuse',
    () =>
      sale(9)
        .promising({ rejectsKeyReuse: true })
        .sold(0, at(0, 1))
        .acknowledged(0, { ...at(2, 3), quantity: 2, attempt: 2 }),
  ],
  [
    'deviceLimit',
    () =>
      sale(1)
        .promising({ maximumSessions: 1, onExceed: 'terminate-oldest' })
        .attempt({ intent: -1, user: 0, operation: 'login', ...ok, ...at(0, 1) })
        .attempt({ intent: -1, user: 0, device: 1, operation: 'login', ...ok, ...at(2, 3) })
        .attempt({ intent: -1, user: 0, operation: 'page', ...ok, ...at(5, 6) }),
  ],
  [
    'overAdmission',
    () => sale(1).promising({ rateLimit: limit }).sold(0, at(0, 1)).soldOut(5, { user: 0 }),
  ],
  [
    'underAdmission',
    () =>
      sale(1)
        .promising({ rateLimit: limit })
        .attempt({ intent: 0, ...limited, ...at(0, 1) })
        .sold(1, at(2, 3)),
  ],
];

/** Somebody else looked at a page, and was answered before that. */
const backwards = { intent: -1, user: 77, operation: 'page', product: -1, ...ok, ...at(9, 8) };

describe('a record with mixed-up clocks', () => {
  it.each(byTime)('does not prove that %s is violated, as it would by its times', (name, run) => {
    const right = auditRun(run().evidence()).invariants[name];
    expect(right, right?.reason).toMatchObject({ verdict: 'violated' });
    const { invariants, problems, verdict } = auditRun(
      run()
        .attempt({ ...backwards, operation: 'page' })
        .evidence(),
    );
    expect(problems).toEqual(['mixed-up clocks: 1 attempt ended before being sent']);
    expect(invariants[name]?.verdict).not.toBe('violated');
    expect(invariants[name]?.lo).toBe(0);
    expect(verdict).not.toBe('pass');
  });

  it('is also one that spans more than any sale: a clock was at 1970, or a year ahead', () => {
    const yearMs = 365 * 24 * 3_600_000;
    const run = sale(1)
      .sold(0, at(yearMs, yearMs + 1))
      .soldOut(1, at(0, 1));
    const { problems, invariants, verdict } = auditRun(run.evidence());
    expect(problems).toEqual(['mixed-up clocks: the record spans 365 days']);
    expect(invariants.falseSoldOut).toMatchObject({ verdict: 'unknown', lo: 0 });
    expect(verdict).toBe('unknown');
  });

  it('says why, and what the times would have told', () => {
    const run = sale(1).promising({ opensAtMs: 50 }).sold(0, at(1, 2));
    const { saleWindow } = auditRun(
      run.attempt({ ...backwards, operation: 'page' }).evidence(),
    ).invariants;
    expect(saleWindow).toMatchObject({ verdict: 'unknown', lo: 0, hi: 1 });
    expect(saleWindow?.reason).toMatch(
      /^mixed-up clocks: 1 attempt .*; by its times: 1 order sold/,
    );
  });

  it('still proves what needs no time', () => {
    const run = sale(1).sold(0).sold(1).acknowledged(2, { orderId: 'gone' });
    const { oversell, lostOrder } = auditRun(
      run.attempt({ ...backwards, operation: 'page' }).evidence(),
    ).invariants;
    expect([oversell?.verdict, lostOrder?.verdict]).toEqual(['violated', 'violated']);
  });
});
