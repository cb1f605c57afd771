import { countUpTo } from '../checkers/instants.ts';
import { counted, whenOf, witnessOfOrder } from '../describe.ts';
import type { Evidence } from '../evidence.ts';
import { type EvidenceIndex, mayStand, type ProductView } from '../evidence-index.ts';
import {
  conclude,
  type Finding,
  gravest,
  type Invariant,
  noWitnesses,
  type Witness,
  WitnessCollector,
} from '../invariant.ts';
import { type LogicalOrder, liveRows, wasFound } from '../logical-order.ts';
import type { OrderList } from '../order-list.ts';
import {
  readStockOperations,
  type SoldOutAnswers,
  type StockOperations,
} from '../stock/stock-operations.ts';

/**
 * I19: buyers who were told sold-out before somebody else even sent an order that was served, and who
 * never got one. Each such buyer counts once. A later order counts against a
 * refusal only when it was of no fewer units.
 *
 * A report: no server promises fairness, so that it never convicts by itself. A scenario's threshold may
 * gate the figure. O(n log n).
 *
 * Source: first come, first served by real-time order (Herlihy and Wing 1990); the share of pairs out of
 * order is Mann and Whitney's U (1947).
 */
export const fairness: Invariant = {
  id: 'I19',
  name: 'fairness',
  title: 'Buyers refused before a later one was served',
  needs: ['responses'],
  byTime: true,
  judge: (evidence, index) => {
    const read = readStockOperations(evidence, index);
    const finding = gravest(
      index.products.map((view) => judgeProduct(evidence, index, view, read)),
    );
    return { ...conclude(fairness, 'buyers', finding), verdict: 'pass' };
  },
};

function judgeProduct(
  evidence: Evidence,
  index: EvidenceIndex,
  view: ProductView,
  read: StockOperations,
): Finding {
  const answers = read.soldOuts[view.index];
  if (answers === undefined || answers.length === 0) return { lo: 0, hi: 0 };
  const served: LogicalOrder[] = [];
  const possible: LogicalOrder[] = [];
  const buyers = new Buyers(view.orders);
  for (const order of view.traced) {
    const isSure = isServed(order);
    if (!isSure && !mayBeServed(index, order)) continue;
    possible.push(order);
    if (isSure) served.push(order);
    buyers.mark(order.user, isSure ? isServedBuyer : isOpenBuyer);
  }
  const lastNs = lastSentByUnits(served);
  const lastPossibleNs = lastSentByUnits(possible);
  const collector = new WitnessCollector();
  let lo = 0;
  let hi = 0;
  for (let answer = 0; answer < answers.length; answer += 1) {
    const user = answers.user[answer] ?? 0;
    const units = answers.units[answer] ?? 0;
    const toldNs = answers.doneNs[answer] ?? Number.NaN;
    if (buyers.is(user, isServedBuyer)) continue;
    if (lastSentAfter(lastPossibleNs, units) > toldNs && buyers.mark(user, isPerhapsCounted)) {
      hi += 1;
    }
    const waitedNs = lastSentAfter(lastNs, units) - toldNs;
    if (!(waitedNs > 0) || buyers.is(user, isOpenBuyer)) continue;
    if (!buyers.mark(user, isCounted)) continue;
    lo += 1;
    collector.add(toldNs, waitedNs, () => tell(evidence, index, view, answers, answer, served));
  }
  const asked = firstAskedNs(view.orders, buyers);
  const reason = reasonOf(view, lo, asked, inversionShare(asked, served));
  return { lo, hi, reason, witnesses: lo === 0 ? noWitnesses : collector.toWitnesses() };
}

/** Flags of a buyer: served for certain; perhaps served; counted in `lo`; counted in `hi`. */
const isServedBuyer = 1;
const isOpenBuyer = 2;
const isCounted = 4;
const isPerhapsCounted = 8;

/** Flags by user: an array while users are dense, which those of a run are. */
class Buyers {
  readonly #dense: Uint8Array;
  readonly #sparse = new Map<number, number>();

  constructor(orders: OrderList) {
    let last = -1;
    orders.forEach(({ user }) => {
      last = Math.max(last, user);
    });
    this.#dense = new Uint8Array(Math.min(last + 1, orders.length * 8));
  }

  /** Users below this are held in an array. */
  get denseCount(): number {
    return this.#dense.length;
  }

