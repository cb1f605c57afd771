import { cleanSale, HistoryBuilder } from '../../helpers/history-builder.ts';
import { describeCases, type InvariantCase, ours } from '../../helpers/invariant-cases.ts';

const cases: readonly InvariantCase[] = [
  {
    title: 'a stock of less than nothing',
    name: 'negativeStock',
    evidence: () => cleanSale().remaining(0, -3).evidence(),
    verdict: 'violated',
    value: 3,
    first: /-3 are left/,
  },
  {
    title: 'a ledger that went below zero, in a snapshot taken before rest',
    name: 'negativeStock',
    evidence: () => cleanSale().ledgerEntry({ stockAfter: -1 }).evidence({ quiesced: false }),
    verdict: 'violated',
    lo: 1,
    hi: null,
    first: /ledger entry 1 left the stock at -1/,
  },
  {
    title: 'a counter below zero in a snapshot taken before rest, which may come back',
    name: 'negativeStock',
    evidence: () => cleanSale().remaining(0, -1).evidence({ quiesced: false }),
    verdict: 'unknown',
    reason: /not quiesced/,
  },
  {
    title: 'no snapshot to read the stock from',
    name: 'negativeStock',
    evidence: () => cleanSale().evidence({ withoutTruth: true }),
    verdict: 'unknown',
  },
  {
    title: 'units that are neither left nor sold',
    name: 'conservation',
    evidence: () => new HistoryBuilder({ stock: 5 }).sold(0).remaining(0, 3).evidence(),
    verdict: 'violated',
    value: 1,
    reason: /1 unit leaked/,
  },
  {
    title: 'more left and sold than there was, as a lost update leaves it',
    name: 'conservation',
    evidence: () => cleanSale().remaining(0, 1).evidence(),
    verdict: 'violated',
    value: 1,
    reason: /phantom stock/,
  },
  {
    title: 'units that a pending order holds',
    name: 'conservation',
    evidence: () =>
      new HistoryBuilder({})
        .sold(0)
        .timedOut(1)
        .row({ key: ours(1), status: 'pending' })
        .remaining(0, 0)
        .evidence(),
    verdict: 'pass',
  },
  {
    title: 'rows of others that may be of an earlier sale',
    name: 'conservation',
    evidence: () => cleanSale().row({ key: 'x' }).evidence({ exclusive: false }),
    verdict: 'unknown',
    lo: 0,
    hi: 1,
    reason: /foreign/,
  },
  {
    title: 'books taken before rest',
    name: 'conservation',
    evidence: () => cleanSale().remaining(0, 1).evidence({ quiesced: false }),
    verdict: 'unknown',
    hi: null,
  },
  {
    title: 'a server that refuses everybody',
    name: 'nonVacuity',
    evidence: () =>
      new HistoryBuilder({ stock: 2 }).soldOut(0).soldOut(1).soldOut(2).soldOut(3).evidence(),
    verdict: 'unknown',
    value: 1,
    reason: /nothing was sold: 0 of 2 units/,
  },
  {
    title: 'fewer buyers than units',
    name: 'nonVacuity',
    evidence: () => new HistoryBuilder({ stock: 9 }).sold(0).sold(1).evidence(),
    verdict: 'unknown',
    value: 2,
    reason:
      /never sold out: 2 of 9 units sold; demand of 2 units is less than twice the stock of 9/,
  },
  {
    title: 'a sale in which everybody waited for everybody else',
    name: 'nonVacuity',
    evidence: () =>
      [2, 3]
        .reduce(
          (run, intent) =>
            run.soldOut(intent, { sentNs: 1000 * intent, doneNs: 1000 * intent + 1 }),
          new HistoryBuilder({})
            .sold(0, { sentNs: 0, doneNs: 1 })
            .sold(1, { sentNs: 1000, doneNs: 1001 }),
        )
        .evidence(),
    verdict: 'unknown',
    value: 1,
    reason: /no other attempt was under way while the last unit was sold/,
  },
  {
    title: 'a fault that did not fire',
    name: 'nonVacuity',
    evidence: () =>
      cleanSale().evidence({
        faults: [
          { description: 'kill order-server', fired: false, detail: 'the run had ended' },
          { description: 'slow gateway', fired: true, detail: '' },
        ],
      }),
    verdict: 'unknown',
    value: 1,
    reason: /^fault "kill order-server" did not fire: the run had ended$/,
  },
  {
    title: 'more open ends than the budget allows',
    name: 'nonVacuity',
    evidence: () => cleanSale().timedOut(4).evidence({ withoutTruth: true }),
    verdict: 'unknown',
    reason: /1 of 5 orders \(20\.00 %\) stayed unresolved/,
  },
  {
    title: 'open ends within the budget',
    name: 'nonVacuity',
    evidence: () => cleanSale().timedOut(4).evidence({ withoutTruth: true, unresolvedBudget: 0.2 }),
    verdict: 'pass',
    value: 0,
  },
  {
    title: 'a unit missing that is one of two in the rows of others',
    name: 'conservation',
    evidence: () =>
      new HistoryBuilder({})
        .sold(0)
        .row({ key: 'x', quantity: 2 })
        .remaining(0, 0)
        .evidence({ exclusive: false }),
    verdict: 'unknown',
    lo: 0,
    hi: 1,
  },
];

describeCases('the invariants of the books and of the run', cases);
