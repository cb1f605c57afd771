import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Evidence } from '../../../src/audit/evidence.ts';
import { buildIndex } from '../../../src/audit/evidence-index.ts';
import type { InvariantResult } from '../../../src/audit/invariant.ts';
import { falseSoldOut } from '../../../src/audit/invariants/false-sold-out.ts';
import { keyOf, userIdOf } from '../../../src/history/attempt.ts';
import type { EventRecord } from '../../../src/history/run-record.ts';
import { HistoryBuilder, runId } from '../../helpers/history-builder.ts';
import {
  fewestWrongAnswers,
  isLinearizable,
  type StockOperation,
} from '../../helpers/linearizer.ts';
import { type SmallHistory, smallHistories } from '../../helpers/stock-histories.ts';

const timeoutMs = 120_000;

/** How a small history is looked at. */
interface View {
  readonly snapshot: 'settled' | 'absent';
  /** Bit i: operation i, of which nobody was told how it ended, took effect. */
  readonly served: number;
  readonly exactRemaining?: boolean;
  readonly overrides?: Partial<Evidence>;
}

const isServed = (view: View, index: number): boolean => (view.served & (1 << index)) !== 0;

/** The small history as a run would have recorded it. Operation i is intent i, a cancellation its order's. */
function evidenceOf({ stock, operations }: SmallHistory, view: View): Evidence {
  const run = new HistoryBuilder({ id: 'p0', stock });
  const events: EventRecord[] = [];
  const cancelled = new Set<number>();
  operations.forEach((operation, index) => {
    const { sentNs } = operation;
    const isOpen = operation.doneNs === Number.POSITIVE_INFINITY;
    const stamps = { sentNs, doneNs: isOpen ? sentNs + 50 : operation.doneNs };
    const served = !isOpen || isServed(view, index);
    if ('order' in operation) {
      if (served) cancelled.add(operation.order);
      run.cancelled(operation.order, isOpen ? 'info' : 'ok', stamps);
      return;
    }
    const more = { ...stamps, quantity: operation.units };
    if (operation.kind === 'sold-out') run.soldOut(index, more);
    else if (operation.kind === 'info') run.timedOut(index, more);
    else if (operation.kind === 'ok') {
      run.acknowledged(index, { ...more, remaining: operation.remaining });
    } else {
      const event = { kind: 'restock', productId: 'p0', quantity: operation.units } as const;
      const outcome = isOpen ? 'info' : 'ok';
      const { doneNs } = operation;
      events.push({ event, plannedNs: sentNs, sentNs, doneNs, outcome, detail: '' });
    }
  });
  operations.forEach((operation, index) => {
    if (operation.kind !== 'ok' && operation.kind !== 'info') return;
    if (operation.kind === 'info' && !isServed(view, index)) return;
    run.row({
      id: `o${index}`,
      key: keyOf(runId, index, 0),
      userId: userIdOf(index),
      quantity: operation.units,
      status: cancelled.has(index) ? 'cancelled' : 'confirmed',
    });
  });
  const evidence = run.evidence({
    withoutTruth: view.snapshot === 'absent',
    events,
    ...view.overrides,
  });
  const exactRemaining = view.exactRemaining === true;
  return { ...evidence, contract: { ...evidence.contract, exactRemaining } };
}

/** What took effect did, at no known instant; what did not is left out. */
function resolved({ operations }: SmallHistory, served: number): StockOperation[] {
  const kept = operations.map((operation, index): StockOperation | undefined => {
    if (operation.doneNs !== Number.POSITIVE_INFINITY) return operation;
    if ((served & (1 << index)) === 0) return undefined;
    if (operation.kind === 'info') return { ...operation, kind: 'ok' };
    // Whether and when these came nobody knows, even afterwards.
    return operation;
  });
  const rest = kept.filter((operation) => operation !== undefined);
  return rest.map((operation) =>
    'order' in operation
      ? { ...operation, order: numberIn(rest, kept[operation.order]) }
      : operation,
  );
}

function numberIn(rest: readonly StockOperation[], operation: StockOperation | undefined): number {
  return rest.findIndex((other) => other === operation);
}

function judge(evidence: Evidence): InvariantResult {
  return falseSoldOut.judge(evidence, buildIndex(evidence));
}

const soldUnits = (operations: readonly StockOperation[]): number =>
  operations.reduce((sum, operation) => sum + (operation.kind === 'ok' ? operation.units : 0), 0);

const withServed = (ingredients: Parameters<typeof smallHistories>[0]) =>
  fc.tuple(smallHistories(ingredients), fc.noBias(fc.nat(127)));

