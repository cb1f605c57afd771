import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AuditReport, auditRun } from '../../../src/audit/audit.ts';
import type { Evidence } from '../../../src/audit/evidence.ts';
import { play, stepKeyVariants } from '../../helpers/serial-sale.ts';
import type { Rule, Sale, SerialServer, Step } from '../../helpers/serial-server.ts';

const runs = 1_500;
/** For machines that do other things as well. */
const timeoutMs = 120_000;

/**
 * Sales on a server that obeys its rules, or that forgets some of them now and then.
 *
 * @param options weight of orders under a key of another order; how many intents there are, up to 8
 */
function sales(
  forgets: readonly Rule[],
  options: { readonly reuses?: number; readonly intents?: number } = {},
): fc.Arbitrary<Sale> {
  const { reuses = 2, intents = 8 } = options;
  const weighted = <T>(
    ...choices: readonly (readonly [weight: number, value: T])[]
  ): fc.Arbitrary<T> =>
    fc.oneof(...choices.map(([weight, value]) => ({ weight, arbitrary: fc.constant<T>(value) })));
  const step: fc.Arbitrary<Step> = fc.record({
    kind: weighted<Step['kind']>(
      [10, 'order'],
      [3, 'cancel'],
      [1, 'foreign'],
      [reuses, 'reuse'],
      [3, 'poll'],
      [3, 'decide'],
      [1, 'restock'],
    ),
    intent: fc.nat(intents - 1),
    keyVariant: weighted(
      [8, 0],
      [2, 1],
      [1, stepKeyVariants[2] ?? 0],
      [1, stepKeyVariants[3] ?? 0],
    ),
    fate: weighted<Step['fate']>(
      [6, 'answered'],
      [2, 'request-lost'],
      [2, 'answer-lost'],
      [1, 'late'],
      [1, 'not-sent'],
    ),
    slackNs: fc.integer({ min: 1, max: 40 }),
    ignores: fc.subarray([...forgets]),
  });
  const view = fc.record({
    snapshot: fc.constantFrom('settled' as const, 'unsettled' as const, 'absent' as const),
    snapshotAt: fc.double({ min: 0, max: 0.99, noNaN: true }),
    lookedUp: fc.uniqueArray(fc.nat(7), { maxLength: 8 }),
    unrecorded: fc.oneof(
      { weight: 4, arbitrary: fc.constant(0) },
      { weight: 1, arbitrary: fc.nat(5) },
    ),
    ledger: fc.boolean(),
  });
  return fc.record({
    stock: fc.tuple(fc.nat(4), fc.nat(4)),
    limitPerUser: fc.integer({ min: 1, max: 3 }),
    steps: fc.array(step, { maxLength: 30 }),
    asynchronous: fc.boolean(),
    hours: fc.option(fc.record({ opens: fc.nat(5), closes: fc.integer({ min: 20, max: 40 }) }), {
      nil: undefined,
    }),
    view,
  });
}

/** The same sale with nobody else on it, all of it recorded, and a settled snapshot. */
function inFullView(sale: Sale): Sale {
  return {
    ...sale,
    steps: sale.steps.filter(({ kind }) => kind !== 'foreign'),
    view: { ...sale.view, snapshot: 'settled', unrecorded: 0, ledger: true },
  };
}

function unitsBeyondStock(sale: Sale, server: SerialServer): number {
  const excess = sale.stock.map((stock, product) => {
    const sold = server.liveOrders(product).reduce((sum, { quantity }) => sum + quantity, 0);
    return Math.max(0, sold - stock - (server.brought[product] ?? 0));
  });
  return Math.max(...excess);
}

const convictedOf = (report: AuditReport): string[] =>
  Object.values(report.invariants)
    .filter(({ verdict }) => verdict === 'violated')
    .map(({ name }) => name);

