import { nsPerMs } from '../../../src/core/clock.ts';
import { cleanSale, HistoryBuilder } from '../../helpers/history-builder.ts';
import { describeCases, type InvariantCase, ours } from '../../helpers/invariant-cases.ts';

/** Orders that are accepted (202) and decided later, and what look-ups say of any order. */
const cases: readonly InvariantCase[] = [
  {
    title: 'an order that a look-up confirmed, and that is not in the store',
    name: 'lostOrder',
    evidence: () => cleanSale().accepted(4).status(4, 'confirmed').evidence(),
    verdict: 'violated',
    value: 1,
    first: /run1-4 was acknowledged \d+\.0 ms after the opening as o4 and is not there/,
  },
  {
    title: 'an order that look-ups found first and not any more then, without a snapshot',
    name: 'lostOrder',
    evidence: () => {
      const run = new HistoryBuilder({}).accepted(0).status(0, 'confirmed');
      return run.status(0, 'not-found').evidence({ withoutTruth: true });
    },
    verdict: 'violated',
    value: 1,
  },
  ...(['refused', 'cancelled'] as const).map(
    (kind): InvariantCase => ({
      title: `an acknowledged order that a look-up found ${kind}, without a snapshot`,
      name: 'lostOrder',
      evidence: () => {
        const run = new HistoryBuilder({}).acknowledged(0).status(0, kind);
        return run.evidence({ withoutTruth: true });
      },
      verdict: 'violated',
      value: 1,
    }),
  ),
  {
    title: 'an order that was withdrawn by request, as a look-up shows',
    name: 'lostOrder',
    evidence: () => {
      const run = new HistoryBuilder({}).acknowledged(0).cancelled(0, 'info');
      return run.status(0, 'cancelled').evidence({ withoutTruth: true });
    },
    verdict: 'pass',
  },
  {
    title: 'an accepted order that was never decided and is not in the store',
    name: 'lostOrder',
    evidence: () => cleanSale().accepted(4).status(4, 'pending').evidence(),
    verdict: 'pass',
  },
  {
    title: 'a row without a key, found by the id of a 202',
    name: 'phantomOrder',
    evidence: () => {
      const run = new HistoryBuilder({}).accepted(0, { orderId: 'later' });
      return run.row({ id: 'later' }).evidence({ exclusive: false });
    },
    verdict: 'pass',
  },
  {
    title: 'another id after the order was refused and sent again',
    name: 'duplicateOrder',
    evidence: () => {
      const run = new HistoryBuilder({}).accepted(0, { orderId: 'first' }).status(0, 'refused');
      return run.sold(0, { attempt: 2, sentNs: 10 ** 9, orderId: 'second' }).evidence();
    },
    verdict: 'pass',
  },
  {
    title: 'another id in the look-up than in the only 202',
    name: 'duplicateOrder',
    evidence: () => {
      const run = new HistoryBuilder({}).accepted(0, { orderId: 'first' });
      return run.status(0, 'confirmed', { orderId: 'second' }).committed(0).evidence();
    },
    verdict: 'violated',
    value: 1,
  },
  {
    title: 'another id after the key was reused with another quantity',
    name: 'duplicateOrder',
    evidence: () => {
      const run = new HistoryBuilder({}).accepted(0, { orderId: 'first' });
      run.accepted(0, { orderId: 'other', quantity: 2, attempt: 0 });
      return run.status(0, 'confirmed', { orderId: 'first' }).committed(0).evidence();
    },
    verdict: 'pass',
  },
  {
    title: 'a withdrawn order that the store still holds',
    name: 'orderStatus',
    evidence: () => cleanSale().cancelled(1, 'ok').evidence(),
    verdict: 'violated',
    value: 1,
    first: /run1-1 was withdrawn .* and the store holds it/,
  },
  {
    title: 'a withdrawn order that was sent again afterwards',
    name: 'orderStatus',
    evidence: () => cleanSale().cancelled(1, 'ok').timedOut(1, { attempt: 2 }).evidence(),
    verdict: 'pass',
  },
  {
    title: 'an order whose withdrawal nobody answered',
    name: 'oversell',
    evidence: () => cleanSale().cancelled(1, 'info').evidence(),
    verdict: 'pass',
  },
  {
    title: 'a look-up with another id than the answer',
    name: 'duplicateOrder',
    evidence: () => cleanSale().status(0, 'confirmed', { orderId: 'other' }).evidence(),
    verdict: 'violated',
    value: 1,
  },
  {
    title: 'an order that was decided against and is in the store',
    name: 'falseRejection',
    evidence: () => cleanSale().accepted(4).status(4, 'refused').committed(4).evidence(),
    verdict: 'violated',
    value: 1,
    first: /run1-4, sent \d+\.0 ms after the opening, was told sold-out and was made/,
  },
  {
    title: 'an order that was decided against, by the look-ups alone',
    name: 'falseRejection',
    evidence: () => {
      const run = new HistoryBuilder({}).accepted(0).status(0, 'refused');
      return run.evidence({ withoutTruth: true });
    },
    verdict: 'pass',
  },
  {
    title: 'an order that was decided against before everything had drained',
    name: 'userLimit',
    evidence: () => {
      const run = new HistoryBuilder({ limitPerUser: 1 }).acknowledged(0).accepted(1, { user: 0 });
      run.status(1, 'refused').soldOut(2);
      return run.evidence({ withoutTruth: true });
    },
    verdict: 'pass',
  },
  {
    title: 'an order that was decided against, and sent again without leaving',
    name: 'userLimit',
    evidence: () => {
      const run = new HistoryBuilder({ limitPerUser: 1 }).acknowledged(0).accepted(1, { user: 0 });
      const lost = { outcome: 'fail', code: 'connect-failed', sentNs: Number.NaN } as const;
      run
        .status(1, 'refused')
        .attempt({ intent: 1, user: 0, attempt: 2, ...lost, doneNs: 10 ** 9 });
      return run.evidence({ withoutTruth: true });
    },
    verdict: 'pass',
  },
  {
    title: 'an order that was not found before everything had drained',
    name: 'userLimit',
    evidence: () => {
      const run = new HistoryBuilder({ limitPerUser: 1 }).acknowledged(0).accepted(1, { user: 0 });
      run.status(1, 'not-found').soldOut(2, { sentNs: 10 ** 9 });
      return run.evidence({ withoutTruth: true });
    },
    verdict: 'unknown',
    hi: 1,
  },
  {
    title: 'a refusal of the look-up, which says nothing of the order',
    name: 'userLimit',
    evidence: () => {
      const run = new HistoryBuilder({ limitPerUser: 1 }).acknowledged(0).accepted(1, { user: 0 });
      run.status(1, 'refused', { status: 429, code: 'limited' });
      return run.evidence({ withoutTruth: true });
    },
    verdict: 'unknown',
    hi: 1,
  },
  {
    title: 'a second unit after the first was withdrawn, as only a look-up tells',
    name: 'userLimit',
    evidence: () => {
      const run = new HistoryBuilder({ limitPerUser: 1 }).acknowledged(0).cancelled(0, 'info');
      run.status(0, 'cancelled').acknowledged(1, { user: 0, sentNs: 10 ** 9 });
      return run.evidence({ withoutTruth: true });
    },
    verdict: 'pass',
  },
  {
    title: 'a unit sold again after a look-up had found it withdrawn',
    name: 'oversell',
    evidence: () => {
      const run = new HistoryBuilder({ stock: 1 }).acknowledged(0).cancelled(0, 'info');
      run.status(0, 'cancelled').acknowledged(1, { sentNs: 10 ** 9 });
      return run.evidence({ withoutTruth: true });
    },
    verdict: 'pass',
  },
  {
    title: 'units of rows that are larger than their orders',
    name: 'userLimit',
    evidence: () => {
      const run = new HistoryBuilder({ limitPerUser: 2, stock: 9 }).acknowledged(0);
      return run
        .row({ key: ours(0), quantity: 3 })
        .remaining(0, 6)
        .evidence();
    },
    verdict: 'violated',
    value: 1,
  },
  {
    title: 'orders of which a look-up says when they were sold',
    name: 'oversell',
    evidence: () => {
      const run = new HistoryBuilder({ stock: 1 }).accepted(0).accepted(1);
      run.status(0, 'confirmed', { sentNs: 20 * nsPerMs, doneNs: 21 * nsPerMs });
      run.status(1, 'confirmed', { sentNs: 30 * nsPerMs, doneNs: 31 * nsPerMs });
      run.restocked(1, { sentNs: 25 * nsPerMs });
      return run.evidence({ withoutTruth: true });
    },
    verdict: 'pass',
  },
];

describeCases('orders that are decided later, and look-ups', cases);
