import type { ControlRecord } from '../../../src/history/run-record.ts';
import { cleanSale, HistoryBuilder } from '../../helpers/history-builder.ts';
import { describeCases, type InvariantCase, ours } from '../../helpers/invariant-cases.ts';

function controlOf(state: ControlRecord['state']): ControlRecord {
  return { state, stock: 5, soldUnits: 5, attempts: 9, durationMs: 1000, reason: 'no reply' };
}

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
    title: 'units that a pending order holds, or a leak: without a ledger nobody knows',
    name: 'conservation',
    evidence: () =>
      new HistoryBuilder({})
        .sold(0)
        .timedOut(1)
        .row({ key: ours(1), status: 'pending' })
        .remaining(0, 0)
        .evidence(),
    verdict: 'unknown',
    lo: 0,
    hi: 1,
    reason: /1 pending unit may not be taken yet/,
  },
  {
    title: 'units that a pending order holds, as the ledger shows',
    name: 'conservation',
    evidence: () =>
      new HistoryBuilder({})
        .sold(0)
        .withLedger()
        .timedOut(1)
        .row({ key: ours(1), status: 'pending' })
        .ledgerEntry({ key: ours(1), stockAfter: 0 })
        .remaining(0, 0)
        .evidence(),
    verdict: 'pass',
  },
  {
    title: 'a pending order that the ledger has not taken yet',
    name: 'conservation',
    evidence: () =>
      new HistoryBuilder({})
        .sold(0)
        .withLedger()
        .timedOut(1)
        .row({ key: ours(1), status: 'pending' })
        .evidence(),
    verdict: 'pass',
  },
  {
    title: 'a pending order that the ledger has not taken, and whose unit is gone',
    name: 'conservation',
    evidence: () =>
      new HistoryBuilder({})
        .sold(0)
        .withLedger()
        .timedOut(1)
        .row({ key: ours(1), status: 'pending' })
        .remaining(0, 0)
        .evidence(),
    verdict: 'violated',
    value: 1,
    reason: /1 unit leaked/,
  },
  {
    title: 'units that were restocked',
    name: 'conservation',
    evidence: () => cleanSale().restocked(3).evidence(),
    verdict: 'pass',
  },
  {
    title: 'a restock that nobody knows of, with its units there',
    name: 'conservation',
    evidence: () => cleanSale().restocked(3, { outcome: 'info' }).evidence(),
    verdict: 'unknown',
    lo: 0,
    hi: 3,
    reason: /nobody knows whether 3 units were restocked/,
  },
  {
    title: 'more units than any restock can have brought',
    name: 'conservation',
    evidence: () => cleanSale().restocked(3, { outcome: 'info' }).remaining(0, 4).evidence(),
    verdict: 'violated',
    lo: 1,
    reason: /1 unit of phantom stock/,
  },
  {
    title: 'a restock that failed and brought its units',
    name: 'conservation',
    evidence: () => cleanSale().restocked(3, { outcome: 'fail' }).remaining(0, 3).evidence(),
    verdict: 'violated',
    value: 3,
  },
  {
    title: 'orders that add up, and a ledger that does not',
    name: 'conservation',
    evidence: () => cleanSale().withLedger().ledgerEntry({ stockAfter: 0 }).evidence(),
    verdict: 'violated',
    value: 1,
    reason: /1 unit of phantom stock.*by the ledger: 2 at the start, 3 taken, 0 left/,
    first: /by the ledger/,
  },
  {
    title: 'a ledger that lacks what others took',
    name: 'conservation',
    evidence: () =>
      cleanSale({ stock: 3 })
        .withLedger()
        .row({ key: 'x' })
        .remaining(0, 0)
        .evidence({ exclusive: false }),
    verdict: 'unknown',
    lo: 0,
    hi: 1,
    reason: /foreign traffic/,
  },
  {
    title: 'answers that told of less than nothing, and promised to be exact',
    name: 'negativeStock',
    evidence: () =>
      cleanSale()
        .promising({ exactRemaining: true })
        .acknowledged(4, { remaining: -2 })
        .evidence({ quiesced: false }),
    verdict: 'violated',
    lo: 2,
    hi: null,
    first: /a buyer was told 7\.0 ms after the opening that -2 are left/,
  },
  {
    title: 'answers that told of less than nothing, and promised nothing',
    name: 'negativeStock',
    evidence: () => cleanSale().acknowledged(0, { attempt: 2, remaining: -2 }).evidence(),
    verdict: 'pass',
  },
  {
    title: 'a page that showed less than nothing',
    name: 'negativeStock',
    evidence: () =>
      cleanSale()
        .promising({ exactRemaining: true })
        .attempt({ intent: 0, operation: 'page', outcome: 'ok', code: 'ok', remaining: -1 })
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
    title: 'a restock that was not applied',
    name: 'nonVacuity',
    evidence: () => cleanSale().event({ outcome: 'fail', detail: 'the run had ended' }).evidence(),
    verdict: 'unknown',
    value: 1,
    reason: /^the closing was not applied: the run had ended$/,
  },
  {
    title: 'a restock that may not have been applied',
    name: 'nonVacuity',
    evidence: () => {
      const run = new HistoryBuilder({ stock: 1 }).restocked(1, {
        outcome: 'info',
        detail: 'timeout',
      });
      return run.sold(0).sold(1).soldOut(2).soldOut(3).evidence();
    },
    verdict: 'unknown',
    value: 1,
    reason: /^the restock of 1 p0 may not have been applied: timeout$/,
  },
  {
    title: 'demand that would do without the restock',
    name: 'nonVacuity',
    evidence: () => cleanSale().restocked(1).evidence(),
    verdict: 'unknown',
    reason: /demand of 4 units is less than twice the stock of 3 \(1\.33 times\)/,
  },
  {
    title: 'demand that probes would make up for',
    name: 'nonVacuity',
    evidence: () =>
      new HistoryBuilder({}).sold(0).sold(1).soldOut(2).soldOut(3, { keyVariant: 1000 }).evidence(),
    verdict: 'unknown',
    reason: /demand of 3 units/,
  },
  {
    title: 'orders that were decided later, all at once',
    name: 'nonVacuity',
    evidence: () => {
      const run = new HistoryBuilder({});
      for (const intent of [0, 1, 2, 3]) run.accepted(intent, { sentNs: intent });
      for (const intent of [0, 1]) run.status(intent, 'confirmed').committed(intent);
      return run.status(2, 'refused').status(3, 'refused').evidence();
    },
    verdict: 'pass',
  },
  {
    title: 'an order that was decided later, and alone',
    name: 'nonVacuity',
    evidence: () => {
      const run = new HistoryBuilder({ stock: 1 });
      run.accepted(0, { sentNs: 0, doneNs: 1 }).status(0, 'confirmed', { sentNs: 2, doneNs: 3 });
      run.committed(0);
      for (const intent of [2, 3])
        run.soldOut(intent, { sentNs: 10 * intent, doneNs: 10 * intent });
      return run.evidence();
    },
    verdict: 'unknown',
    reason: /no other attempt was under way/,
  },
  ...(['exact', 'failed'] as const).map(
    (state): InvariantCase => ({
      title: `a positive control that was ${state}`,
      name: 'nonVacuity',
      evidence: () => cleanSale().evidence({ control: controlOf(state) }),
      verdict: 'unknown',
      value: 1,
      reason: state === 'exact' ? /did not oversell: the profile has no/ : /failed: no reply/,
    }),
  ),
  ...(['oversold', 'skipped'] as const).map(
    (state): InvariantCase => ({
      title: `a positive control that was ${state}`,
      name: 'nonVacuity',
      evidence: () => cleanSale().evidence({ control: controlOf(state) }),
      verdict: 'pass',
    }),
  ),
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