  is(user: number, flag: number): boolean {
    return ((this.#dense[user] ?? this.#sparse.get(user) ?? 0) & flag) !== 0;
  }

  /** @returns whether the flag is new */
  mark(user: number, flag: number): boolean {
    if (this.is(user, flag)) return false;
    if (user < this.#dense.length) this.#dense[user] = (this.#dense[user] ?? 0) | flag;
    else this.#sparse.set(user, (this.#sparse.get(user) ?? 0) | flag);
    return true;
  }
}

function isServed(order: LogicalOrder): boolean {
  return order.outcome === 'ok' || wasFound(order) || order.confirmedRows > 0;
}

function mayBeServed({ snapshot }: EvidenceIndex, order: LogicalOrder): boolean {
  return liveRows(order) > 0 || mayStand(order, snapshot);
}

/** At position q: when the last of the orders of q units or more was sent. */
function lastSentByUnits(orders: readonly LogicalOrder[]): Float64Array {
  const most = orders.reduce((units, { quantity }) => Math.max(units, quantity), 0);
  const lastNs = new Float64Array(most + 1).fill(Number.NEGATIVE_INFINITY);
  for (const { quantity, firstSentNs } of orders) {
    if (firstSentNs > (lastNs[quantity] ?? 0)) lastNs[quantity] = firstSentNs;
  }
  for (let units = most - 1; units >= 0; units -= 1) {
    lastNs[units] = Math.max(lastNs[units] ?? 0, lastNs[units + 1] ?? 0);
  }
  return lastNs;
}

function lastSentAfter(lastNs: Float64Array, units: number): number {
  return lastNs[units] ?? Number.NEGATIVE_INFINITY;
}

/** When each buyer who was told sold-out, and never got one, had asked first. */
function firstAskedNs(orders: OrderList, buyers: Buyers): Float64Array {
  const firstNs = new Float64Array(buyers.denseCount).fill(Number.POSITIVE_INFINITY);
  const sparseNs = new Map<number, number>();
  orders.forEach(({ user, soldOutAttempt, firstSentNs }) => {
    if (soldOutAttempt < 0 || buyers.is(user, isServedBuyer | isOpenBuyer)) return;
    if (user >= firstNs.length) {
      sparseNs.set(user, Math.min(firstSentNs, sparseNs.get(user) ?? firstSentNs));
    } else if (firstSentNs < (firstNs[user] ?? 0)) firstNs[user] = firstSentNs;
  });
  let count = 0;
  for (const atNs of firstNs) {
    if (atNs === Number.POSITIVE_INFINITY) continue;
    firstNs[count] = atNs;
    count += 1;
  }
  const asked = new Float64Array(count + sparseNs.size);
  asked.set(firstNs.subarray(0, count));
  asked.set([...sparseNs.values()], count);
  return asked;
}

/**
 * Of all pairs of a refused buyer and a served order: the share in which the refused one had asked
 * first (Mann and Whitney's U over the number of pairs). 0 is a perfect queue, a half is a lottery.
 */
function inversionShare(askedNs: Float64Array, served: readonly LogicalOrder[]): number {
  const servedNs = Float64Array.from(served, ({ firstSentNs }) => firstSentNs).sort();
  let inversions = 0;
  for (const atNs of askedNs) inversions += servedNs.length - countUpTo(servedNs, atNs);
  return inversions / Math.max(1, askedNs.length * servedNs.length);
}

function reasonOf(
  { prefix, lastReturnNs }: ProductView,
  overtaken: number,
  askedNs: Float64Array,
  share: number,
): string {
  const refused = counted(askedNs.length, 'refused buyer');
  const percent = (share * 100).toFixed(1);
  const returns =
    lastReturnNs > Number.NEGATIVE_INFINITY ? '; units came back or were restocked meanwhile' : '';
  return `${prefix}${overtaken} of ${refused} were refused before an order was sent that was served; of all pairs of a refused buyer and a served order ${percent} % were out of the order of asking (50 % is chance)${returns}`;
}

function tell(
  evidence: Evidence,
  index: EvidenceIndex,
  view: ProductView,
  answers: SoldOutAnswers,
  answer: number,
  served: readonly LogicalOrder[],
): Witness {
  const attempt = answers.attempt[answer] ?? 0;
  const toldNs = answers.doneNs[answer] ?? Number.NaN;
  const { intent, keyVariant } = evidence.attempts.read(attempt);
  const order = index.orderOf(intent, keyVariant);
  if (order === undefined) return { summary: 'told sold-out', attempts: [attempt] };
  const later = served.reduce<LogicalOrder | undefined>((last, candidate) => {
    if (candidate.quantity < order.quantity) return last;
    return last !== undefined && last.firstSentNs >= candidate.firstSentNs ? last : candidate;
  }, undefined);
  const { names } = evidence;
  const laterKeys = later === undefined ? [] : [names.keyOf(later.intent, later.keyVariant)];
  const witness = witnessOfOrder(evidence, order, toldNs, (key) => {
    const refusal = `${names.userOf(order.user)} was told sold-out for ${key}, ${whenOf(evidence, toldNs)}`;
    const sentNs = later?.firstSentNs ?? Number.NaN;
    return `${view.contract.id}: ${refusal}; ${laterKeys.join()}, sent ${whenOf(evidence, sentNs)}, was served`;
  });
  const okAttempt = later?.okAttempt ?? -1;
  return {
    ...witness,
    keys: [...(witness.keys ?? []), ...laterKeys],
    attempts: okAttempt < 0 ? [attempt] : [attempt, okAttempt],
  };
}
