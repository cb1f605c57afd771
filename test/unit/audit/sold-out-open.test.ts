import { describeCases, type InvariantCase } from '../../helpers/invariant-cases.ts';
import { accepted, at, stockOf } from '../../helpers/sold-out-histories.ts';

type Case = Omit<InvariantCase, 'name'>;

const open: readonly Case[] = [
  {
    title: 'a refusal that a timed out order may explain',
    evidence: () =>
      stockOf(1).timedOut(0, at(0, 1)).soldOut(1, at(2, 3)).evidence({ withoutTruth: true }),
    verdict: 'unknown',
    lo: 0,
    hi: 1,
    reason: /up to 1 answer may be wrong: nobody knows whether some orders were served/,
  },
  {
    title: 'the same with a snapshot taken in motion',
    evidence: () =>
      stockOf(1).timedOut(0, at(0, 1)).soldOut(1, at(2, 3)).evidence({ quiesced: false }),
    verdict: 'unknown',
    hi: 1,
    reason: /not quiesced/,
  },
  {
    title: 'a refusal that sales to others may explain, without a snapshot',
    evidence: () =>
      stockOf(1).soldOut(1, at(2, 3)).evidence({ withoutTruth: true, exclusive: false }),
    verdict: 'unknown',
    lo: 0,
    hi: 1,
    reason: /others may have bought/,
  },
  {
    title: 'a sale after sold-out, where others may have given a unit back',
    evidence: () =>
      stockOf(1)
        .soldOut(1, at(2, 3))
        .acknowledged(0, at(4, 5))
        .evidence({ withoutTruth: true, exclusive: false }),
    verdict: 'unknown',
    lo: 0,
    hi: 1,
  },
  {
    title: 'a refusal that a row of others may explain',
    evidence: () =>
      stockOf(1).soldOut(1, at(2, 3)).row({ key: 'other-1' }).evidence({ exclusive: false }),
    verdict: 'unknown',
    lo: 0,
    hi: 1,
    reason: /foreign traffic: 1 unit/,
  },
  {
    title: 'a refusal that a withdrawn row of others may explain',
    evidence: () =>
      stockOf(1)
        .soldOut(1, at(2, 3))
        .row({ key: 'other-1', status: 'cancelled' })
        .evidence({ exclusive: false }),
    verdict: 'unknown',
    lo: 0,
    hi: 1,
  },
  {
    title: 'a refusal that a pending row may explain',
    evidence: () =>
      stockOf(1)
        .attempt({ intent: 0, ...accepted, ...at(0, 1) })
        .row({ key: 'run1-0', status: 'pending' })
        .soldOut(1, at(2, 3))
        .evidence(),
    verdict: 'unknown',
    lo: 0,
    hi: 1,
  },
  {
    title: 'a refusal that an order may explain which was accepted and then vanished',
    evidence: () =>
      stockOf(1)
        .attempt({ intent: 0, ...accepted, ...at(0, 1) })
        .soldOut(1, at(2, 3))
        .evidence(),
    verdict: 'unknown',
    lo: 0,
    hi: 1,
  },
  {
    title: 'a refusal in an interrupted run, from which attempts may be missing',
    evidence: () => stockOf(1).soldOut(1, at(2, 3)).evidence({ interrupted: true }),
    verdict: 'unknown',
    lo: 0,
    hi: 1,
    reason: /interrupted/,
  },
  {
    title: 'contract and store that disagree about the unit that was left',
    evidence: () => {
      const evidence = stockOf(1).sold(0, at(0, 1)).soldOut(1, at(2, 3)).evidence();
      const products = [{ id: 'p0', initial: 2, remaining: 1 }];
      return { ...evidence, truth: evidence.truth && { ...evidence.truth, products } };
    },
    verdict: 'unknown',
    lo: 0,
    hi: 1,
    reason: /disagree about the stock \(1, 2\)/,
  },
  {
    title: 'the key of an order sent again with another quantity, which was accepted',
    evidence: () =>
      stockOf(3)
        .sold(0, at(0, 1))
        .acknowledged(0, { ...at(2, 3), quantity: 2, orderId: 'o0b' })
        .soldOut(1, at(4, 5))
        .evidence(),
    verdict: 'unknown',
    lo: 0,
    hi: 1,
  },
];

describeCases(
  'falseSoldOut leaves open',
  open.map((entry) => ({ ...entry, name: 'falseSoldOut' })),
);
