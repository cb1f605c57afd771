import { operationIndexOfKind, outcomeOfKind } from '../../history/chunk.ts';
import { operations } from '../../history/vocabulary.ts';
import { clockToleranceNs, runNsOf } from '../clock.ts';
import { counted, whenOf, witnessOfOrder } from '../describe.ts';
import type { Evidence } from '../evidence.ts';
import type { EvidenceIndex } from '../evidence-index.ts';
import { conclude, type Finding, type Invariant, WitnessCollector } from '../invariant.ts';
import { type LogicalOrder, soldByNs } from '../logical-order.ts';
import { type OrderTimes, orderTimesOf } from '../order-times.ts';

const orderOperation = operations.indexOf('order');

/**
 * I14: orders that were made before the opening or after the closing, and such that were refused as if
 * the sale were not open while it was.
 *
 * With ε the bound on the clocks' difference: made and answered before the opening − ε; made and first
 * sent after the closing + ε; told `not-open` or `closed` though sent after the opening + ε and answered
 * before the closing − ε. An answer whose interval meets the border is ambiguous: the server may have
 * decided on either side of it, unless the store says when the order was made.
 *
 * Source: intervals of clock uncertainty, as of TrueTime (Corbett et al., Spanner, OSDI 2012).
 */
export const saleWindow: Invariant = {
  id: 'I14',
  name: 'saleWindow',
  title: 'Orders answered against the opening hours',
  needs: ['responses'],
  byTime: true,
  notApplicable: ({ contract, events }) => {
    const closed = events.some(
      ({ event, outcome }) => event.kind === 'close' && outcome !== 'fail',
    );
    return contract.opensAtMs === undefined && contract.closesAtMs === undefined && !closed
      ? 'the contract promises no opening hours, and nobody closed the sale'
      : undefined;
  },
  judge: (evidence, index) => conclude(saleWindow, 'orders', judgeRun(evidence, index)),
};

/** The opening hours on the runner's clock with all doubt about it, ns since the run's epoch. */
interface Hours {
  /** Before this the sale was surely not open; from `openFromNs` on it surely was. */
  readonly notOpenUntilNs: number;
  readonly openFromNs: number;
  /** Before this it was surely not closed; from `closedFromNs` on it surely was. */
  readonly openUntilNs: number;
  readonly closedFromNs: number;
}

function hoursOf(evidence: Evidence): Hours {
  const { opensAtMs, closesAtMs } = evidence.contract;
  const toleranceNs = clockToleranceNs(evidence);
  const opensNs = opensAtMs === undefined ? Number.NEGATIVE_INFINITY : runNsOf(evidence, opensAtMs);
  const closesNs =
    closesAtMs === undefined ? Number.POSITIVE_INFINITY : runNsOf(evidence, closesAtMs);
  let openUntilNs = closesNs - toleranceNs;
  let closedFromNs = closesNs + toleranceNs;
  for (const { event, outcome, sentNs, doneNs } of evidence.events) {
    if (event.kind !== 'close' || outcome === 'fail') continue;
    // Closed by request, so on the runner's own clock.
    openUntilNs = Math.min(openUntilNs, Number.isNaN(sentNs) ? Number.NEGATIVE_INFINITY : sentNs);
    if (outcome === 'ok' && doneNs < closedFromNs) closedFromNs = doneNs;
  }
  return {
    notOpenUntilNs: opensNs - toleranceNs,
    openFromNs: opensNs + toleranceNs,
    openUntilNs,
    closedFromNs,
  };
}

type Fault = 'early' | 'late' | 'refused';

/** Collects the orders that were answered wrongly, each once. */
class Faults {
  readonly collector = new WitnessCollector();
  readonly counts: Record<Fault, number> = { early: 0, late: 0, refused: 0 };
  ambiguous = 0;
  readonly #evidence: Evidence;
  readonly #seen: Uint8Array;

  constructor(evidence: Evidence, index: EvidenceIndex) {
    this.#evidence = evidence;
    this.#seen = new Uint8Array(index.keyCount);
  }

  get total(): number {
    return this.counts.early + this.counts.late + this.counts.refused;
  }

