import { countUpTo } from '../checkers/instants.ts';
import type { ContradictingPairs } from '../checkers/unit-stock.ts';
import { counted, whenOf, witnessOfOrder } from '../describe.ts';
import type { Evidence } from '../evidence.ts';
import type { EvidenceIndex, ProductView } from '../evidence-index.ts';
import { type Witness, WitnessCollector, type Witnesses } from '../invariant.ts';
import type { LogicalOrder } from '../logical-order.ts';
import { figureRows, type SaleFindings } from './check-sale.ts';
import type { ProductSale } from './product-sale.ts';
import type { SoldOutAnswers } from './stock-operations.ts';

/** The wrong answers of a sale, as a story each: what was told, and what contradicts it. */
export function witnessesOf(
  evidence: Evidence,
  index: EvidenceIndex,
  view: ProductView,
  soldOuts: SoldOutAnswers,
  sale: ProductSale,
  findings: SaleFindings,
): Witnesses {
  const teller = new Teller(evidence, index, view, soldOuts, sale);
  const { unit, bounds, figures, falseSoldOuts, lateSales } = findings;
  if (falseSoldOuts + lateSales === 0 && figures !== undefined) teller.addFigures(figures);
  if (bounds !== undefined) {
    bounds.falseSoldOuts.forEach((answer, position) => {
      teller.addFalse(answer, bounds.unitsLeft[position] ?? 0);
    });
  }
  if (unit !== undefined) {
    const takenNs = sale.sentOf('sold', 'extra', 'open').sort();
    for (const answer of unit.falseSoldOuts) {
      const taken = countUpTo(takenNs, soldOuts.doneNs[answer] ?? 0);
      teller.addFalse(answer, view.initialLo - taken);
    }
    teller.addLate(unit.lateSales);
  }
  return teller.collector.toWitnesses();
}

class Teller {
  readonly collector = new WitnessCollector();
  readonly #evidence: Evidence;
  readonly #index: EvidenceIndex;
  readonly #view: ProductView;
  readonly #soldOuts: SoldOutAnswers;
  readonly #sale: ProductSale;

  constructor(
    evidence: Evidence,
    index: EvidenceIndex,
    view: ProductView,
    soldOuts: SoldOutAnswers,
    sale: ProductSale,
  ) {
    this.#evidence = evidence;
    this.#index = index;
    this.#view = view;
    this.#soldOuts = soldOuts;
    this.#sale = sale;
  }

  addFalse(answer: number, unitsLeft: number): void {
    const { sentNs, doneNs, attempt } = this.#soldOuts;
    const atNs = doneNs[answer] ?? Number.NaN;
    this.collector.add(atNs, unitsLeft, () => {
      const order = this.#orderOfAnswer(answer);
      if (order === undefined) return { summary: 'told sold-out', attempts: [] };
      const { contract } = this.#view;
      const witness = witnessOfOrder(this.#evidence, order, atNs, (key) => {
        const when = `sent ${whenOf(this.#evidence, sentNs[answer] ?? Number.NaN)}`;
        const left = `at least ${unitsLeft} of ${counted(contract.stock, 'unit')} left`;
        const who = this.#evidence.names.userOf(order.user);
        return `${contract.id}: ${who} was told sold-out for ${key}, ${when}, with ${left}`;
      });
      return { ...witness, attempts: [attempt[answer] ?? 0] };
    });
  }

  addLate({ oks, soldOuts }: ContradictingPairs): void {
    if (oks.length === 0) return;
    const sold = this.#sale.soldOrders;
    const sentNs = this.#sale.sentOf('sold');
    oks.forEach((ok, pair) => {
      const order = sold[ok];
      const answer = soldOuts[pair] ?? 0;
      const atNs = sentNs[ok] ?? Number.NaN;
      this.collector.add(atNs, 1, () =>
        order === undefined
          ? { summary: 'sold after sold-out', attempts: [] }
          : this.#tellLate(order, answer, atNs),
      );
    });
  }

  #tellLate(order: LogicalOrder, answer: number, atNs: number): Witness {
    const refused = this.#orderOfAnswer(answer);
    const { names } = this.#evidence;
    const toldNs = this.#soldOuts.doneNs[answer] ?? Number.NaN;
    const refusedKeys =
      refused === undefined ? [] : [names.keyOf(refused.intent, refused.keyVariant)];
    const witness = witnessOfOrder(this.#evidence, order, atNs, (key) => {
      const sale = `order ${key} of ${names.userOf(order.user)}, sent ${whenOf(this.#evidence, atNs)}`;
      const before = `${refusedKeys.join()} had been told sold-out ${whenOf(this.#evidence, toldNs)}`;
      return `${this.#view.contract.id}: ${sale}, was sold after ${before}`;
    });
    const { okAttempt, firstAttempt } = order;
    const soldAttempt = okAttempt < 0 ? firstAttempt : okAttempt;
    return {
      ...witness,
      keys: [...refusedKeys, ...(witness.keys ?? [])],
      attempts: [this.#soldOuts.attempt[answer] ?? 0, soldAttempt],
    };
  }

  /** Figures of what was left, when they are all that is wrong. */
  addFigures(figures: NonNullable<SaleFindings['figures']>): void {
    const rows = figureRows(this.#sale);
    const orderAt = (number: number): LogicalOrder | undefined =>
      this.#sale.orders[rows[number] ?? -1];
    const { contract } = this.#view;
    const pairs = figures.repeated.length > 0 ? figures.repeated : figures.outOfOrder;
    const isRepeated = figures.repeated.length > 0;
    for (const { first, second } of pairs) {
      const says = isRepeated
        ? 'was told the same figure of what is left as'
        : 'was told of fewer left than';
      this.#addPair(orderAt(second), orderAt(first), says);
    }
    for (const number of figures.aboveStock) {
      this.#addPair(orderAt(number), undefined, `was told of ${contract.stock} left or more`);
    }
    if (figures.tooLow > 0) {
      for (const number of figures.belowZero) {
        this.#addPair(orderAt(number), undefined, 'was told of fewer left than none');
      }
    }
    if (this.collector.count > 0) return;
    const skipped = `${counted(figures.skippedUnits, 'figure')} of what is left were skipped`;
    const summary = `${contract.id}: ${skipped}, first ${figures.firstSkipped}, and no open order explains them`;
    this.collector.add(Number.NaN, figures.skippedUnits, () => ({ summary, attempts: [] }));
  }

  #addPair(order: LogicalOrder | undefined, other: LogicalOrder | undefined, says: string): void {
    if (order === undefined) return;
    const { names } = this.#evidence;
    const otherKeys = other === undefined ? [] : [names.keyOf(other.intent, other.keyVariant)];
    this.collector.add(order.okNs, 1, () => {
      const witness = witnessOfOrder(this.#evidence, order, order.okNs, (key) =>
        [`${this.#view.contract.id}: order ${key} ${says}`, ...otherKeys].join(' '),
      );
      const attempts = [order.okAttempt, ...(other === undefined ? [] : [other.okAttempt])];
      return { ...witness, attempts, keys: [...(witness.keys ?? []), ...otherKeys] };
    });
  }

  #orderOfAnswer(answer: number): LogicalOrder | undefined {
    const attempt = this.#soldOuts.attempt[answer];
    if (attempt === undefined) return undefined;
    const { intent, keyVariant } = this.#evidence.attempts.read(attempt);
    return this.#index.orderOf(intent, keyVariant);
  }
}
