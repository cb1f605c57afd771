import { nsPerMs } from '../../core/clock.ts';
import { operationIndexOfKind, outcomeOfKind } from '../../history/chunk.ts';
import { operations, pendingCode } from '../../history/vocabulary.ts';
import { counted, whenOf, witnessOfOrder } from '../describe.ts';
import type { Evidence } from '../evidence.ts';
import type { EvidenceIndex } from '../evidence-index.ts';
import { conclude, type Finding, type Invariant, WitnessCollector } from '../invariant.ts';
import type { LogicalOrder } from '../logical-order.ts';
import type { LookUpKind } from '../look-ups.ts';
import { type Observation, StatusObservations } from '../status-observations.ts';

const orderOperation = operations.indexOf('order');

/**
 * I15: an order that was accepted for later (202) is decided in the promised time, and a status that is
 * final does not change.
 *
 * Orders that a look-up still finds pending more than `completion` after the 202; and orders of which a
 * look-up that was sent after another was complete tells another status than its final one.
 *
 * Source: RFC 9110 §15.3.3 (202 Accepted, with a monitor of the status); the second is the monotonic reads of
 * Terry et al., Session Guarantees (PDIS 1994).
 */
export const orderStatus: Invariant = {
  id: 'I15',
  name: 'orderStatus',
  title: 'Orders whose status got stuck or changed after being final',
  needs: ['responses', 'status'],
  byTime: true,
  notApplicable: (_evidence, index) =>
    index === undefined ||
    index.lookedUpTwice ||
    index.traced.some(isAccepted) ||
    index.traced.some(isWithdrawn)
      ? undefined
      : 'nothing was answered 202 or withdrawn, and no order was looked up twice',
  judge: (evidence, index) => conclude(orderStatus, 'orders', judgeRun(evidence, index)),
};

function isAccepted({ details }: LogicalOrder): boolean {
  return details.acceptedAttempt >= 0;
}

/** Its buyer asked to withdraw it, and was told that it is. */
function isWithdrawn({ cancel }: LogicalOrder): boolean {
  return cancel === 'ok';
}

/** Orders that their buyers were told to be withdrawn, and that a snapshot at rest holds all the same. */
function findKept(evidence: Evidence, index: EvidenceIndex): readonly LogicalOrder[] {
  if (index.snapshot !== 'settled' || evidence.interrupted) return [];
  const kept = index.traced.filter((order) => isWithdrawn(order) && order.confirmedRows > 0);
  const posts = postsOf(evidence, index, new Set(kept));
  // Sent again it may have been made again.
  return kept.filter((order) => {
    const { lastDoneNs, unanswered } = posts.get(order) ?? noPosts;
    return !unanswered && lastDoneNs <= order.details.cancelSentNs;
  });
}

function judgeRun(evidence: Evidence, index: EvidenceIndex): Finding {
  const observations = new StatusObservations(evidence, index);
  const changes = findChanges(evidence, index, observations);
  const changed = new Set(changes.map(({ order }) => order));
  const accepted = index.traced.filter((order) => isAccepted(order) && !changed.has(order));
  const { late, open } = findUndecided(evidence, index, observations, accepted);
  const collector = new WitnessCollector();
  for (const change of changes) {
    collector.add(change.to.sentNs, 1, () => witnessOfChange(evidence, change));
  }
  const kept = findKept(evidence, index).filter((order) => !changed.has(order));
  for (const order of kept) {
    const { cancelDoneNs } = order.details;
    collector.add(cancelDoneNs, order.quantity, () =>
      witnessOfOrder(evidence, order, cancelDoneNs, (key) => {
        return `${key} was withdrawn ${whenOf(evidence, cancelDoneNs)}, and the store holds it`;
      }),
    );
  }
  for (const one of late) {
    collector.add(one.pending.sentNs, 0, () => witnessOfLate(evidence, one));
  }
  const lo = changes.length + kept.length + late.length;
  return {
    lo,
    hi: lo + open,
    witnesses: collector.toWitnesses(),
    reason: reasonOf(evidence, changes.length, late.length, open, kept.length),
  };
}

