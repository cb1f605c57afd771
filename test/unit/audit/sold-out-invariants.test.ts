import { describe, expect, it } from 'vitest';
import { HistoryBuilder } from '../../helpers/history-builder.ts';
import { describeCases, type InvariantCase, resultOf } from '../../helpers/invariant-cases.ts';
import {
  accepted,
  at,
  promising,
  refusedLater,
  restock,
  stockOf,
} from '../../helpers/sold-out-histories.ts';

type Case = Omit<InvariantCase, 'name'>;

const wrong: readonly Case[] = [
  {
    title: 'a refusal with a unit left',
    evidence: () => stockOf(2).sold(0, at(0, 2)).soldOut(1, at(3, 5)).sold(2, at(6, 7)).evidence(),
    verdict: 'violated',
    value: 1,
    reason: /^1 false sold-out \(units were left\), 0 late sales/,
    witnesses: 1,
    first: /^p0: u1 was told sold-out for run1-1, sent .* with at least 1 of 2 units left$/,
  },
  {
    title: 'three such refusals, the gravest of them first',
    evidence: () =>
      stockOf(3)
        .soldOut(5, at(0, 1))
        .sold(0, at(2, 3))
        .soldOut(1, at(2, 4))
        .soldOut(6, at(2, 6))
        .sold(2, at(7, 8))
        .sold(3, at(7, 8))
        .soldOut(4, at(7, 9))
        .evidence(),
    verdict: 'violated',
    value: 3,
    witnesses: 3,
    first: /u5 .* at least 3 of 3 units left/,
  },
  {
    title: 'a sale after sold-out, which a timed out order had explained',
    evidence: () =>
      stockOf(2)
        .acknowledged(0, at(0, 1))
        .timedOut(1, at(0, 9))
        .soldOut(2, at(2, 3))
        .acknowledged(3, at(4, 5))
        .evidence({ withoutTruth: true }),
    verdict: 'violated',
    lo: 1,
    hi: 1,
    reason: /^0 false sold-outs \(units were left\), 1 late sale /,
    first: /^p0: order run1-3 of u3, sent .*, was sold after run1-2 had been told sold-out/,
  },
  {
    title: 'a sale after sold-out that is beyond the stock too',
    evidence: () => stockOf(1).sold(0, at(0, 1)).soldOut(1, at(2, 3)).sold(2, at(4, 5)).evidence(),
    verdict: 'violated',
    value: 1,
    reason: /1 late sale .*; 1 unit sold beyond the stock, see oversell/,
  },
  {
    title: 'a first attempt that was limited, and counts for nothing',
    evidence: () =>
      stockOf(1)
        .attempt({ intent: 0, ...at(0, 1), status: 429, outcome: 'fail', code: 'limited' })
        .soldOut(1, at(2, 3))
        .sold(0, { ...at(4, 5), attempt: 2 })
        .evidence(),
    verdict: 'violated',
    value: 1,
  },
  {
    title: 'an order that was only ever limited, without a snapshot',
    evidence: () =>
      stockOf(1)
        .attempt({ intent: 0, ...at(0, 1), status: 429, outcome: 'fail', code: 'limited' })
        .soldOut(1, at(2, 3))
        .evidence({ withoutTruth: true }),
    verdict: 'violated',
    value: 1,
  },
  {
    title: 'a closing that failed',
    evidence: () =>
      stockOf(1)
        .soldOut(0, at(2, 5))
        .evidence({ events: [restock(0, 1, { event: { kind: 'close' }, outcome: 'fail' })] }),
    verdict: 'violated',
    value: 1,
  },
  {
    title: 'an order that timed out and is not in the settled store',
    evidence: () => stockOf(1).timedOut(0, at(0, 1)).soldOut(1, at(2, 3)).evidence(),
    verdict: 'violated',
    value: 1,
  },
  {
    title: 'the same by a look-up alone',
    evidence: () =>
      stockOf(1)
        .timedOut(0, at(0, 1))
        .soldOut(1, at(2, 3))
        .lookedUp(0, false)
        .evidence({ withoutTruth: true }),
    verdict: 'violated',
    value: 1,
  },
  {
    title: 'an asynchronous order that was decided against with a unit left',
    evidence: () =>
      stockOf(1)
        .attempt({ intent: 0, ...accepted, ...at(0, 1) })
        .attempt({ intent: 0, ...refusedLater(2, 3) })
        .attempt({ intent: 0, ...refusedLater(5, 6) })
        .sold(1, at(4, 5))
        .evidence(),
    verdict: 'violated',
    value: 1,
    first: /u0 was told sold-out for run1-0/,
  },
  {
    title: 'a refusal of two units while two are left',
    evidence: () =>
      stockOf(3)
        .sold(0, at(0, 1))
        .soldOut(1, { ...at(2, 3), quantity: 2 })
        .evidence(),
    verdict: 'violated',
    value: 1,
    first: /at least 2 of 3 units left/,
  },
  {
    title: 'a refusal long after a unit came back',
    evidence: () =>
      stockOf(1)
        .acknowledged(0, at(0, 1))
        .cancelled(0, 'ok', at(2, 3))
        .soldOut(1, at(4, 5))
        .evidence(),
    verdict: 'violated',
    value: 1,
  },
  {
    title: 'a refusal long after a restock',
    evidence: () =>
      stockOf(1)
        .sold(0, at(0, 1))
        .soldOut(1, at(4, 5))
        .evidence({ events: [restock(1, 2)] }),
    verdict: 'violated',
    value: 1,
  },
  {
    title: 'the same figure told to two',
    evidence: () =>
      promising(
        stockOf(5)
          .sold(0, { ...at(0, 1), remaining: 4 })
          .sold(1, { ...at(0, 1), remaining: 3 })
          .sold(2, { ...at(0, 1), remaining: 3 })
          .evidence(),
        { exactRemaining: true },
      ),
    verdict: 'violated',
    value: 1,
    reason: /1 impossible figure of what was left/,
    first: /order run1-2 was told the same figure of what is left as run1-1/,
  },
  {
    title: 'more left than there can have been',
    evidence: () =>
      promising(
        stockOf(2)
          .sold(0, { ...at(0, 1), remaining: 2 })
          .evidence(),
        {
          exactRemaining: true,
        },
      ),
    verdict: 'violated',
    value: 1,
    first: /run1-0 was told of 2 left or more/,
  },
  {
    title: 'a figure that was skipped',
    evidence: () =>
      promising(
        stockOf(3)
          .sold(0, { ...at(0, 1), remaining: 2 })
          .sold(1, { ...at(2, 3), remaining: 0 })
          .evidence(),
        { exactRemaining: true },
      ),
    verdict: 'violated',
    value: 1,
    first: /1 figure of what is left were skipped, first 1/,
  },
  {
    title: 'fewer left than after an order that was sent later',
    evidence: () =>
      promising(
        stockOf(2)
          .sold(0, { ...at(4, 5), remaining: 1 })
          .sold(1, { ...at(0, 1), remaining: 0 })
          .evidence(),
        { exactRemaining: true },
      ),
    verdict: 'violated',
    value: 1,
    first: /run1-1 was told of fewer left than run1-0/,
  },
  {
    title: 'fewer left than none, of a sale that is not sold out',
    evidence: () =>
      promising(
        stockOf(2)
          .sold(0, { ...at(0, 1), remaining: -1 })
          .evidence(),
        {
          exactRemaining: true,
        },
      ),
    verdict: 'violated',
    value: 1,
    first: /run1-0 was told of fewer left than none/,
  },
  {
    title: 'the worse of two products',
    evidence: () =>
      new HistoryBuilder({ id: 'shoe', stock: 0 }, { id: 'cap', stock: 1 })
        .soldOut(0, { ...at(0, 1), product: 0 })
        .soldOut(1, { ...at(0, 1), product: 1 })
        .evidence(),
    verdict: 'violated',
    value: 1,
    reason: /^cap: /,
    first: /^cap: u1/,
  },
];

