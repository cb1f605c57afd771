import { describeCases, type InvariantCase } from '../../helpers/invariant-cases.ts';
import { at, restock, stockOf } from '../../helpers/sold-out-histories.ts';

type Case = Omit<InvariantCase, 'name'>;

const cases: readonly Case[] = [
  {
    title: 'a refusal before an order was sent that was served',
    evidence: () =>
      stockOf(3)
        .sold(0, at(0, 1))
        .sold(4, at(2, 3))
        .soldOut(1, at(1, 2))
        .soldOut(1, { ...at(2, 3), attempt: 2 })
        .soldOut(2, at(1, 6))
        .sold(3, at(5, 7))
        .soldOut(9, { ...at(6, 7), user: 1 })
        .evidence(),
    verdict: 'pass',
    value: 1,
    reason: /^1 of 2 refused buyers .* 66\.7 % were out of the order of asking/,
    witnesses: 1,
    first: /^p0: u1 was told sold-out for run1-1, .*; run1-3, sent .*, was served$/,
  },
  {
    title: 'users with numbers beyond all bounds',
    evidence: () =>
      stockOf(2)
        .soldOut(1, { ...at(1, 2), user: 4_000_000_000 })
        .soldOut(2, { ...at(4, 5), user: 4_000_000_000 })
        .sold(0, { ...at(3, 4), user: 3_000_000_000 })
        .evidence(),
    verdict: 'pass',
    value: 1,
    reason: /^1 of 1 refused buyer .* 100\.0 %/,
  },
  {
    title: 'a refusal that was complete as the last served order was sent',
    evidence: () => stockOf(1).soldOut(1, at(0, 5)).sold(0, at(5, 6)).evidence(),
    verdict: 'pass',
    value: 0,
  },
  {
    title: 'somebody who was refused first and served later',
    evidence: () =>
      stockOf(2)
        .soldOut(1, at(0, 1))
        .sold(2, { ...at(2, 3), user: 1 })
        .sold(3, at(4, 5))
        .evidence(),
    verdict: 'pass',
    value: 0,
  },
  {
    title: 'somebody who was refused two units before another got one',
    evidence: () =>
      stockOf(1)
        .soldOut(1, { ...at(0, 1), quantity: 2 })
        .sold(0, at(2, 3))
        .evidence(),
    verdict: 'pass',
    value: 0,
  },
  {
    title: 'somebody who was refused one unit before another got two',
    evidence: () =>
      stockOf(2)
        .soldOut(1, at(0, 1))
        .sold(0, { ...at(2, 3), quantity: 2 })
        .evidence(),
    verdict: 'pass',
    value: 1,
  },
  {
    title: 'a refused buyer who may have been served after all',
    evidence: () =>
      stockOf(2)
        .soldOut(1, at(0, 1))
        .timedOut(4, { ...at(0, 1), user: 1 })
        .acknowledged(0, at(2, 3))
        .evidence({ withoutTruth: true }),
    verdict: 'pass',
    value: null,
    lo: 0,
    hi: 1,
    reason: /^0 of 0 refused buyers /,
  },
  {
    title: 'a later order that may have been served',
    evidence: () =>
      stockOf(2).soldOut(1, at(0, 1)).timedOut(0, at(2, 3)).evidence({ withoutTruth: true }),
    verdict: 'pass',
    lo: 0,
    hi: 1,
  },
  {
    title: 'a refusal before a restock that others had the units of',
    evidence: () =>
      stockOf(1)
        .sold(0, at(0, 1))
        .soldOut(1, at(1, 2))
        .sold(2, at(5, 6))
        .evidence({ events: [restock(1, 3)] }),
    verdict: 'pass',
    value: 1,
    reason: /units came back or were restocked meanwhile/,
  },
];

describeCases(
  'fairness, which never convicts,',
  cases.map((entry) => ({ ...entry, name: 'fairness' })),
);