/** A final status, and another that a look-up sent after it was known found. */
interface Change {
  readonly order: LogicalOrder;
  readonly fromKind: LookUpKind;
  readonly toKind: LookUpKind;
  readonly from: Observation;
  readonly to: Observation;
}

/**
 * What a final status must not be followed by. An order that was not made and one that was withdrawn may
 * be forgotten, so that look-ups do not find them any more.
 */
const forbidden: readonly (readonly [from: LookUpKind, to: readonly LookUpKind[]])[] = [
  ['confirmed', ['not-found', 'refused', 'pending', 'cancelled']],
  ['cancelled', ['confirmed', 'refused', 'pending']],
  ['refused', ['confirmed', 'cancelled', 'pending']],
];

function findChanges(
  evidence: Evidence,
  index: EvidenceIndex,
  observations: StatusObservations,
): readonly Change[] {
  // Of two payloads under one key a look-up may find either.
  const reused = new Set(
    index.reuses.flatMap(({ order, outcome }) => (outcome === 'fail' ? [] : [order])),
  );
  const changes: Change[] = [];
  for (const order of observations.orders) {
    const change = reused.has(order) ? undefined : changeOf(evidence, order, observations);
    if (change !== undefined) changes.push(change);
  }
  const revivable = changes.filter(({ fromKind }) => fromKind !== 'confirmed');
  const posts = postsOf(evidence, index, new Set(revivable.map(({ order }) => order)));
  return changes.filter(({ order, fromKind, from }) => {
    if (fromKind === 'confirmed') return true;
    const { lastDoneNs, unanswered } = posts.get(order) ?? noPosts;
    return !evidence.interrupted && !unanswered && lastDoneNs <= from.doneNs;
  });
}

function changeOf(
  { interrupted }: Evidence,
  order: LogicalOrder,
  observations: StatusObservations,
): Change | undefined {
  for (const [fromKind, toKinds] of forbidden) {
    const from = observations.firstDone(order, fromKind);
    if (from === undefined) continue;
    for (const toKind of toKinds) {
      const to = observations.lastSent(order, toKind);
      if (to === undefined || !(to.sentNs > from.doneNs)) continue;
      // Withdrawn because this run asked for it, or may have: an interruption may hide that.
      const mayAsk = order.cancel !== 'none' || interrupted;
      if (fromKind === 'confirmed' && toKind === 'cancelled' && mayAsk) continue;
      return { order, fromKind, toKind, from, to };
    }
  }
  return undefined;
}

/** The order attempts under a key. */
interface Posts {
  /** When the last one had ended; -Infinity without any. */
  lastDoneNs: number;
  /** One got no answer: it may reach the server at any time. */
  unanswered: boolean;
}

const noPosts: Readonly<Posts> = { lastDoneNs: Number.NEGATIVE_INFINITY, unanswered: false };

/**
 * When orders were sent, and perhaps sent again. Refusals are evaluated again, so that whoever sends a key
 * after it was refused may get another answer.
 */
function postsOf(
  evidence: Evidence,
  index: EvidenceIndex,
  orders: ReadonlySet<LogicalOrder>,
): ReadonlyMap<LogicalOrder, Posts> {
  const byOrder = new Map<LogicalOrder, Posts>();
  if (orders.size === 0) return byOrder;
  for (const chunk of evidence.attempts.chunks()) {
    const pending = chunk.codes.indexOf(pendingCode);
    for (let row = 0; row < chunk.length; row += 1) {
      const kind = chunk.kind[row] ?? 0;
      if (operationIndexOfKind(kind) !== orderOperation) continue;
      const order = index.orderOf(chunk.intent[row] ?? -1, chunk.keyVariant[row] ?? 0);
      if (order === undefined || !orders.has(order)) continue;
      const posts = byOrder.get(order) ?? { ...noPosts };
      byOrder.set(order, posts);
      posts.lastDoneNs = Math.max(posts.lastDoneNs, chunk.doneNs[row] ?? Number.NaN);
      if (outcomeOfKind(kind) === 'info' && chunk.code[row] !== pending) posts.unanswered = true;
    }
  }
  return byOrder;
}

/** An accepted order that a look-up sent after its deadline still found pending. */
interface Late {
  readonly order: LogicalOrder;
  readonly pending: Observation;
}

