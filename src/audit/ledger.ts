import type { LedgerEntry, TruthProduct, TruthSnapshot } from '../history/truth.ts';
import type { Evidence } from './evidence.ts';
import type { EvidenceIndex } from './evidence-index.ts';

/** The ledger of a snapshot in its own order; undefined when the target keeps none. */
export function ledgerOf(truth: TruthSnapshot | undefined): readonly LedgerEntry[] | undefined {
  const ledger = truth?.ledger ?? [];
  if (ledger.length === 0) return undefined;
  const inOrder = ledger.every(({ seq }, index) => seq >= (ledger[index - 1]?.seq ?? seq));
  return inOrder ? ledger : ledger.toSorted((a, b) => a.seq - b.seq);
}

/** Why nothing can be judged by the ledger; undefined when it can, or when evidence is missing. */
export function withoutLedger({ truth, runId, ledgerNote }: Evidence): string | undefined {
  if (truth?.runId !== runId || ledgerNote !== undefined) return undefined;
  return ledgerOf(truth) === undefined ? 'the target shows no ledger' : undefined;
}

/** Why evidence is missing for a judgement by the ledger; undefined when all is there. */
export function ledgerDoubt(evidence: Evidence, index: EvidenceIndex): string | undefined {
  return index.snapshot === 'settled' ? evidence.ledgerNote : index.snapshotNote;
}

/** Why nothing follows from the stock that rows tell; undefined when it does, of some product at least. */
export function withoutOrder(evidence: Evidence): string | undefined {
  const { truth, runId } = evidence;
  const missing = withoutLedger(evidence);
  if (missing !== undefined || truth?.runId !== runId) return missing;
  return truth.products.some(isOrdered)
    ? undefined
    : 'the stock is counted outside of the ledger, whose rows are not in its order';
}

/** Whether the rows of a product are in the order in which its stock moved. */
export function isOrdered({ ledgerOrdered }: Pick<TruthProduct, 'ledgerOrdered'>): boolean {
  return ledgerOrdered !== false;
}

/** What the ledger says of one key. */
export interface KeyMovements {
  readonly productId: string;
  /** Rows that took units, and rows that gave some back. */
  takes: number;
  releases: number;
  /** Units given back less units taken. */
  netUnits: number;
}

/** Movements by key. Rows without one are restocks. */
export function movementsByKey(ledger: readonly LedgerEntry[]): Map<string, KeyMovements> {
  const byKey = new Map<string, KeyMovements>();
  for (const { key, productId, delta } of ledger) {
    if (key === null) continue;
    const movements = byKey.get(key) ?? { productId, takes: 0, releases: 0, netUnits: 0 };
    byKey.set(key, movements);
    movements.netUnits += delta;
    if (delta < 0) movements.takes += 1;
    else if (delta > 0) movements.releases += 1;
  }
  return byKey;
}
