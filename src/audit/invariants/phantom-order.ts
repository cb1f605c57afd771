import { counted, witnessOfRow } from '../describe.ts';
import type { Evidence } from '../evidence.ts';
import type { EvidenceIndex, ProductView, StrangerRow } from '../evidence-index.ts';
import { conclude, type Finding, gravest, type Invariant, WitnessCollector } from '../invariant.ts';

/**
 * I6: orders in the store that nobody asked for.
 *
 * keys(D) \ K_all: live rows under keys that no attempt used. Rows without a key of the run are phantoms
 * only where nobody else can have reached the stock, else foreign traffic.
 *
 * Source: "unexpected" elements of Jepsen's set checker (https://github.com/jepsen-io/jepsen).
 */
export const phantomOrder: Invariant = {
  id: 'I6',
  name: 'phantomOrder',
  title: 'Orders in the store that nobody attempted',
  needs: ['snapshot'],
  judge: (evidence, index) =>
    conclude(
      phantomOrder,
      'orders',
      gravest(index.products.map((product) => judgeProduct(evidence, index, product))),
    ),
};

function judgeProduct(evidence: Evidence, index: EvidenceIndex, product: ProductView): Finding {
  const { prefix, strangers } = product;
  if (index.snapshot !== 'settled') {
    return { lo: 0, hi: null, reason: `${prefix}${index.snapshotNote}` };
  }
  // Of an interrupted run attempts may be missing: a row without one proves nothing then.
  const certain = strangers.filter(
    (stranger) => stranger.row.status === 'confirmed' && stranger.certain && !evidence.interrupted,
  );
  const collector = new WitnessCollector();
  for (const { row } of certain) {
    collector.add(Number.NaN, row.quantity, () => {
      const key = row.key === null ? 'no key' : `key ${row.key}`;
      return witnessOfRow(row, `${row.productId}: row ${row.id} of ${row.userId} has ${key}`);
    });
  }
  return {
    lo: certain.length,
    hi: strangers.length,
    witnesses: collector.toWitnesses(),
    reason: reasonOf(evidence, prefix, certain.length, strangers),
  };
}

function reasonOf(
  evidence: Evidence,
  prefix: string,
  certain: number,
  strangers: readonly StrangerRow[],
): string | undefined {
  if (certain > 0) return `${prefix}${counted(certain, 'order')} that no attempt asked for`;
  if (strangers.length === 0) return undefined;
  const rows = counted(strangers.length, 'row');
  if (evidence.interrupted) return `${prefix}interrupted: attempts of ${rows} may not be recorded`;
  return strangers.every(({ ofThisRun }) => ofThisRun || evidence.exclusive)
    ? `${prefix}${rows} that no attempt asked for still pending`
    : `${prefix}foreign traffic: ${rows} with no key of this run`;
}
