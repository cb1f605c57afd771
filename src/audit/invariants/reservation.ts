import { counted } from '../describe.ts';
import type { Evidence } from '../evidence.ts';
import type { EvidenceIndex } from '../evidence-index.ts';
import { conclude, type Finding, type Invariant, WitnessCollector } from '../invariant.ts';
import {
  type KeyMovements,
  ledgerDoubt,
  ledgerOf,
  movementsByKey,
  withoutLedger,
} from '../ledger.ts';

/**
 * I13: every order's units are taken once and either sold or given back once.
 *
 * By key, at rest, by the ledger's rows: confirmed orders hold what was taken for them, withdrawn ones and
 * keys without an order hold nothing, and no key gave back more often than it took. The figure is the keys
 * for which that fails; hi adds orders that are still pending.
 *
 * Source: try, then exactly one of confirm and cancel (Helland, Life beyond Distributed Transactions, CIDR
 * 2007, on tentative operations).
 */
export const reservation: Invariant = {
  id: 'I13',
  name: 'reservation',
  title: 'Orders whose units were released wrongly',
  needs: ['snapshot', 'ledger'],
  notApplicable: (evidence) => withoutLedger(evidence) ?? withoutKeys(evidence),
  judge: (evidence, index) => conclude(reservation, 'orders', judgeRun(evidence, index)),
};

function withoutKeys({ truth, runId }: Evidence): string | undefined {
  const ledger = truth?.runId === runId ? ledgerOf(truth) : undefined;
  const takes = ledger?.filter(({ delta }) => delta < 0) ?? [];
  return takes.length > 0 && takes.every(({ key }) => key === null)
    ? 'the ledger names no keys'
    : undefined;
}

/** What the store holds under one key, in units. */
interface Rows {
  confirmedUnits: number;
  pendingUnits: number;
  cancelledRows: number;
  userId: string;
  readonly orderIds: string[];
}

const noMovements: KeyMovements = { productId: '', takes: 0, releases: 0, netUnits: 0 };

function judgeRun(evidence: Evidence, index: EvidenceIndex): Finding {
  const doubt = ledgerDoubt(evidence, index);
  if (doubt !== undefined) return { lo: 0, hi: null, reason: doubt };
  const movements = movementsByKey(ledgerOf(index.truth) ?? []);
  const rows = rowsByKey(index);
  const collector = new WitnessCollector();
  let wrong = 0;
  let stuck = 0;
  for (const key of new Set([...movements.keys(), ...rows.keys()])) {
    // The keys of others may be of another sale, or their orders none of our business.
    if (!evidence.exclusive && evidence.names.parseKey(key) === undefined) continue;
    const held = rows.get(key);
    const moved = movements.get(key) ?? noMovements;
    const fault = faultOf(held, moved);
    if (fault === undefined) {
      if ((held?.pendingUnits ?? 0) > 0) stuck += 1;
      continue;
    }
    wrong += 1;
    collector.add(Number.NaN, Math.abs(moved.netUnits), () => ({
      summary: `${key} ${fault}`,
      attempts: attemptsOf(evidence, index, key),
      keys: [key],
      ...(held === undefined ? {} : { orderIds: held.orderIds, userId: held.userId }),
    }));
  }
  const open = `${counted(stuck, 'order')} neither confirmed nor released in the end`;
  return {
    lo: wrong,
    hi: wrong + stuck,
    witnesses: collector.toWitnesses(),
    reason:
      wrong > 0
        ? `${counted(wrong, 'order')} whose units do not match their end`
        : stuck > 0
          ? open
          : undefined,
  };
}

function rowsByKey({ truth }: EvidenceIndex): Map<string, Rows> {
  const byKey = new Map<string, Rows>();
  for (const { id, key, userId, quantity, status } of truth?.orders ?? []) {
    if (key === null) continue;
    const rows = byKey.get(key) ?? {
      confirmedUnits: 0,
      pendingUnits: 0,
      cancelledRows: 0,
      userId,
      orderIds: [],
    };
    byKey.set(key, rows);
    rows.orderIds.push(id);
    if (status === 'confirmed') rows.confirmedUnits += quantity;
    else if (status === 'pending') rows.pendingUnits += quantity;
    else rows.cancelledRows += 1;
  }
  return byKey;
}

/** What is wrong with the movements of one key; undefined when nothing is. */
function faultOf(rows: Rows | undefined, moved: KeyMovements): string | undefined {
  const { takes, releases } = moved;
  const taken = -moved.netUnits;
  if (releases > takes) {
    return `took its units ${counted(takes, 'time')} and gave them back ${counted(releases, 'time')}`;
  }
  if (taken < 0) return `gave back ${counted(-taken, 'unit')} more than it took`;
  const sold = rows?.confirmedUnits ?? 0;
  const pending = rows?.pendingUnits ?? 0;
  if (taken === sold || taken === sold + pending) return undefined;
  if (taken > sold + pending) {
    const surplus = counted(taken - sold - pending, 'unit');
    if (rows === undefined) return `took ${surplus} and has no order: neither sold nor released`;
    const what = rows.cancelledRows > 0 && sold === 0 ? 'was withdrawn' : `has ${sold} sold`;
    return `${what}, and ${surplus} more of it were taken and never released`;
  }
  const deficit = counted(sold - taken, 'unit');
  return takes === 0
    ? `has ${counted(sold, 'unit')} sold, which were never taken from the stock`
    : `has ${counted(sold, 'unit')} sold, of which ${deficit} are not taken from the stock`;
}

function attemptsOf(evidence: Evidence, index: EvidenceIndex, key: string): readonly number[] {
  const parsed = evidence.names.parseKey(key);
  const order = parsed && index.orderOf(parsed.intent, parsed.keyVariant);
  if (order === undefined || order.firstAttempt < 0) return [];
  const { firstAttempt, okAttempt } = order;
  return okAttempt < 0 ? [firstAttempt] : [...new Set([firstAttempt, okAttempt])];
}
