import { cleanSale, HistoryBuilder } from '../../helpers/history-builder.ts';
import { describeCases, type InvariantCase } from '../../helpers/invariant-cases.ts';

const twoProducts = () => new HistoryBuilder({ id: 'shoe' }, { id: 'cap' });

const cases: readonly InvariantCase[] = [
  {
    title: 'three orders acknowledged for two units',
    name: 'oversell',
    evidence: () => cleanSale().sold(4).sold(5).evidence(),
    verdict: 'violated',
    value: 2,
    witnesses: 2,
    first: /run1-4 of u4 took unit 3 of 2, 7\.0 ms after the opening/,
  },
  {
    title: 'more acknowledged than there were, though there is no snapshot',
    name: 'oversell',
    evidence: () => cleanSale().acknowledged(4).evidence({ withoutTruth: true }),
    verdict: 'violated',
    value: 1,
  },
  {
    title: 'a row too many that its buyer never heard of',
    name: 'oversell',
    evidence: () => cleanSale().timedOut(4).committed(4).evidence(),
    verdict: 'violated',
    value: 1,
    first: /run1-4/,
  },
  {
    title: 'rows within the stock, but more promised together with the lost ones',
    name: 'oversell',
    evidence: () => cleanSale().acknowledged(4).evidence(),
    verdict: 'violated',
    value: 1,
  },
  {
    title: 'an oversell that a restless snapshot shows already',
    name: 'oversell',
    evidence: () => cleanSale().sold(4).evidence({ quiesced: false }),
    verdict: 'violated',
    lo: 1,
    hi: null,
  },
  {
    title: 'an oversell that a later cancellation hides',
    name: 'oversell',
    evidence: () =>
      new HistoryBuilder({ stock: 1 })
        .acknowledged(0, { sentNs: 0, doneNs: 10 })
        .sold(1, { sentNs: 0, doneNs: 20 })
        .cancelled(0, 'ok', { sentNs: 30, doneNs: 40 })
        .evidence(),
    verdict: 'violated',
    value: 1,
  },
  {
    title: 'a unit sold again after its cancellation',
    name: 'oversell',
    evidence: () =>
      new HistoryBuilder({ stock: 1 })
        .acknowledged(0, { sentNs: 0, doneNs: 10 })
        .cancelled(0, 'ok', { sentNs: 30, doneNs: 40 })
        .sold(1, { sentNs: 50, doneNs: 60 })
        .evidence(),
    verdict: 'pass',
    value: 0,
  },
  {
    title: 'a timeout that may have sold one too many, with nothing to look it up by',
    name: 'oversell',
    evidence: () => cleanSale().timedOut(4).evidence({ withoutTruth: true }),
    verdict: 'unknown',
    lo: 0,
    hi: 1,
    reason: /no snapshot/,
  },
  {
    title: 'a timeout that a look-up showed to have sold nothing',
    name: 'oversell',
    evidence: () => cleanSale().timedOut(4).lookedUp(4, false).evidence({ withoutTruth: true }),
    verdict: 'pass',
    value: 0,
  },
  {
    title: 'a timeout that a look-up showed to have sold',
    name: 'oversell',
    evidence: () => cleanSale().timedOut(4).lookedUp(4, true).evidence({ withoutTruth: true }),
    verdict: 'violated',
    value: 1,
  },
  {
    title: 'a look-up that found nothing while orders were still under way',
    name: 'oversell',
    evidence: () =>
      cleanSale()
        .timedOut(4, { sentNs: 0, doneNs: 10 ** 9 })
        .lookedUp(4, false, { sentNs: 5 })
        .evidence({ withoutTruth: true }),
    verdict: 'unknown',
    hi: 1,
  },
  {
    title: 'rows of somebody else beyond the stock of an own server',
    name: 'oversell',
    evidence: () => cleanSale().row({ key: 'other-1' }).evidence({ exclusive: false }),
    verdict: 'unknown',
    hi: 1,
    reason: /foreign traffic: 1 unit/,
  },
  {
    title: 'orders of two units each',
    name: 'oversell',
    evidence: () =>
      new HistoryBuilder({ stock: 3 }).sold(0, { quantity: 2 }).sold(1, { quantity: 2 }).evidence(),
    verdict: 'violated',
    value: 1,
  },
  {
    title: 'the worse of two products, named in the witness',
    name: 'oversell',
    evidence: () =>
      [3, 4, 5]
        .reduce((run, intent) => run.sold(intent, { product: 1 }), twoProducts().sold(0))
        .evidence(),
    verdict: 'violated',
    value: 1,
    reason: /^cap: /,
    first: /^cap: /,
  },
  {
    title: 'contract and store that disagree about the stock',
    name: 'oversell',
    evidence: () => {
      const evidence = cleanSale().evidence();
      const products = [{ id: 'p0', initial: 1, remaining: 0 }];
      return { ...evidence, truth: evidence.truth && { ...evidence.truth, products } };
    },
    verdict: 'unknown',
    hi: 1,
    reason: /disagree/,
  },
  {
    title: 'a unit left over and two buyers sent away',
    name: 'undersell',
    evidence: () => new HistoryBuilder({}).sold(0).soldOut(1).soldOut(2).evidence(),
    verdict: 'violated',
    value: 1,
    witnesses: 1,
    first: /u1 was told sold-out for run1-1/,
  },
  {
    title: 'units left over that nobody was refused',
    name: 'undersell',
    evidence: () => new HistoryBuilder({ stock: 9 }).sold(0).sold(1).evidence(),
    verdict: 'pass',
    value: 0,
  },
  {
    title: 'units left over, refused only to those who had theirs',
    name: 'undersell',
    evidence: () =>
      new HistoryBuilder({ limitPerUser: 1 }).sold(0).soldOut(1, { user: 0 }).evidence(),
    verdict: 'pass',
    value: 0,
  },
  {
    title: 'one unit left over, refused to a buyer of two',
    name: 'undersell',
    evidence: () =>
      new HistoryBuilder({ stock: 3 })
        .sold(0, { quantity: 2 })
        .soldOut(1, { quantity: 2 })
        .evidence(),
    verdict: 'pass',
    value: 0,
  },
  {
    title: 'a timeout that may hold the unit left over, without a snapshot',
    name: 'undersell',
    evidence: () =>
      new HistoryBuilder({}).sold(0).timedOut(1).soldOut(2).evidence({ withoutTruth: true }),
    verdict: 'unknown',
    lo: 0,
    hi: 1,
  },
  {
    title: 'a unit left over by the answers alone, of a server that nobody else uses',
    name: 'undersell',
    evidence: () => new HistoryBuilder({}).sold(0).soldOut(2).evidence({ withoutTruth: true }),
    verdict: 'violated',
    value: 1,
  },
  {
    title: 'a unit left over by the answers alone, which others may have bought',
    name: 'undersell',
    evidence: () =>
      new HistoryBuilder({}).sold(0).soldOut(2).evidence({ withoutTruth: true, exclusive: false }),
    verdict: 'unknown',
  },
  {
    title: 'a snapshot taken before the server came to rest',
    name: 'undersell',
    evidence: () => new HistoryBuilder({}).sold(0).soldOut(1).evidence({ quiesced: false }),
    verdict: 'unknown',
    reason: /not quiesced/,
  },
  {
    title: 'a unit sold again after a restless snapshot had held its first order',
    name: 'oversell',
    evidence: () =>
      new HistoryBuilder({ stock: 1 })
        .sold(0, { sentNs: 0, doneNs: 10 })
        .cancelled(0, 'ok', { sentNs: 30, doneNs: 40 })
        .acknowledged(1, { sentNs: 50, doneNs: 60 })
        .evidence({ quiesced: false }),
    verdict: 'unknown',
    lo: 0,
  },
  {
    title: 'an order that was found, and perhaps withdrawn',
    name: 'oversell',
    evidence: () =>
      new HistoryBuilder({ stock: 0 })
        .timedOut(0)
        .cancelled(0, 'info')
        .lookedUp(0, true)
        .evidence({ withoutTruth: true }),
    verdict: 'unknown',
    lo: 0,
    hi: 1,
  },
  {
    title: 'a unit left over by the answers of an interrupted run, which may lack some',
    name: 'undersell',
    evidence: () =>
      new HistoryBuilder({}).sold(0).soldOut(2).evidence({ withoutTruth: true, interrupted: true }),
    verdict: 'unknown',
    lo: 0,
    hi: 1,
  },
  {
    title: 'a unit that came back of an order that an interruption kept from the record',
    name: 'undersell',
    evidence: () =>
      new HistoryBuilder({ stock: 1 })
        .soldOut(1)
        .cancelled(0, 'ok', { sentNs: 10 ** 8 })
        .row({ key: 'run1-0', status: 'cancelled' })
        .evidence({ interrupted: true }),
    verdict: 'unknown',
    lo: 0,
    hi: 1,
  },
  {
    title: 'a unit that came back of an order that the server withdrew, nobody knows when',
    name: 'undersell',
    evidence: () =>
      new HistoryBuilder({ stock: 1 })
        .acknowledged(0)
        .soldOut(1)
        .row({ key: 'run1-0', status: 'cancelled' })
        .evidence(),
    verdict: 'unknown',
    lo: 0,
  },
  {
    title: 'a row of an unrecorded order in a restless snapshot, withdrawn and sold again',
    name: 'oversell',
    evidence: () =>
      new HistoryBuilder({ stock: 1 })
        .row({ key: 'run1-0' })
        .cancelled(0, 'ok')
        .acknowledged(1)
        .evidence({ quiesced: false, interrupted: true }),
    verdict: 'unknown',
    lo: 0,
  },
];

describeCases('the invariants of selling all and no more', cases);
