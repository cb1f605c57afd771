import { describe, expect, it } from 'vitest';
import { auditRun } from '../../../src/audit/audit.ts';
import { nsPerMs } from '../../../src/core/clock.ts';
import type { Attempt } from '../../../src/history/attempt.ts';
import { cleanSale, HistoryBuilder } from '../../helpers/history-builder.ts';
import {
  describeCases,
  type InvariantCase,
  ours,
  resultOf,
} from '../../helpers/invariant-cases.ts';

/** A clean sale whose first buyer sends the same key again later, wanting two. */
function reusing(answer: Partial<Attempt>) {
  const run = cleanSale().promising({ rejectsKeyReuse: true });
  return run.attempt({ intent: 0, attempt: 0, quantity: 2, sentNs: 50 * nsPerMs, ...answer });
}

const ok = { status: 201, outcome: 'ok', code: 'ok' } as const;
const refused = { status: 422, outcome: 'fail', code: 'key-reuse' } as const;
const timeout = { status: 0, outcome: 'info', code: 'timeout' } as const;

const cases: readonly InvariantCase[] = [
  {
    title: 'another payload that was refused',
    name: 'keyReuse',
    evidence: () => reusing(refused).evidence(),
    verdict: 'pass',
  },
  {
    title: 'another payload that got an order of its own',
    name: 'keyReuse',
    evidence: () => reusing({ ...ok, orderId: 'x' }).evidence(),
    verdict: 'violated',
    value: 1,
    first: /run1-0 was acknowledged for 1 of p0, and for 2 of p0 53\.0 ms after the opening/,
  },
  {
    title: 'another payload that got the first order again',
    name: 'keyReuse',
    evidence: () => reusing({ ...ok, orderId: 'o0' }).evidence(),
    verdict: 'violated',
    value: 1,
  },
  {
    title: 'another product that was accepted',
    name: 'keyReuse',
    evidence: () => {
      const run = new HistoryBuilder({}, {}).promising({ rejectsKeyReuse: true }).sold(0);
      return run.acknowledged(0, { product: 1, sentNs: 50 * nsPerMs }).evidence();
    },
    verdict: 'violated',
    value: 1,
  },
  {
    title: 'two payloads under way at once, both accepted',
    name: 'keyReuse',
    evidence: () => reusing({ ...ok, sentNs: 0, doneNs: nsPerMs, orderId: 'x' }).evidence(),
    verdict: 'violated',
    value: 1,
  },
  {
    title: 'two payloads more that were accepted under one key',
    name: 'keyReuse',
    evidence: () =>
      reusing({ ...ok, orderId: 'x' })
        .acknowledged(0, { quantity: 3, sentNs: 60 * nsPerMs, orderId: 'y' })
        .evidence(),
    verdict: 'violated',
    value: 1,
    witnesses: 2,
  },
  {
    title: 'another payload that timed out before the first was acknowledged',
    name: 'keyReuse',
    evidence: () =>
      reusing(refused).timedOut(1, { quantity: 2, sentNs: 0 }).evidence({ withoutTruth: true }),
    verdict: 'pass',
  },
  {
    title: 'another payload that timed out, with one row in the store',
    name: 'keyReuse',
    evidence: () => reusing(timeout).evidence(),
    verdict: 'pass',
  },
  {
    title: 'another payload that timed out, with two rows in the store',
    name: 'keyReuse',
    evidence: () =>
      reusing(timeout)
        .row({ key: ours(0), quantity: 2 })
        .evidence(),
    verdict: 'unknown',
    lo: 0,
    hi: 1,
  },
  {
    title: 'another payload that timed out, without a snapshot',
    name: 'keyReuse',
    evidence: () => reusing(timeout).evidence({ withoutTruth: true }),
    verdict: 'unknown',
    hi: 1,
    reason: /nobody knows how the reuse of 1 key ended/,
  },
  {
    title: 'another payload after the order had been withdrawn',
    name: 'keyReuse',
    evidence: () => {
      const run = reusing({ ...ok, orderId: 'x' });
      return run.cancelled(0, 'ok', { sentNs: 20 * nsPerMs }).evidence();
    },
    verdict: 'pass',
  },
  {
    title: 'another payload accepted for later, of an order that was decided later',
    name: 'keyReuse',
    evidence: () => {
      const run = new HistoryBuilder({}).promising({ rejectsKeyReuse: true }).accepted(0);
      run.status(0, 'confirmed').committed(0);
      return run.acknowledged(0, { quantity: 2, sentNs: 10 ** 9 }).evidence();
    },
    verdict: 'violated',
    value: 1,
  },
];

