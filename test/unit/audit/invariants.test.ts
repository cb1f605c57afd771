import { describe, expect, it } from 'vitest';
import { auditRun } from '../../../src/audit/audit.ts';
import type { Evidence } from '../../../src/audit/evidence.ts';
import type { InvariantResult } from '../../../src/audit/invariant.ts';
import { type InvariantName, invariantNames } from '../../../src/audit/registry.ts';
import type { Verdict } from '../../../src/audit/verdict.ts';
import { keyOf } from '../../../src/history/attempt.ts';
import { cleanSale, HistoryBuilder, runId } from '../../helpers/history-builder.ts';

function resultOf(evidence: Evidence, name: InvariantName): InvariantResult {
  const result = auditRun(evidence).invariants[name];
  if (result === undefined) throw new Error(`${name} was not judged`);
  return result;
}

interface Case {
  readonly title: string;
  readonly name: InvariantName;
  readonly evidence: () => Evidence;
  readonly verdict: Verdict;
  readonly value?: number | null;
  readonly lo?: number;
  readonly hi?: number | null;
  readonly reason?: RegExp;
  readonly witnesses?: number;
  readonly first?: RegExp;
}

const ours = (intent: number): string => keyOf(runId, intent, 0);
const twoProducts = () => new HistoryBuilder({ id: 'shoe' }, { id: 'cap' });

