import { cleanSale, HistoryBuilder } from '../../helpers/history-builder.ts';
import { describeCases, type InvariantCase } from '../../helpers/invariant-cases.ts';

const twoProducts = () => new HistoryBuilder({ id: 'shoe' }, { id: 'cap' });

/** Stock that grows while it is sold: cancellations, restocks; and requests that are nobody's order. */
const cases: readonly InvariantCase[] = [
  {
    title: 'a unit that came back by a cancellation when everybody had been refused rightly',
    name: 'undersell',
    evidence: () =>
      new HistoryBuilder({ stock: 1 })
        .acknowledged(0)
        .soldOut(1)
        .cancelled(0, 'ok', { sentNs: 10 ** 8, doneNs: 10 ** 8 + 1 })
        .evidence(),
    verdict: 'pass',
    value: 0,
  },
  {
    title: 'a unit that may have come back before the refusal was decided',
    name: 'undersell',
    evidence: () =>
      new HistoryBuilder({ stock: 1 })
        .acknowledged(0, { sentNs: 0, doneNs: 10 })
        .cancelled(0, 'ok', { sentNs: 20, doneNs: 40 })
        .soldOut(1, { sentNs: 15, doneNs: 30 })
        .evidence(),
    verdict: 'unknown',
    lo: 0,
    hi: 1,
  },
  {
    title: 'a unit that had come back before the refusal',
    name: 'undersell',
    evidence: () =>
      new HistoryBuilder({ stock: 1 })
        .acknowledged(0, { sentNs: 0, doneNs: 10 })
        .cancelled(0, 'ok', { sentNs: 20, doneNs: 40 })
        .soldOut(1, { sentNs: 50, doneNs: 60 })
        .evidence(),
    verdict: 'violated',
    value: 1,
  },
  {
    title: 'units restocked when everybody had been refused rightly',
    name: 'undersell',
    evidence: () =>
      cleanSale()
        .restocked(3, { sentNs: 10 ** 8 })
        .evidence(),
    verdict: 'pass',
    value: 0,
  },
  {
    title: 'units restocked before the refusals',
    name: 'undersell',
    evidence: () => cleanSale().restocked(1, { sentNs: 0 }).evidence(),
    verdict: 'violated',
    value: 1,
  },
  {
    title: 'units left over before a restock that nobody came for either',
    name: 'undersell',
    evidence: () =>
      new HistoryBuilder({})
        .sold(0)
        .soldOut(1)
        .restocked(3, { sentNs: 10 ** 8 })
        .evidence(),
    verdict: 'violated',
    value: 1,
    witnesses: 1,
  },
  {
    title: 'a refusal while units were being restocked',
    name: 'undersell',
    evidence: () => {
      const run = new HistoryBuilder({ stock: 1 }).sold(0, { sentNs: 0, doneNs: 10 });
      run.restocked(1, { sentNs: 20, doneNs: 40 });
      return run.soldOut(1, { sentNs: 15, doneNs: 30 }).evidence();
    },
    verdict: 'unknown',
    lo: 0,
    hi: 1,
  },
  {
    title: 'a unit left over, refused to probes only',
    name: 'undersell',
    evidence: () => new HistoryBuilder({}).sold(0).soldOut(1, { keyVariant: 1001 }).evidence(),
    verdict: 'pass',
    value: 0,
  },
  {
    title: 'a unit left over, refused by a look-up to a buyer who was let in before',
    name: 'undersell',
    evidence: () => new HistoryBuilder({}).sold(0).accepted(1).status(1, 'refused').evidence(),
    verdict: 'violated',
    value: 1,
  },
  {
    title: 'a unit that an order held until it was refused for another reason',
    name: 'undersell',
    evidence: () =>
      new HistoryBuilder({ stock: 1 })
        .accepted(0)
        .soldOut(1)
        .status(0, 'refused', { code: 'limit-per-user' })
        .evidence(),
    verdict: 'unknown',
    lo: 0,
  },
  {
    title: 'restocked units sold after they came',
    name: 'oversell',
    evidence: () => {
      const run = new HistoryBuilder({ stock: 1 }).sold(0, { sentNs: 0, doneNs: 10 });
      return run.restocked(1, { sentNs: 20 }).sold(1, { sentNs: 15, doneNs: 30 }).evidence();
    },
    verdict: 'pass',
    value: 0,
  },
  {
    title: 'a unit sold before the restock that brought it',
    name: 'oversell',
    evidence: () => {
      const run = new HistoryBuilder({ stock: 1 }).sold(0, { sentNs: 0, doneNs: 10 });
      return run.sold(1, { sentNs: 5, doneNs: 15 }).restocked(1, { sentNs: 20 }).evidence();
    },
    verdict: 'violated',
    value: 1,
    reason:
      /1 unit more than the stock of 1 unit were sold before others came back or were restocked/,
    first: /run1-1 of u1 took unit 2 of 1/,
  },
  {
    title: 'more than there was with the restock',
    name: 'oversell',
    evidence: () => cleanSale().restocked(1).sold(4).sold(5).evidence(),
    verdict: 'violated',
    value: 1,
  },
  {
    title: 'a sale that only a restock of which nobody knows explains',
    name: 'oversell',
    evidence: () => cleanSale().restocked(1, { outcome: 'info' }).sold(4).evidence(),
    verdict: 'unknown',
    lo: 0,
    hi: 1,
    reason: /nobody knows whether 1 units were restocked/,
  },
  {
    title: 'a sale that a failed restock does not explain',
    name: 'oversell',
    evidence: () => cleanSale().restocked(1, { outcome: 'fail' }).sold(4).evidence(),
    verdict: 'violated',
    value: 1,
  },
  {
    title: 'the restock of another product',
    name: 'oversell',
    evidence: () => {
      const run = twoProducts().restocked(9, { product: 1 });
      return run.sold(0).sold(1).sold(2).evidence();
    },
    verdict: 'violated',
    value: 1,
    reason: /^shoe: /,
  },
  {
    title: 'orders that look-ups found confirmed, beyond the stock',
    name: 'oversell',
    evidence: () => {
      const run = cleanSale().accepted(4).status(4, 'confirmed');
      return run.evidence({ withoutTruth: true });
    },
    verdict: 'violated',
    value: 1,
  },
  {
    title: 'an accepted order that was decided against',
    name: 'oversell',
    evidence: () => cleanSale().accepted(4).status(4, 'refused').evidence({ withoutTruth: true }),
    verdict: 'pass',
  },
  {
    title: 'an accepted order that was decided against and sent again without an answer',
    name: 'oversell',
    evidence: () => {
      const run = cleanSale().accepted(4).status(4, 'refused');
      return run.timedOut(4, { sentNs: 10 ** 9 }).evidence({ withoutTruth: true });
    },
    verdict: 'unknown',
    hi: 1,
  },
  {
    title: 'an accepted order that was never decided',
    name: 'oversell',
    evidence: () => cleanSale().accepted(4).status(4, 'pending').evidence({ withoutTruth: true }),
    verdict: 'unknown',
    hi: 1,
  },
  {
    title: 'a probe that was served beyond the stock',
    name: 'oversell',
    evidence: () => cleanSale().sold(4, { keyVariant: 1000 }).evidence(),
    verdict: 'violated',
    value: 1,
  },
  {
    title: 'a reused key that timed out and may have sold two more',
    name: 'oversell',
    evidence: () =>
      cleanSale().timedOut(0, { attempt: 0, quantity: 2 }).evidence({ withoutTruth: true }),
    verdict: 'unknown',
    lo: 0,
    hi: 2,
  },
  {
    title: 'a reused key that was refused',
    name: 'oversell',
    evidence: () =>
      cleanSale()
        .soldOut(0, { attempt: 0, quantity: 2, code: 'key-reuse' })
        .evidence({ withoutTruth: true }),
    verdict: 'pass',
  },
  {
    title: 'a unit that an order may have held which was accepted and came to nothing',
    name: 'undersell',
    evidence: () => new HistoryBuilder({ stock: 1 }).accepted(0).soldOut(1).evidence(),
    verdict: 'unknown',
    lo: 0,
    hi: 1,
  },
  {
    title: 'an order that may have been decided against before the restock',
    name: 'undersell',
    evidence: () => {
      const run = new HistoryBuilder({ stock: 0 }).accepted(0, { sentNs: 0, doneNs: 5 });
      run.restocked(1, { sentNs: 10, doneNs: 11 });
      return run.status(0, 'refused', { sentNs: 20, doneNs: 21 }).evidence();
    },
    verdict: 'unknown',
    lo: 0,
    hi: 1,
  },
  {
    title: 'a look-up that refused one of two payloads, nobody knows which',
    name: 'undersell',
    evidence: () => {
      const run = new HistoryBuilder({ stock: 1 }).timedOut(0).timedOut(0, { quantity: 2 });
      return run.status(0, 'refused').evidence();
    },
    verdict: 'unknown',
    lo: 0,
  },
  {
    title: 'units that a reused key may have been sold',
    name: 'undersell',
    evidence: () => {
      const run = new HistoryBuilder({ stock: 3 }).acknowledged(0).timedOut(0, { quantity: 2 });
      return run.soldOut(1).evidence({ withoutTruth: true });
    },
    verdict: 'unknown',
    lo: 0,
  },
  {
    title: 'a refusal after a restock that was sold, before a cancellation that was not',
    name: 'undersell',
    evidence: () => {
      const run = new HistoryBuilder({ stock: 1 }).acknowledged(0, { sentNs: 0, doneNs: 5 });
      run.restocked(1, { sentNs: 8, doneNs: 9 }).sold(1, { sentNs: 10, doneNs: 11 });
      run.soldOut(2, { sentNs: 20, doneNs: 21 });
      return run.cancelled(0, 'ok', { sentNs: 30, doneNs: 40 }).evidence();
    },
    verdict: 'pass',
    value: 0,
  },
  {
    title: 'a refusal that was complete as the restock was asked for',
    name: 'undersell',
    evidence: () => {
      const run = new HistoryBuilder({ stock: 1 }).sold(0, { sentNs: 0, doneNs: 10 });
      run.restocked(1, { sentNs: 20, doneNs: 40 });
      return run.soldOut(1, { sentNs: 15, doneNs: 20 }).evidence();
    },
    verdict: 'unknown',
    lo: 0,
    hi: 1,
  },
  {
    title: 'a refusal before one unit was sold as another was being given back',
    name: 'undersell',
    evidence: () => {
      const run = new HistoryBuilder({}).sold(1, { sentNs: 0, doneNs: 20 });
      run.acknowledged(0, { sentNs: 1, doneNs: 10 }).soldOut(2, { sentNs: 2, doneNs: 11 });
      return run.cancelled(0, 'ok', { sentNs: 20, doneNs: 21 }).evidence();
    },
    verdict: 'unknown',
    lo: 0,
    hi: 1,
  },
  {
    title: 'more refusals than units left in the end, of sales that nobody was answered',
    name: 'undersell',
    evidence: () => {
      const run = new HistoryBuilder({}).timedOut(0).committed(0).timedOut(1).committed(1);
      return run
        .soldOut(2)
        .soldOut(3)
        .restocked(1, { sentNs: 10 ** 9 })
        .evidence();
    },
    verdict: 'unknown',
    lo: 0,
    hi: 1,
  },
  {
    title: 'an order that look-ups found before the restock and after it',
    name: 'oversell',
    evidence: () => {
      const run = new HistoryBuilder({ stock: 1 }).sold(0, { sentNs: 0, doneNs: 10 });
      run.accepted(1, { sentNs: 0, doneNs: 10 }).committed(1);
      run.status(1, 'confirmed', { sentNs: 20, doneNs: 21 });
      run.status(1, 'confirmed', { sentNs: 40, doneNs: 41 });
      return run.restocked(1, { sentNs: 30 }).evidence();
    },
    verdict: 'violated',
    value: 1,
  },
  {
    title: 'a look-up that found one of two payloads, nobody knows which',
    name: 'oversell',
    evidence: () => {
      const run = new HistoryBuilder({ stock: 1 }).timedOut(0).timedOut(0, { quantity: 2 });
      return run.status(0, 'confirmed').evidence({ withoutTruth: true });
    },
    verdict: 'unknown',
    lo: 0,
    hi: 2,
  },
];

describeCases('oversell and undersell of a stock that is not only sold', cases);