  add(fault: Fault, order: LogicalOrder, atNs: number, attempt: number, what: string): void {
    if (this.#seen[order.ordinal] === 1) return;
    this.#seen[order.ordinal] = 1;
    this.counts[fault] += 1;
    const evidence = this.#evidence;
    this.collector.add(atNs, order.quantity, () => {
      const witness = witnessOfOrder(evidence, order, atNs, (key) => {
        return `${key} ${what} ${whenOf(evidence, atNs)}`;
      });
      return { ...witness, attempts: attempt < 0 ? witness.attempts : [attempt] };
    });
  }
}

function judgeRun(evidence: Evidence, index: EvidenceIndex): Finding {
  const hours = hoursOf(evidence);
  const times = orderTimesOf(evidence, index, clockToleranceNs(evidence));
  const faults = new Faults(evidence, index);
  for (const order of index.traced) judgeSale(evidence, order, hours, times, faults);
  judgeRefusals(evidence, index, hours, faults);
  const { early, late, refused } = faults.counts;
  const parts = [
    ...(early > 0 ? [`${counted(early, 'order')} sold before the opening`] : []),
    ...(late > 0 ? [`${counted(late, 'order')} sold after the closing`] : []),
    ...(refused > 0 ? [`${counted(refused, 'order')} refused although the sale was open`] : []),
    ...(faults.ambiguous > 0
      ? [
          `${counted(faults.ambiguous, 'order')} answered so close to the border that either is right`,
        ]
      : []),
    ...(times.kind === 'off' ? [times.why] : []),
    ...(times.kind === 'unchecked' && faults.ambiguous > 0
      ? ["no answer tells how far the store's clock is off: its times are not used"]
      : []),
  ];
  return {
    lo: faults.total,
    hi: faults.total,
    witnesses: faults.collector.toWitnesses(),
    reason: parts.length === 0 ? undefined : parts.join('; '),
  };
}

function judgeSale(
  evidence: Evidence,
  order: LogicalOrder,
  hours: Hours,
  times: OrderTimes,
  faults: Faults,
): void {
  const { firstSentNs, okNs, okAttempt, details } = order;
  const madeNs = soldByNs(order);
  const isMade = madeNs < Number.POSITIVE_INFINITY || order.confirmedRows > 0;
  if (!isMade) return;
  if (firstSentNs > hours.closedFromNs && isFirstRecorded(evidence, order)) {
    faults.add('late', order, firstSentNs, order.firstAttempt, 'was made, first sent');
    return;
  }
  // An order that was accepted for later and made counts from its acceptance.
  const accepted = details.acceptedNs < okNs;
  const answeredNs = Math.min(madeNs, details.acceptedNs);
  if (answeredNs < hours.notOpenUntilNs) {
    const attempt = accepted ? details.acceptedAttempt : okAttempt;
    faults.add('early', order, answeredNs, attempt, 'was made, answered');
    return;
  }
  const meetsOpening = firstSentNs <= hours.openFromNs;
  const meetsClosing =
    answeredNs >= hours.openUntilNs && hours.openUntilNs < Number.POSITIVE_INFINITY;
  if (!meetsOpening && !meetsClosing) return;
  const time = times.kind === 'usable' ? times.of(order) : undefined;
  // A row from before the order was first sent is none that the record accounts for.
  const known = time !== undefined && time.earliest.toNs >= firstSentNs ? time : undefined;
  if (known !== undefined && known.earliest.toNs < hours.notOpenUntilNs) {
    faults.add('early', order, known.toldNs, -1, 'was recorded by the store');
    return;
  }
  // What was accepted for later, or answered before it was written, may have been decided earlier.
  const isDecision = details.acceptedAttempt < 0 && (known?.latest.fromNs ?? Infinity) <= madeNs;
  const isOpen = known?.complete === true && isDecision && known.earliest.fromNs > hours.openFromNs;
  const isOpenStill = known?.complete === true && known.latest.toNs < hours.openUntilNs;
  if ((meetsOpening && !isOpen) || (meetsClosing && !isOpenStill)) faults.ambiguous += 1;
}

/** A retry of an order that was made in time is legitimate, and an interruption may hide the first try. */
function isFirstRecorded(
  { attempts, interrupted }: Evidence,
  { firstAttempt }: LogicalOrder,
): boolean {
  return !interrupted || attempts.read(firstAttempt).attempt <= 1;
}

/** Refusals as `not-open` or `closed` that came while the sale was surely open. */
function judgeRefusals(
  evidence: Evidence,
  index: EvidenceIndex,
  hours: Hours,
  faults: Faults,
): void {
  let base = 0;
  for (const chunk of evidence.attempts.chunks()) {
    const notOpen = chunk.codes.indexOf('not-open');
    const closed = chunk.codes.indexOf('closed');
    const told = notOpen >= 0 || closed >= 0;
    for (let row = 0; told && row < chunk.length; row += 1) {
      const code = chunk.code[row];
      if (code !== notOpen && code !== closed) continue;
      const kind = chunk.kind[row] ?? 0;
      if (operationIndexOfKind(kind) !== orderOperation || outcomeOfKind(kind) !== 'fail') continue;
      const [sentNs, doneNs] = [chunk.sentNs[row] ?? Number.NaN, chunk.doneNs[row] ?? Number.NaN];
      if (!(sentNs > hours.openFromNs && doneNs < hours.openUntilNs)) continue;
      // Without a promised opening nobody knows whether it was open yet.
      if (code === notOpen && hours.openFromNs === Number.NEGATIVE_INFINITY) continue;
      const order = index.orderOf(chunk.intent[row] ?? -1, chunk.keyVariant[row] ?? 0);
      if (order === undefined) continue;
      const text = code === notOpen ? 'not-open' : 'closed';
      faults.add('refused', order, sentNs, base + row, `was told ${text}, sent`);
    }
    base += chunk.length;
  }
}