describe('the audit', { timeout: timeoutMs }, () => {
  it('never convicts a correct server, whatever answers and evidence were lost', () => {
    const judged = new Set<string>();
    fc.assert(
      fc.property(sales([]), (sale) => {
        const report = auditRun(play(sale).evidence);
        for (const name of Object.keys(report.invariants)) judged.add(name);
        expect(convictedOf(report)).toEqual([]);
        expect(report.problems).toEqual([]);
      }),
      { numRuns: 2 * runs },
    );
    const stimulated = ['lostUpdate', 'reservation', 'saleWindow', 'orderStatus'];
    expect([...judged]).toEqual(expect.arrayContaining(stimulated));
  });

  it('never passes an oversold sale, whatever answers and evidence were lost', () => {
    let oversold = 0;
    fc.assert(
      fc.property(sales(['stock', 'limit']), (sale) => {
        const { evidence, server } = play(sale);
        if (unitsBeyondStock(sale, server) === 0) return;
        oversold += 1;
        const report = auditRun(evidence);
        expect(report.verdict).not.toBe('pass');
        if (evidence.exclusive) expect(report.invariants.oversell?.verdict).not.toBe('pass');
      }),
      { numRuns: runs },
    );
    expect(oversold).toBeGreaterThan(runs / 20);
  });

  it('convicts every oversold sale when the snapshot is settled and the traffic all its own', () => {
    let convicted = 0;
    fc.assert(
      fc.property(sales(['stock', 'limit']), (sale) => {
        const full = inFullView(sale);
        const { evidence, server } = play({
          ...full,
          // A restock that nobody knows of may have brought the units.
          steps: full.steps.filter(({ kind, fate }) => kind !== 'restock' || fate === 'answered'),
        });
        const excess = unitsBeyondStock(sale, server);
        const oversell = auditRun(evidence).invariants.oversell;
        // Cancellations and restocks may have hidden a larger one.
        expect(oversell?.lo).toBeGreaterThanOrEqual(excess);
        if (excess > 0 && oversell?.verdict === 'violated') convicted += 1;
        const hides = sale.steps.some(({ kind }) => kind === 'cancel' || kind === 'restock');
        if (!hides) expect(oversell?.value).toBe(excess);
      }),
      { numRuns: runs },
    );
    expect(convicted).toBeGreaterThan(runs / 20);
  });

  it('finds the figure of the limit per user within its bounds', () => {
    fc.assert(
      fc.property(sales(['stock', 'limit']), (sale) => {
        const kinds: readonly Step['kind'][] = ['order', 'reuse', 'poll', 'decide'];
        const { evidence, server } = play({
          ...sale,
          steps: sale.steps.filter(({ kind }) => kinds.includes(kind)),
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

  it('never passes an undersold sale, whatever answers were lost', () => {
    let undersold = 0;
    fc.assert(
      fc.property(sales(['service']), (sale) => {
        const { evidence, server } = play({
          ...sale,
          view: { ...sale.view, unrecorded: 0 },
          steps: sale.steps.filter(({ kind }) => kind !== 'foreign' && kind !== 'reuse'),
        });
        if (!isUndersold(sale, server, evidence)) return;
        undersold += 1;
        expect(auditRun(evidence).invariants.undersell?.verdict).not.toBe('pass');
      }),
      { numRuns: 2 * runs },
    );
    expect(undersold).toBeGreaterThan(runs / 20);
  });

  it('convicts of cancellations that were counted twice, and of nothing like it else', () => {
    fc.assert(
      fc.property(sales(['release']), (sale) => {
        const { evidence, server } = play(inFullView(sale));
        const { invariants, notJudged } = auditRun(evidence);
        if (notJudged.some(({ name }) => name === 'reservation')) return;
        expect(invariants.reservation?.lo).toBe(server.wrong.twiceReleased);
      }),
      { numRuns: runs },
    );
  });

  it('never passes a sale in which an update of the stock was lost', () => {
    let [lost, proved] = [0, 0];
    fc.assert(
      fc.property(sales(['write']), (sale) => {
        const { evidence, server } = play(inFullView(sale));
        const report = auditRun(evidence);
        if (server.wrong.overwritten === 0) {
          expect(convictedOf(report)).toEqual([]);
          return;
        }
        lost += 1;
        expect(report.verdict).not.toBe('pass');
        expect(report.invariants.lostUpdate?.lo).toBeLessThanOrEqual(server.wrong.overwritten);
        if (report.invariants.lostUpdate?.verdict === 'violated') proved += 1;
      }),
      { numRuns: runs },
    );
    expect(proved).toBeGreaterThan(lost / 2);
  });

  it('counts no more orders out of hours than there were', () => {
    let convicted = 0;
    fc.assert(
      fc.property(sales(['hours']), (sale) => {
        const { evidence, server } = play(sale);
        const report = auditRun(evidence);
        expect(report.invariants.saleWindow?.lo ?? 0).toBeLessThanOrEqual(server.wrong.hours);
        const others = convictedOf(report).filter((name) => name !== 'saleWindow');
        expect(others).toEqual([]);
        if (report.invariants.saleWindow?.verdict === 'violated') convicted += 1;
      }),
      { numRuns: runs },
    );
    expect(convicted).toBeGreaterThan(runs / 50);
  });

  it('counts no more accepted keys of other orders than there were', () => {
    let convicted = 0;
    fc.assert(
      fc.property(sales(['key'], { reuses: 10, intents: 2 }), (sale) => {
        // Room for everybody, so that there is something to reuse.
        const roomy = { stock: [9, 9], limitPerUser: 9, hours: undefined } as const;
        const { evidence, server } = play({ ...sale, ...roomy, asynchronous: false });
        const report = auditRun(evidence);
        expect(report.invariants.keyReuse?.lo ?? 0).toBeLessThanOrEqual(server.wrong.reuses);
        if (report.invariants.keyReuse?.verdict === 'violated') convicted += 1;
      }),
      { numRuns: runs },
    );
    expect(convicted).toBeGreaterThan(runs / 50);
  });
});

/** Some buyer was wrongly told sold-out, got nothing, and could have had units that were never sold. */
function isUndersold(sale: Sale, server: SerialServer, evidence: Evidence): boolean {
  const told = new Set<string>();
  evidence.attempts.forEach(({ code, intent, keyVariant }) => {
    if (code === 'sold-out' && keyVariant < 1000)
      told.add(evidence.names.keyOf(intent, keyVariant));
  });
  return server.wrongRefusals.some(({ key, user, product, quantity, position }) => {
    const orders = server.liveOrders(product);
    const held = orders.filter((order) => order.user === user);
    const units = held.reduce((sum, order) => sum + order.quantity, 0);
    return (
      told.has(key) &&
      // Else it may be the right answer, of another time, that was told.
      !server.rightlyRefused.has(key) &&
      server.lookUpKey(key) === 'refused' &&
      units + quantity <= sale.limitPerUser &&
      server.leastLeftFrom(product, position) >= quantity
    );
  });
}

function excessPerUser(sale: Sale, server: SerialServer, product: number): number {
  const held = new Map<number, number>();
  for (const { user, quantity } of server.liveOrders(product)) {
    held.set(user, (held.get(user) ?? 0) + quantity);
  }
  let excess = 0;
  for (const units of held.values()) excess += Math.max(0, units - sale.limitPerUser);
  return excess;
}
