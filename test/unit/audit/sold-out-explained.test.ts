import { describeCases, type InvariantCase } from '../../helpers/invariant-cases.ts';
import {
  accepted,
  at,
  promising,
  refusedLater,
  restock,
  stockOf,
} from '../../helpers/sold-out-histories.ts';

type Case = Omit<InvariantCase, 'name'>;

const right: readonly Case[] = [
  {
    title: 'refusals before and after the last unit was being sold',
    evidence: () =>
      stockOf(1).sold(0, at(0, 9)).soldOut(1, at(1, 2)).soldOut(2, at(10, 11)).evidence(),
    verdict: 'pass',
    value: 0,
  },
  {
    title: 'a refusal answered as the last unit was asked for',
    evidence: () => stockOf(1).soldOut(1, at(1, 4)).sold(0, at(4, 5)).evidence(),
    verdict: 'pass',
    value: 0,
  },
  {
    title: 'a timed out order that has its row',
    evidence: () => stockOf(1).timedOut(0, at(0, 1)).committed(0).soldOut(1, at(2, 3)).evidence(),
    verdict: 'pass',
    value: 0,
  },
  {
    title: 'a timed out order that a restless snapshot holds',
    evidence: () =>
      stockOf(1)
        .timedOut(0, at(0, 1))
        .committed(0)
        .soldOut(1, at(2, 3))
        .evidence({ quiesced: false }),
    verdict: 'pass',
    value: 0,
  },
  {
    title: 'an acknowledged order that was lost',
    evidence: () => stockOf(1).acknowledged(0, at(0, 1)).soldOut(1, at(2, 3)).evidence(),
    verdict: 'pass',
    value: 0,
  },
  {
    title: 'two rows under one key, which took both units',
    evidence: () =>
      stockOf(2)
        .sold(0, at(0, 1))
        .row({ id: 'o0b', key: 'run1-0' })
        .soldOut(1, at(2, 3))
        .evidence(),
    verdict: 'pass',
    value: 0,
  },
  {
    title: 'an oversell, which is none of its business',
    evidence: () => stockOf(1).sold(0, at(0, 1)).sold(1, at(0, 2)).soldOut(2, at(3, 4)).evidence(),
    verdict: 'pass',
    value: 0,
    reason: /1 unit sold beyond the stock, see oversell/,
  },
  {
    title: 'an oversell that the figures tell',
    evidence: () =>
      promising(
        stockOf(1)
          .sold(0, { ...at(0, 1), remaining: 0 })
          .sold(1, { ...at(0, 1), remaining: -1 })
          .evidence(),
        { exactRemaining: true },
      ),
    verdict: 'pass',
    value: 0,
  },
  {
    title: 'the same figure told to two, where no figure is promised',
    evidence: () =>
      stockOf(2)
        .sold(0, { ...at(0, 1), remaining: 0 })
        .sold(1, { ...at(0, 1), remaining: 0 })
        .soldOut(2, at(0, 1))
        .evidence(),
    verdict: 'pass',
    value: 0,
  },
  {
    title: 'an answer that came again later with another figure',
    evidence: () =>
      promising(
        stockOf(2)
          .sold(0, { ...at(0, 1), remaining: 1 })
          .acknowledged(0, { ...at(2, 3), remaining: 0 })
          .sold(1, { ...at(4, 5), remaining: 0 })
          .evidence(),
        { exactRemaining: true },
      ),
    verdict: 'pass',
    value: 0,
  },
  {
    title: 'an order whose earlier attempt is recorded later',
    evidence: () =>
      stockOf(1).sold(0, at(5, 6)).timedOut(0, at(0, 1)).soldOut(1, at(2, 3)).evidence(),
    verdict: 'pass',
    value: 0,
  },
  {
    title: 'an order that was cancelled, and sent again afterwards',
    evidence: () =>
      stockOf(1)
        .acknowledged(0, at(0, 1))
        .cancelled(0, 'ok', at(2, 3))
        .acknowledged(0, at(4, 5))
        .soldOut(1, at(6, 7))
        .evidence(),
    verdict: 'pass',
    value: 0,
  },
  {
    title: 'an order that is still there although it was cancelled',
    evidence: () =>
      stockOf(1).sold(0, at(0, 1)).cancelled(0, 'ok', at(2, 3)).soldOut(1, at(6, 7)).evidence(),
    verdict: 'pass',
    value: 0,
  },
  {
    title: 'an ok answer that tells no figure, though the others do',
    evidence: () =>
      promising(
        stockOf(5)
          .sold(0, { ...at(0, 1), remaining: 2 })
          .sold(1, at(2, 3))
          .evidence(),
        { exactRemaining: true },
      ),
    verdict: 'pass',
    value: 0,
    reason: /what was told to be left was not checked/,
  },
  {
    title: 'a refusal of two units while one is left',
    evidence: () =>
      stockOf(2)
        .sold(0, at(0, 1))
        .soldOut(1, { ...at(2, 3), quantity: 2 })
        .evidence(),
    verdict: 'pass',
    value: 0,
  },
  {
    title: 'refusals while nobody knows whether a unit came back',
    evidence: () =>
      stockOf(1).sold(0, at(0, 1)).cancelled(0, 'info', at(2, 3)).soldOut(1, at(8, 9)).evidence(),
    verdict: 'pass',
    value: 0,
  },
  {
    title: 'a unit sold again after its cancellation, and refusals before it',
    evidence: () =>
      stockOf(1)
        .acknowledged(0, at(0, 1))
        .soldOut(1, at(1, 2))
        .cancelled(0, 'ok', at(3, 4))
        .sold(2, at(3, 5))
        .soldOut(3, at(6, 7))
        .evidence(),
    verdict: 'pass',
    value: 0,
  },
  {
    title: 'an order that the server withdrew, nobody knows when',
    evidence: () =>
      stockOf(1)
        .acknowledged(0, at(0, 1))
        .row({ key: 'run1-0', status: 'cancelled' })
        .soldOut(1, at(2, 3))
        .evidence(),
    verdict: 'pass',
    value: 0,
  },
  {
    title: 'a restock that failed',
    evidence: () =>
      stockOf(1)
        .sold(0, at(0, 1))
        .soldOut(1, at(4, 5))
        .evidence({ events: [restock(1, 2, { outcome: 'fail' })] }),
    verdict: 'pass',
    value: 0,
  },
  {
    title: 'a restock of which nobody knows whether it came',
    evidence: () =>
      stockOf(1)
        .sold(0, at(0, 1))
        .soldOut(1, at(4, 5))
        .evidence({ events: [restock(1, 2, { outcome: 'info' })] }),
    verdict: 'pass',
    value: 0,
  },
  {
    title: 'the key of an order sent again with another quantity, and sold-out told to that',
    evidence: () =>
      stockOf(3)
        .sold(0, at(0, 1))
        .attempt({ intent: 0, ...at(2, 3), quantity: 2, outcome: 'fail', code: 'sold-out' })
        .evidence(),
    verdict: 'pass',
    value: 0,
  },
  {
    title: 'sold-out told before the opening and after the closing',
    evidence: () =>
      promising(stockOf(1).soldOut(0, at(-5, 1)).soldOut(1, at(2_000_000, 3_000_001)).evidence(), {
        opensAtMs: 0,
        closesAtMs: 3,
      }),
    verdict: 'pass',
    value: 0,
  },
  {
    title: 'sold-out told once the run had closed the sale',
    evidence: () =>
      stockOf(1)
        .soldOut(0, at(2, 5))
        .evidence({ events: [{ ...restock(0, 4), event: { kind: 'close' } }] }),
    verdict: 'pass',
    value: 0,
  },
  {
    title: 'a look-up that was itself refused',
    evidence: () =>
      stockOf(1)
        .timedOut(0, at(0, 1))
        .attempt({ intent: 0, ...refusedLater(2, 3), status: 409 })
        .sold(1, at(4, 5))
        .evidence(),
    verdict: 'pass',
    value: 0,
  },
  {
    title: 'an asynchronous order decided against after the last unit was sold',
    evidence: () =>
      stockOf(1)
        .attempt({ intent: 0, ...accepted, ...at(0, 1) })
        .sold(1, at(2, 5))
        .attempt({ intent: 0, ...refusedLater(6, 7) })
        .evidence(),
    verdict: 'pass',
    value: 0,
  },
  {
    title: 'own sales that explain every refusal, whatever others bought',
    evidence: () =>
      stockOf(1)
        .acknowledged(0, at(0, 1))
        .soldOut(1, at(2, 3))
        .evidence({ withoutTruth: true, exclusive: false }),
    verdict: 'pass',
    value: 0,
  },
  {
    title: 'sold-out told to a request for no units',
    evidence: () =>
      stockOf(1)
        .soldOut(0, { ...at(0, 1), quantity: 0 })
        .evidence(),
    verdict: 'pass',
    value: 0,
  },
  {
    title: 'a sale at which nobody was refused',
    evidence: () => stockOf(9).sold(0).evidence(),
    verdict: 'pass',
    value: 0,
  },
];

describeCases(
  'falseSoldOut passes',
  right.map((entry) => ({ ...entry, name: 'falseSoldOut' })),
);