/** Of accepted orders those that were not decided in time, and how many may not have been. */
function findUndecided(
  evidence: Evidence,
  index: EvidenceIndex,
  observations: StatusObservations,
  accepted: readonly LogicalOrder[],
): { readonly late: readonly Late[]; readonly open: number } {
  const { completionMs } = evidence.contract;
  if (completionMs === undefined) {
    return { late: [], open: accepted.filter((order) => isUndecided(index, order)).length };
  }
  const limitNs = completionMs * nsPerMs;
  const suspects: Late[] = [];
  let open = 0;
  for (const order of accepted) {
    const deadlineNs = order.details.acceptedNs + limitNs;
    const pending = observations.lastSent(order, 'pending');
    if (pending !== undefined && pending.sentNs > deadlineNs) suspects.push({ order, pending });
    else if (!(finalByNs(observations, order) <= deadlineNs)) open += 1;
  }
  const posts = postsOf(evidence, index, new Set(suspects.map(({ order }) => order)));
  // Sent again it may have been accepted again, and have begun to wait anew.
  const late = suspects.filter(({ order, pending }) => {
    const { lastDoneNs, unanswered } = posts.get(order) ?? noPosts;
    const again = unanswered && observations.firstDone(order, 'refused') !== undefined;
    return pending.sentNs > lastDoneNs + limitNs && !again;
  });
  return { late, open: open + suspects.length - late.length };
}

/** Without a promised time an order must be decided in the end. */
function isUndecided(index: EvidenceIndex, order: LogicalOrder): boolean {
  if (index.snapshot === 'settled') return order.pendingRows > 0;
  const known = order.outcome === 'ok' || order.confirmedRows > 0;
  return !known && order.lookUp === 'none';
}

/** When an order was known to be decided: by an answer, or by the first look-up with a final status. */
function finalByNs(observations: StatusObservations, order: LogicalOrder): number {
  const kinds = ['confirmed', 'cancelled', 'refused'] as const;
  return kinds.reduce<number>(
    (first, kind) => Math.min(first, observations.firstDone(order, kind)?.doneNs ?? first),
    order.okNs,
  );
}

const words: Readonly<Record<LookUpKind, string>> = {
  confirmed: 'confirmed',
  cancelled: 'withdrawn',
  refused: 'refused',
  pending: 'pending',
  'not-found': 'unknown',
};

function witnessOfChange(evidence: Evidence, { order, fromKind, toKind, from, to }: Change) {
  const key = evidence.names.keyOf(order.intent, order.keyVariant);
  const before = `${key} was ${words[fromKind]} ${whenOf(evidence, from.doneNs)}`;
  return {
    summary: `${before}, and ${words[toKind]} ${whenOf(evidence, to.doneNs)}`,
    attempts: [from.attempt, to.attempt],
    keys: [key],
    orderIds: order.orderIds,
    userId: evidence.names.userOf(order.user),
    atNs: to.sentNs,
  };
}

function witnessOfLate(evidence: Evidence, { order, pending }: Late) {
  const key = evidence.names.keyOf(order.intent, order.keyVariant);
  const { acceptedNs, acceptedAttempt, acceptedIds } = order.details;
  const since = `${key} was accepted ${whenOf(evidence, acceptedNs)}`;
  return {
    summary: `${since}, and still pending when looked up ${whenOf(evidence, pending.sentNs)}`,
    attempts: [acceptedAttempt, pending.attempt],
    keys: [key],
    orderIds: acceptedIds,
    userId: evidence.names.userOf(order.user),
    atNs: pending.sentNs,
  };
}

function reasonOf(
  { contract }: Evidence,
  changed: number,
  late: number,
  open: number,
  kept: number,
): string | undefined {
  const within = contract.completionMs === undefined ? '' : ` within ${contract.completionMs} ms`;
  const parts = [
    ...(changed > 0 ? [`${counted(changed, 'order')} changed after being final`] : []),
    ...(kept > 0 ? [`${counted(kept, 'withdrawn order')} still in the store`] : []),
    ...(late > 0 ? [`${counted(late, 'order')} not decided${within}`] : []),
    ...(open > 0 ? [`${counted(open, 'order')} not known to be decided${within}`] : []),
  ];
  return parts.length === 0 ? undefined : parts.join('; ');
}
