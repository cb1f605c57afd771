import { counted, whenOf, witnessOfOrder } from '../describe.ts';
import type { Evidence } from '../evidence.ts';
import type { EvidenceIndex } from '../evidence-index.ts';
import { conclude, type Finding, type Invariant, WitnessCollector } from '../invariant.ts';
import type { KeyReuse } from '../key-reuses.ts';
import { mayBeCancelled, soldByNs } from '../logical-order.ts';

/**
 * I8: an idempotency key that comes again with another payload must be refused.
 *
 * The keys with an attempt that was answered ok although another payload (product or quantity) was
 * acknowledged under them, before anybody asked to cancel.
 *
 * Source: draft-ietf-httpapi-idempotency-key-header, error scenarios: a key that is reused with another
 * payload is refused with 422.
 */
export const keyReuse: Invariant = {
  id: 'I8',
  name: 'keyReuse',
  title: 'Keys accepted again with another payload',
  needs: ['responses'],
  byTime: true,
  notApplicable: (evidence, index) => {
    if (evidence.contract.rejectsKeyReuse !== true) {
      return 'the contract does not promise that reused keys are refused';
    }
    return index === undefined || index.reuses.some(isTest)
      ? undefined
      : "no key was reused: the scenario's probes.keyReuse would";
  },
  judge: (evidence, index) => conclude(keyReuse, 'keys', judgeRun(evidence, index)),
};

/** Refusals of the request as such: they say nothing about the key. */
const refusedBefore = new Set([
  'limited',
  'unauthorized',
  'overloaded',
  'waiting',
  'connect-failed',
]);

/** True when the server had acknowledged another payload under the key, and looked at this one. */
function isTest(reuse: KeyReuse): boolean {
  if (reuse.outcome === 'ok') return isAccepted(reuse) || reuse.sentNs > soldByNs(reuse.order);
  return reuse.sentNs > soldByNs(reuse.order) && !refusedBefore.has(reuse.code);
}

function isAccepted({ order, outcome, doneNs }: KeyReuse): boolean {
  // Both payloads were acknowledged, so the later one was accepted, whichever it was. A key whose order
  // was withdrawn meanwhile may be free again.
  if (outcome !== 'ok' || !(soldByNs(order) < Number.POSITIVE_INFINITY)) return false;
  return !mayBeCancelled(order) || doneNs < order.details.cancelSentNs;
}

/** Nobody knows how the attempt ended, and the store does not show that it did nothing. */
function isOpen(index: EvidenceIndex, reuse: KeyReuse): boolean {
  const { order, outcome, sentNs } = reuse;
  if (outcome === 'fail' || isAccepted(reuse) || !(sentNs > soldByNs(order))) return false;
  const untouched = order.rowIds.length <= 1 && order.confirmedUnits === order.quantity;
  return index.snapshot !== 'settled' || !untouched;
}

function judgeRun(evidence: Evidence, index: EvidenceIndex): Finding {
  const accepted = index.reuses.filter(isAccepted);
  const keys = new Set(accepted.map(({ order }) => order));
  const doubtful = index.reuses.filter((reuse) => isOpen(index, reuse) && !keys.has(reuse.order));
  const open = new Set(doubtful.map(({ order }) => order)).size;
  const collector = new WitnessCollector();
  for (const reuse of accepted) {
    collector.add(reuse.doneNs, reuse.quantity, () => witnessOf(evidence, reuse));
  }
  const lo = keys.size;
  const hi = lo + open;
  const reason =
    lo > 0
      ? `${counted(lo, 'key')} accepted again with another payload`
      : hi > 0
        ? `nobody knows how the reuse of ${counted(open, 'key')} ended`
        : undefined;
  return { lo, hi, reason, witnesses: collector.toWitnesses() };
}

function witnessOf(evidence: Evidence, reuse: KeyReuse) {
  const { order, index, product, quantity, doneNs } = reuse;
  const { products } = evidence.contract;
  const payloadOf = (of: { readonly product: number; readonly quantity: number }): string =>
    `${of.quantity} of ${products[of.product]?.id ?? 'an unknown product'}`;
  const witness = witnessOfOrder(evidence, order, doneNs, (key) => {
    const first = `${key} was acknowledged for ${payloadOf(order)}`;
    return `${first}, and for ${payloadOf({ product, quantity })} ${whenOf(evidence, doneNs)}`;
  });
  return { ...witness, attempts: [...witness.attempts, index] };
}