const cases: readonly Case[] = [
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
    title: 'a unit that came back by a cancellation after the last refusal',
    name: 'undersell',
    evidence: () =>
      new HistoryBuilder({ stock: 1 })
        .acknowledged(0)
        .soldOut(1)
        .cancelled(0, 'ok', { sentNs: 10 ** 8, doneNs: 10 ** 8 + 1 })
        .evidence(),
    verdict: 'unknown',
    lo: 0,
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
    title: 'an acknowledged order without a row',
    name: 'lostOrder',
    evidence: () => cleanSale().acknowledged(7, { orderId: 'gone' }).evidence(),
    verdict: 'violated',
    value: 1,
    first: /run1-7 was acknowledged 7\.0 ms after the opening as gone and is not there/,
  },
  {
    title: 'an acknowledged order that the server withdrew by itself',
    name: 'lostOrder',
    evidence: () =>
      cleanSale()
        .acknowledged(7)
        .row({ key: ours(7), status: 'cancelled' })
        .evidence(),
    verdict: 'violated',
    value: 1,
  },
  {
    title: 'an acknowledged order that its buyer withdrew',
    name: 'lostOrder',
    evidence: () => cleanSale().acknowledged(7).cancelled(7, 'info').evidence(),
    verdict: 'pass',
    value: 0,
  },
  {
    title: 'a row without a key, found by its order id',
    name: 'lostOrder',
    evidence: () =>
      new HistoryBuilder({}).acknowledged(0).row({ id: 'o0' }).evidence({ exclusive: false }),
    verdict: 'pass',
  },
  {
    title: 'acknowledged orders without a snapshot',
    name: 'lostOrder',
    evidence: () => cleanSale().evidence({ withoutTruth: true, truthNote: 'no truthUrl' }),
    verdict: 'unknown',
    lo: 0,
    hi: 2,
    reason: /no snapshot of the store: no truthUrl/,
  },
  {
    title: 'an acknowledged order that the server itself does not know any more',
    name: 'lostOrder',
    evidence: () => cleanSale().lookedUp(0, false).evidence({ withoutTruth: true }),
    verdict: 'violated',
    lo: 1,
    hi: 2,
  },
  {
    title: 'a row missing from a restless snapshot',
    name: 'lostOrder',
    evidence: () => cleanSale().acknowledged(7).evidence({ quiesced: false }),
    verdict: 'unknown',
    reason: /not quiesced/,
  },
  {
    title: 'a snapshot of another run',
    name: 'lostOrder',
    evidence: () => {
      const evidence = cleanSale().evidence();
      return { ...evidence, truth: evidence.truth && { ...evidence.truth, runId: 'run0' } };
    },
    verdict: 'unknown',
    reason: /another run \(run0\)/,
  },
  {
    title: 'a row for a buyer who was told sold-out',
    name: 'falseRejection',
    evidence: () => new HistoryBuilder({}).sold(0).soldOut(1).committed(1).evidence(),
    verdict: 'violated',
    value: 1,
    first: /run1-1, sent 1\.0 ms after the opening, was told sold-out and was made/,
  },
  {
    title: 'a row for a buyer who timed out first and was told sold-out then',
    name: 'falseRejection',
    evidence: () =>
      new HistoryBuilder({}).timedOut(1).soldOut(1, { attempt: 2 }).committed(1).evidence(),
    verdict: 'pass',
  },
  {
    title: 'a refused order that is still pending',
    name: 'falseRejection',
    evidence: () =>
      cleanSale()
        .row({ key: ours(2), status: 'pending' })
        .evidence(),
    verdict: 'unknown',
    hi: 1,
    reason: /pending/,
  },
  {
    title: 'a refused order that a look-up found, without a snapshot',
    name: 'falseRejection',
    evidence: () => cleanSale().lookedUp(2, true).evidence({ withoutTruth: true }),
    verdict: 'violated',
    lo: 1,
    hi: 2,
  },
  {
    title: 'refusals without a snapshot',
    name: 'falseRejection',
    evidence: () => cleanSale().evidence({ withoutTruth: true }),
    verdict: 'unknown',
    hi: 2,
  },
  {
    title: 'a row under a key of this run that nobody sent',
    name: 'phantomOrder',
    evidence: () =>
      cleanSale()
        .row({ key: ours(77) })
        .evidence({ exclusive: false }),
    verdict: 'violated',
    value: 1,
    first: /key run1-77/,
  },
  {
    title: 'a row without a key in a store of our own',
    name: 'phantomOrder',
    evidence: () => cleanSale().row({ key: null }).evidence(),
    verdict: 'violated',
    value: 1,
    first: /no key/,
  },
  {
    title: 'a row without a key in a store that others use',
    name: 'phantomOrder',
    evidence: () => cleanSale().row({ key: null }).evidence({ exclusive: false }),
    verdict: 'unknown',
    hi: 1,
    reason: /foreign traffic: 1 row/,
  },
  {
    title: 'a row without an attempt after an interruption that may have lost attempts',
    name: 'phantomOrder',
    evidence: () =>
      cleanSale()
        .row({ key: ours(77) })
        .evidence({ interrupted: true }),
    verdict: 'unknown',
    reason: /interrupted/,
  },
  {
    title: 'no snapshot to look for phantoms in',
    name: 'phantomOrder',
    evidence: () => cleanSale().evidence({ withoutTruth: true }),
    verdict: 'unknown',
    hi: null,
  },
  {
    title: 'two rows under one key',
    name: 'duplicateOrder',
    evidence: () => cleanSale().committed(0, { orderId: 'again' }).evidence(),
    verdict: 'violated',
    value: 1,
    first: /run1-0 has 2 orders: o0, again/,
  },
  {
    title: 'two order ids answered for one key, without a snapshot',
    name: 'duplicateOrder',
    evidence: () =>
      cleanSale()
        .acknowledged(0, { attempt: 2, orderId: 'again' })
        .evidence({ withoutTruth: true }),
    verdict: 'violated',
    lo: 1,
    hi: null,
  },
  {
    title: 'the same order id answered twice',
    name: 'duplicateOrder',
    evidence: () => cleanSale().acknowledged(0, { attempt: 2 }).evidence(),
    verdict: 'pass',
  },
  {
    title: 'two orders under two keys',
    name: 'duplicateOrder',
    evidence: () =>
      new HistoryBuilder({}).sold(0).sold(0, { keyVariant: 1, orderId: 'x' }).evidence(),
    verdict: 'pass',
  },
  {
    title: 'one id a key, without a snapshot',
    name: 'duplicateOrder',
    evidence: () => cleanSale().evidence({ withoutTruth: true }),
    verdict: 'unknown',
  },
  {
    title: 'one person with two units on two devices',
    name: 'userLimit',
    evidence: () =>
      new HistoryBuilder({ limitPerUser: 1 }).sold(0).sold(1, { user: 0, device: 1 }).evidence(),
    verdict: 'violated',
    value: 1,
    first: /u0 has 2 units of at most 1 \(run1-0, run1-1\)/,
  },
  {
    title: 'two units of one person by the answers alone',
    name: 'userLimit',
    evidence: () =>
      new HistoryBuilder({ limitPerUser: 1 })
        .acknowledged(0)
        .acknowledged(1, { user: 0 })
        .evidence({ withoutTruth: true }),
    verdict: 'violated',
    value: 1,
  },
  {
    title: 'a second unit that timed out and may have been sold',
    name: 'userLimit',
    evidence: () =>
      new HistoryBuilder({ limitPerUser: 1 })
        .acknowledged(0)
        .timedOut(1, { user: 0 })
        .evidence({ withoutTruth: true }),
    verdict: 'unknown',
    lo: 0,
    hi: 1,
  },
  {
    title: 'a second unit that timed out and was not sold',
    name: 'userLimit',
    evidence: () =>
      new HistoryBuilder({ limitPerUser: 1 }).sold(0).timedOut(1, { user: 0 }).evidence(),
    verdict: 'pass',
    value: 0,
  },
  {
    title: 'a limit that was kept, in a snapshot taken before rest',
    name: 'userLimit',
    evidence: () => cleanSale().evidence({ quiesced: false }),
    verdict: 'unknown',
    hi: null,
    reason: /not quiesced/,
  },
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
];

