import { cleanSale, HistoryBuilder } from '../../helpers/history-builder.ts';
import { describeCases, type InvariantCase, ours } from '../../helpers/invariant-cases.ts';

const cases: readonly InvariantCase[] = [
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
    verdict: 'violated',
    value: 1,
    first: /run1-1, sent .* was told sold-out and was made/,
  },
  {
    title: 'a row for a buyer who timed out, was told sold-out, and got a unit that came back',
    name: 'falseRejection',
    evidence: () =>
      new HistoryBuilder({ stock: 1 })
        .acknowledged(0)
        .timedOut(1)
        .soldOut(1, { attempt: 2 })
        .cancelled(0, 'ok')
        .row({ key: ours(0), status: 'cancelled' })
        .committed(1)
        .evidence(),
    verdict: 'pass',
  },
  {
    title: 'such a row that may be of others’ doing',
    name: 'falseRejection',
    evidence: () =>
      new HistoryBuilder({})
        .timedOut(1)
        .soldOut(1, { attempt: 2 })
        .committed(1)
        .row({ key: 'theirs' })
        .evidence({ exclusive: false }),
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
    title: 'orders of two people that the store has under the name of one',
    name: 'userLimit',
    evidence: () =>
      new HistoryBuilder({ limitPerUser: 1 })
        .acknowledged(0)
        .acknowledged(1)
        .row({ key: ours(0), userId: 'u9' })
        .row({ key: ours(1), userId: 'u9' })
        .evidence(),
    verdict: 'violated',
    value: 1,
    first: /^p0: u9 has 2 units of at most 1$/,
  },
  {
    title: 'orders of two people that the store has under names of its own',
    name: 'userLimit',
    evidence: () =>
      new HistoryBuilder({ limitPerUser: 1 })
        .acknowledged(0)
        .acknowledged(1)
        .row({ key: ours(0), userId: 'anna' })
        .row({ key: ours(1), userId: 'ben' })
        .evidence(),
    verdict: 'pass',
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
    title: 'a second unit bought after a restless snapshot had held the withdrawn first',
    name: 'userLimit',
    evidence: () =>
      new HistoryBuilder({ limitPerUser: 1 })
        .sold(0)
        .cancelled(0, 'ok')
        .acknowledged(1, { user: 0 })
        .evidence({ quiesced: false }),
    verdict: 'unknown',
    lo: 0,
  },
];

describeCases('the invariants of single orders', cases);
