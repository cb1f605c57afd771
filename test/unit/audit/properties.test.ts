import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { auditRun } from '../../../src/audit/audit.ts';
import { play, type Sale, type SerialServer, type Step } from '../../helpers/serial-server.ts';

const runs = 3_000;
/** For machines that do other things as well. */
const timeoutMs = 120_000;

/** Sales on a server that obeys its rules, or that forgets them now and then. */
function sales({ faulty }: { readonly faulty: boolean }): fc.Arbitrary<Sale> {
  const step: fc.Arbitrary<Step> = fc.record({
    kind: fc.oneof(
      { weight: 10, arbitrary: fc.constant('order' as const) },
      { weight: 3, arbitrary: fc.constant('cancel' as const) },
      { weight: 1, arbitrary: fc.constant('foreign' as const) },
    ),
    intent: fc.nat(7),
    keyVariant: fc.oneof(
      { weight: 4, arbitrary: fc.constant(0) },
      { weight: 1, arbitrary: fc.constant(1) },
    ),
    fate: fc.oneof(
      { weight: 6, arbitrary: fc.constant('answered' as const) },
      { weight: 2, arbitrary: fc.constant('request-lost' as const) },
      { weight: 2, arbitrary: fc.constant('answer-lost' as const) },
      { weight: 1, arbitrary: fc.constant('late' as const) },
      { weight: 1, arbitrary: fc.constant('not-sent' as const) },
    ),
    slackNs: fc.integer({ min: 1, max: 40 }),
    ignoresStock: faulty ? fc.boolean() : fc.constant(false),
    ignoresLimit: faulty ? fc.boolean() : fc.constant(false),
  });
  const view = fc.record({
    snapshot: fc.constantFrom('settled' as const, 'unsettled' as const, 'absent' as const),
    snapshotAt: fc.double({ min: 0, max: 0.99, noNaN: true }),
    lookedUp: fc.uniqueArray(fc.nat(7), { maxLength: 8 }),
    unrecorded: fc.oneof(
      { weight: 4, arbitrary: fc.constant(0) },
      { weight: 1, arbitrary: fc.nat(5) },
    ),
  });
  return fc.record({
    stock: fc.tuple(fc.nat(4), fc.nat(4)),
    limitPerUser: fc.integer({ min: 1, max: 3 }),
    steps: fc.array(step, { maxLength: 30 }),
    view,
  });
}

function unitsBeyondStock(sale: Sale, server: SerialServer): number {
  const excess = sale.stock.map((stock, product) => {
    const sold = server.liveOrders(product).reduce((sum, { quantity }) => sum + quantity, 0);
    return Math.max(0, sold - stock);
  });
  return Math.max(...excess);
}

describe('the audit', { timeout: timeoutMs }, () => {
  it('never convicts a correct server, whatever answers and evidence were lost', () => {
    fc.assert(
      fc.property(sales({ faulty: false }), (sale) => {
        const { invariants } = auditRun(play(sale).evidence);
        const convicted = Object.values(invariants).filter(({ verdict }) => verdict === 'violated');
        expect(convicted).toEqual([]);
      }),
      { numRuns: runs },
    );
  });

  it('never passes an oversold sale, whatever answers and evidence were lost', () => {
    let oversold = 0;
    fc.assert(
      fc.property(sales({ faulty: true }), (sale) => {
        const { evidence, server } = play(sale);
        if (unitsBeyondStock(sale, server) === 0) return;
        oversold += 1;
        const report = auditRun(evidence);
        expect(report.verdict).not.toBe('pass');
        if (evidence.exclusive) expect(report.invariants.oversell?.verdict).not.toBe('pass');
      }),
      { numRuns: runs },
    );
    expect(oversold).toBeGreaterThan(runs / 10);
  });

  it('convicts every oversold sale when the snapshot is settled and the traffic all its own', () => {
    let convicted = 0;
    fc.assert(
      fc.property(sales({ faulty: true }), (sale) => {
        const { evidence, server } = play({
          ...sale,
          view: { ...sale.view, snapshot: 'settled' },
          steps: sale.steps.filter(({ kind }) => kind !== 'foreign'),
        });
        const excess = unitsBeyondStock(sale, server);
        const oversell = auditRun(evidence).invariants.oversell;
        // Cancellations may have hidden a larger one.
        expect(oversell?.lo).toBeGreaterThanOrEqual(excess);
        if (excess > 0 && oversell?.verdict === 'violated') convicted += 1;
        const cancels = sale.steps.some(({ kind }) => kind === 'cancel');
        if (!cancels) expect(oversell?.value).toBe(excess);
      }),
      { numRuns: runs },
    );
    expect(convicted).toBeGreaterThan(runs / 10);
  });

  it('finds the figure of the limit per user within its bounds', () => {
    fc.assert(
      fc.property(sales({ faulty: true }), (sale) => {
        const steps = sale.steps.filter(({ kind }) => kind === 'order');
        const { evidence, server } = play({
          ...sale,
          steps,
          view: { ...sale.view, unrecorded: 0 },
        });
        const excess = [0, 1].map((product) => excessPerUser(sale, server, product));
        const userLimit = auditRun(evidence).invariants.userLimit;
        expect(userLimit?.lo).toBeLessThanOrEqual(Math.max(...excess));
        if (userLimit?.verdict === 'pass') expect(excess).toEqual([0, 0]);
        if (sale.view.snapshot === 'settled') expect(userLimit?.lo).toBe(Math.max(...excess));
      }),
      { numRuns: runs },
    );
  });
});

function excessPerUser(sale: Sale, server: SerialServer, product: number): number {
  const held = new Map<number, number>();
  for (const { user, quantity } of server.liveOrders(product)) {
    held.set(user, (held.get(user) ?? 0) + quantity);
  }
  let excess = 0;
  for (const units of held.values()) excess += Math.max(0, units - sale.limitPerUser);
  return excess;
}
