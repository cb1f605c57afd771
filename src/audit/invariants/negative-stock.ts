import { operationIndexOfKind, outcomeOfKind } from '../../history/chunk.ts';
import { operations } from '../../history/vocabulary.ts';
import { counted, whenOf } from '../describe.ts';
import type { Evidence } from '../evidence.ts';
import type { EvidenceIndex, ProductView } from '../evidence-index.ts';
import { conclude, type Finding, gravest, type Invariant, WitnessCollector } from '../invariant.ts';
import { isOrdered } from '../ledger.ts';

const orderOperation = operations.indexOf('order');

/**
 * I10: the authoritative stock went below zero.
 *
 * max(0, − the least of the store's stock at rest, the ledger's `stockAfter` and, where `exactRemaining` is
 * promised, the `remaining` of orders that were answered ok). A gate such as a counter in a cache may dip
 * below zero and be put right, and is not looked at.
 *
 * Source: the constraint of a quantity that is sold from (O'Neil, The Escrow Transactional Method, TODS
 * 1986), at every instant that is on record.
 */
export const negativeStock: Invariant = {
  id: 'I10',
  name: 'negativeStock',
  title: 'Units that the stock went below zero',
  needs: ['snapshot'],
  judge: (evidence, index) => {
    const told = evidence.contract.exactRemaining === true ? negativeAnswers(evidence) : [];
    return conclude(
      negativeStock,
      'units',
      gravest(index.products.map((product) => judgeProduct(evidence, index, product, told))),
    );
  },
};

/** A successful order that was told of a stock below zero. */
interface NegativeAnswer {
  /** Index of the attempt. */
  readonly index: number;
  readonly product: number;
  readonly remaining: number;
  readonly doneNs: number;
}

function negativeAnswers(evidence: Evidence): readonly NegativeAnswer[] {
  const found: NegativeAnswer[] = [];
  let base = 0;
  for (const chunk of evidence.attempts.chunks()) {
    const { rows, values } = chunk.remaining;
    for (let position = 0; position < rows.length; position += 1) {
      const remaining = values[position] ?? 0;
      if (remaining >= 0) continue;
      const row = rows[position] ?? 0;
      const kind = chunk.kind[row] ?? 0;
      if (operationIndexOfKind(kind) !== orderOperation || outcomeOfKind(kind) !== 'ok') continue;
      found.push({
        index: base + row,
        product: chunk.product[row] ?? -1,
        remaining,
        doneNs: chunk.doneNs[row] ?? Number.NaN,
      });
    }
    base += chunk.length;
  }
  return found;
}

function judgeProduct(
  evidence: Evidence,
  index: EvidenceIndex,
  product: ProductView,
  told: readonly NegativeAnswer[],
): Finding {
  const { prefix, contract, truth } = product;
  const collector = new WitnessCollector();
  let depth = 0;
  for (const answer of told) {
    if (answer.product !== product.index) continue;
    depth = Math.max(depth, -answer.remaining);
    collector.add(answer.doneNs, -answer.remaining, () => ({
      summary: `${contract.id}: a buyer was told ${whenOf(evidence, answer.doneNs)} that ${answer.remaining} are left`,
      attempts: [answer.index],
      atNs: answer.doneNs,
    }));
  }
  const ledger = truth === undefined || isOrdered(truth) ? index.truth?.ledger : undefined;
  for (const entry of ledger ?? []) {
    if (entry.productId !== contract.id || entry.stockAfter >= 0) continue;
    depth = Math.max(depth, -entry.stockAfter);
    collector.add(Number.NaN, -entry.stockAfter, () => ({
      summary: `${contract.id}: ledger entry ${entry.seq} left the stock at ${entry.stockAfter}`,
      attempts: [],
      ...(entry.key === null ? {} : { keys: [entry.key] }),
    }));
  }
  const settled = index.snapshot === 'settled' && truth !== undefined;
  // In motion a counter may dip below zero for a moment and come back; at rest it may not.
  if (settled && truth.remaining < 0) {
    depth = Math.max(depth, -truth.remaining);
    collector.add(Number.NaN, -truth.remaining, () => ({
      summary: `${contract.id}: the store says that ${truth.remaining} are left`,
      attempts: [],
    }));
  }
  const reason =
    depth > 0
      ? `${prefix}the stock was ${counted(depth, 'unit')} below zero`
      : settled
        ? undefined
        : `${prefix}${index.snapshotNote || 'the snapshot lacks the product'}`;
  return { lo: depth, hi: settled ? depth : null, reason, witnesses: collector.toWitnesses() };
}