describeCases('keyReuse', cases);

describe('keyReuse', () => {
  const reasonOf = (run: HistoryBuilder) =>
    auditRun(run.evidence()).notJudged.find(({ name }) => name === 'keyReuse')?.reason;

  it('is left out when the contract does not promise it', () => {
    expect(reasonOf(cleanSale())).toMatch(/does not promise/);
  });

  it.each([
    ['was never sent again', cleanSale().promising({ rejectsKeyReuse: true })],
    ['was sent again with the same payload', reusing({ ...ok, quantity: 1, orderId: 'o0' })],
    [
      'was sent with another payload before the first was acknowledged',
      reusing({ ...refused, sentNs: 0 }),
    ],
    ['was sent again, and the limiter refused it', reusing({ ...refused, code: 'limited' })],
  ])('is left out when a key %s', (_what, run) => {
    expect(reasonOf(run)).toBe("no key was reused: the scenario's probes.keyReuse would");
  });
});

describe('an attempt with another payload', () => {
  it('changes neither what its order wanted nor how that ended', () => {
    const run = new HistoryBuilder({ stock: 1, limitPerUser: 1 }).sold(0).soldOut(1).soldOut(2);
    for (const answer of [refused, { ...refused, code: 'sold-out' }, timeout]) {
      run.attempt({ intent: 0, quantity: 3, sentNs: 50 * nsPerMs, ...answer });
    }
    const { invariants } = auditRun(run.evidence());
    const wrong = Object.values(invariants).filter(({ verdict }) => verdict !== 'pass');
    expect(wrong).toEqual([]);
  });

  it('is the refused one, though it came first, when another was acknowledged', () => {
    const run = new HistoryBuilder({ stock: 1 }).soldOut(0, { quantity: 2 }).sold(0);
    for (const name of ['falseRejection', 'undersell', 'lostOrder'] as const) {
      expect(resultOf(run.evidence(), name).verdict).toBe('pass');
    }
  });

  it('does not count as demand', () => {
    const run = new HistoryBuilder({}).sold(0).sold(1);
    run.attempt({ intent: 0, quantity: 9, sentNs: 50 * nsPerMs, ...refused });
    expect(resultOf(run.evidence(), 'nonVacuity').reason).toMatch(/demand of 2 units/);
  });

  it('is told from the order whatever the order of the record', () => {
    for (const answer of [refused, timeout, { ...ok, orderId: 'x', doneNs: 60 * nsPerMs }]) {
      const run = reusing(answer);
      const figures = () => {
        const report = auditRun(run.evidence());
        const results = Object.values(report.invariants);
        return [
          report.notJudged,
          results.map(({ name, verdict, lo, hi }) => [name, verdict, lo, hi]),
        ];
      };
      const inOrder = figures();
      run.attempts.reverse();
      expect(figures()).toEqual(inOrder);
    }
  });

  it('counts for the limit when it was perhaps served', () => {
    const run = new HistoryBuilder({ limitPerUser: 1, stock: 9 }).acknowledged(0);
    run.attempt({ intent: 0, quantity: 2, sentNs: 50 * nsPerMs, ...timeout });
    const result = resultOf(run.evidence({ withoutTruth: true }), 'userLimit');
    expect(result).toMatchObject({ verdict: 'unknown', lo: 0, hi: 2 });
  });

  it('convicts of the limit with what it brought, of whichever product', () => {
    const run = new HistoryBuilder({ limitPerUser: 1 }, { limitPerUser: 1 }).sold(0);
    run.attempt({ intent: 0, product: 1, quantity: 2, sentNs: 50 * nsPerMs, ...timeout });
    run.row({ key: ours(0), productId: 'p1', quantity: 2 }).remaining(1, 0);
    expect(resultOf(run.evidence(), 'userLimit')).toMatchObject({ verdict: 'violated', value: 1 });
  });

  it('is no false rejection when it was made in place of a refused order', () => {
    const run = cleanSale().timedOut(2, { quantity: 2, sentNs: 50 * nsPerMs });
    run.row({ key: ours(2), quantity: 2 });
    expect(resultOf(run.evidence(), 'falseRejection')).toMatchObject({ lo: 0, hi: 1 });
  });
});