/** Every way in which what nobody knows can have ended, without those that oversell. */
function endings(small: SmallHistory): boolean[] {
  const found: boolean[] = [];
  const open = small.operations.flatMap(({ doneNs }, index) =>
    doneNs === Number.POSITIVE_INFINITY ? [index] : [],
  );
  for (let choice = 0; choice < 1 << open.length; choice += 1) {
    const served = open.reduce(
      (mask, index, position) => ((choice & (1 << position)) === 0 ? mask : mask | (1 << index)),
      0,
    );
    const operations = resolved(small, served);
    if (soldUnits(operations) <= small.stock) found.push(isLinearizable(small.stock, operations));
  }
  return found;
}

describe('falseSoldOut', { timeout: timeoutMs }, () => {
  it('counts the fewest wrong answers of single units, all ends known', () => {
    let violated = 0;
    fc.assert(
      fc.property(withServed({}), ([small, served]) => {
        const operations = resolved(small, served);
        if (soldUnits(operations) > small.stock) return;
        const { verdict, lo, hi } = judge(evidenceOf(small, { snapshot: 'settled', served }));
        expect([lo, hi]).toEqual([fewestWrongAnswers(small.stock, operations), lo]);
        if (verdict === 'violated') violated += 1;
      }),
      { numRuns: 2_000 },
    );
    expect(violated).toBeGreaterThan(200);
  });

  it('decides by the figures of what was left, all ends known', () => {
    let violated = 0;
    fc.assert(
      fc.property(withServed({ remaining: true }), ([small, served]) => {
        const operations = resolved(small, served);
        if (soldUnits(operations) > small.stock) return;
        const view: View = { snapshot: 'settled', served, exactRemaining: true };
        const expected = isLinearizable(small.stock, operations) ? 'pass' : 'violated';
        expect(judge(evidenceOf(small, view)).verdict).toBe(expected);
        if (expected === 'violated') violated += 1;
      }),
      { numRuns: 2_000 },
    );
    expect(violated).toBeGreaterThan(200);
  });

  it.each([
    ['single units', {}],
    ['figures of what was left', { remaining: true }],
  ] as const)(
    'convicts or passes without a snapshot only what is so however open ends ended: %s',
    (_what, ingredients) => {
      const seen = { pass: 0, unknown: 0, violated: 0 };
      fc.assert(
        fc.property(smallHistories(ingredients), (small) => {
          if (soldUnits(small.operations) > small.stock) return;
          const exactRemaining = 'remaining' in ingredients;
          const { verdict } = judge(
            evidenceOf(small, { snapshot: 'absent', served: 0, exactRemaining }),
          );
          const explained = endings(small);
          seen[verdict] += 1;
          if (verdict === 'violated') expect(explained).not.toContain(true);
          if (verdict === 'pass') expect(explained).not.toContain(false);
          if (!explained.includes(false)) expect(verdict).not.toBe('violated');
        }),
        { numRuns: 2_000 },
      );
      expect(Math.min(...Object.values(seen))).toBeGreaterThan(50);
    },
  );

  it('never convicts a sale with quantities, cancellations and restocks that can be explained', () => {
    let violated = 0;
    fc.assert(
      fc.property(withServed({ returns: true }), ([small, served]) => {
        const operations = resolved(small, served);
        const settled = judge(evidenceOf(small, { snapshot: 'settled', served }));
        const absent = judge(evidenceOf(small, { snapshot: 'absent', served }));
        if (settled.verdict === 'violated') violated += 1;
        if (!isLinearizable(small.stock, operations)) return;
        expect(settled.verdict).not.toBe('violated');
        expect(absent.verdict).not.toBe('violated');
      }),
      { numRuns: 3_000 },
    );
    expect(violated).toBeGreaterThan(150);
  });

  it.each([
    ['others may have bought', { exclusive: false }, /others may have bought/],
    ['it was interrupted', { interrupted: true }, /interrupted/],
  ] as const)('never convicts without a snapshot when %s', (_what, overrides, reason) => {
    let unknown = 0;
    fc.assert(
      fc.property(smallHistories({}), (small) => {
        const { verdict, reason: said } = judge(
          evidenceOf(small, { snapshot: 'absent', served: 0, overrides }),
        );
        expect(verdict).not.toBe('violated');
        if (verdict === 'unknown') expect(said).toMatch(reason);
        if (verdict === 'unknown') unknown += 1;
      }),
      { numRuns: 1_000 },
    );
    expect(unknown).toBeGreaterThan(100);
  });
});