describe('the invariants', () => {
  it.each(cases)('answer $verdict to $name of $title', (expected) => {
    const result = resultOf(expected.evidence(), expected.name);
    expect(result.verdict, result.reason).toBe(expected.verdict);
    for (const figure of ['value', 'lo', 'hi'] as const) {
      if (expected[figure] !== undefined) expect(result[figure], figure).toBe(expected[figure]);
    }
    if (expected.reason !== undefined) expect(result.reason).toMatch(expected.reason);
    if (expected.witnesses !== undefined) expect(result.witnesses.count).toBe(expected.witnesses);
    if (expected.first !== undefined)
      expect(result.witnesses.first?.summary).toMatch(expected.first);
    if (expected.verdict === 'violated') expect(result.witnesses.first).not.toBeNull();
    if (expected.verdict !== 'pass') expect(result.reason).toBeTruthy();
  });

  it.each(invariantNames)('pass a clean sale: %s', (name) => {
    const result = resultOf(cleanSale().evidence(), name);
    expect(result).toMatchObject({ name, verdict: 'pass', value: 0, lo: 0, hi: 0 });
    expect(result.witnesses).toEqual({ count: 0, first: null, worst: null, last: null });
  });

  it.each(invariantNames)('never pass an interrupted run: %s', (name) => {
    const result = resultOf(cleanSale().evidence({ interrupted: true }), name);
    expect(result.verdict).toBe('unknown');
    expect(result.reason).toMatch(/interrupted/);
  });

  it('convict an interrupted run of what is certain', () => {
    const evidence = cleanSale().sold(4).evidence({ interrupted: true });
    expect(auditRun(evidence).verdict).toBe('violated');
  });

  it('point witnesses at the attempts that prove them', () => {
    const evidence = cleanSale().sold(4).evidence();
    const witness = resultOf(evidence, 'oversell').witnesses.first;
    expect(witness).toMatchObject({ keys: [ours(4)], orderIds: ['o4'], userId: 'u4' });
    expect(witness?.attempts.map((index) => evidence.attempts.read(index).orderId)).toEqual(['o4']);
  });
});