describeCases(
  'falseSoldOut convicts',
  wrong.map((entry) => ({ ...entry, name: 'falseSoldOut' })),
);

describe('falseSoldOut', () => {
  it('points at the answers that contradict each other', () => {
    const evidence = stockOf(1).sold(0, at(0, 1)).soldOut(1, at(2, 3)).sold(2, at(4, 5)).evidence();
    const { witnesses } = resultOf(evidence, 'falseSoldOut');
    expect(witnesses.first).toMatchObject({
      attempts: [1, 2],
      keys: ['run1-1', 'run1-2'],
      userId: 'u2',
      atNs: 4,
    });
  });

  it('points at the refusal that was false, and keeps the gravest', () => {
    const evidence = stockOf(2)
      .soldOut(7, at(0, 1))
      .sold(0, at(2, 3))
      .soldOut(8, at(4, 5))
      .evidence();
    const { first, worst, last } = resultOf(evidence, 'falseSoldOut').witnesses;
    expect(first).toMatchObject({ attempts: [0], keys: ['run1-7'], userId: 'u7', atNs: 1 });
    expect(worst).toEqual(first);
    expect(last).toMatchObject({ attempts: [2], atNs: 5 });
  });

  it('takes an order that the server withdrew for gone when its unit is sold again', () => {
    const evidence = stockOf(1)
      .acknowledged(0, at(0, 1))
      .row({ key: 'run1-0', status: 'cancelled' })
      .soldOut(1, at(2, 3))
      .sold(2, at(4, 5))
      .evidence();
    const { verdict, reason } = resultOf(evidence, 'falseSoldOut');
    expect([verdict, reason]).toEqual(['pass', undefined]);
  });
});
