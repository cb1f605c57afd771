import type { Evidence } from '../../src/audit/evidence.ts';
import type { Contract } from '../../src/history/contract.ts';
import type { EventRecord } from '../../src/history/run-record.ts';
import { HistoryBuilder } from './history-builder.ts';

/** The stamps of an attempt, in ns. */
export const at = (sentNs: number, doneNs: number) => ({ sentNs, doneNs });

/** A sale of one product with that many units. */
export const stockOf = (stock: number): HistoryBuilder => new HistoryBuilder({ stock });

/** The same evidence of a server that promises more. */
export function promising(evidence: Evidence, contract: Partial<Contract>): Evidence {
  return { ...evidence, contract: { ...evidence.contract, ...contract } };
}

/** Units brought to the first product within a nanosecond. */
export function restock(
  quantity: number,
  sentNs: number,
  more: Partial<EventRecord> = {},
): EventRecord {
  return {
    event: { kind: 'restock', productId: 'p0', quantity },
    plannedNs: sentNs,
    sentNs,
    doneNs: sentNs + 1,
    outcome: 'ok',
    detail: '',
    ...more,
  };
}

/** A look-up of an asynchronous order that was refused: it was itself served. */
export const refusedLater = (sentNs: number, doneNs: number) =>
  ({
    operation: 'status',
    status: 200,
    outcome: 'fail',
    code: 'sold-out',
    sentNs,
    doneNs,
  }) as const;

/** The answer to an asynchronous order. */
export const accepted = { outcome: 'info', code: 'pending', status: 202 } as const;
