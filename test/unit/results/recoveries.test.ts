import { describe, expect, it } from 'vitest';
import { nsPerMs } from '../../../src/core/clock.ts';
import type { Attempt } from '../../../src/history/attempt.ts';
import type { FaultRecord } from '../../../src/history/run-record.ts';
import { recoveriesOf } from '../../../src/results/recoveries.ts';
import { countRetries } from '../../../src/results/retries.ts';
import { retryScalars } from '../../../src/results/retry-scalars.ts';
import { type Scenario, scenarioSchema } from '../../../src/scenarios/schema.ts';
import { attempt, opensMs, outcomeOf, runId, storeOf } from './outcome-fixture.ts';

/** Faults of the scenario that slow the server down, at so many ms from the opening, for so long. */
function sale(...faults: readonly (readonly [atMs: number, forMs: number])[]): Scenario {
  return scenarioSchema.parse({
    name: 'storm',
    target: { reference: {} },
    sale: { products: [{ id: 'sneaker', stock: 3 }] },
    workload: { users: 3, endsAt: '1m', arrivals: [{ type: 'herd' }] },
    faults: faults.map(([atMs, forMs]) => ({
      afterOpening: `${atMs}ms`,
      slow: 'order-server',
      delay: '1s',
      for: `${forMs}ms`,
    })),
  });
}

const fired = (atMs: number, changes: Partial<FaultRecord> = {}): FaultRecord => ({
  description: 'slow order-server',
  plannedNs: (opensMs + atMs) * nsPerMs,
  firedNs: (opensMs + atMs) * nsPerMs,
  fired: true,
  detail: '',
  ...changes,
});

/** A purchase every 10 ms, answered after 5 ms unless `lost` says otherwise: then tried twice in vain. */
function purchases(untilMs: number, lost: (dueMs: number) => boolean): Attempt[] {
  return Array.from({ length: untilMs / 10 }, (_, intent) => {
    const dueMs = intent * 10;
    if (!lost(dueMs)) return [attempt({ intent, dueMs, doneMs: dueMs + 5 })];
    const again = dueMs + 500;
    return [
      attempt({ intent, dueMs, doneMs: again, code: 'timeout' }),
      attempt({ intent, attempt: 2, dueMs: again, doneMs: again + 500, code: 'timeout' }),
    ];
  }).flat();
}

const always = () => true;

describe('recoveriesOf', () => {
  it('judges each fault that fired, until the next one or the last purchase', () => {
    const attempts = purchases(30_000, (ms) => ms >= 5_000 && ms < 7_000);
    const outcome = outcomeOf(attempts, { faults: [fired(5_000), fired(15_000)] });
    const [first, second] = recoveriesOf(sale([5_000, 1_000], [15_000, 2_000]), outcome);
    expect(first).toMatchObject({
      fault: 'slow order-server',
      // t = 0 is a second before the opening.
      endedAtMs: 7_000,
      verdict: 'recovered',
      observedMs: 9_000,
      backlog: 'client',
    });
    expect(first?.timeToRecoverMs).toBeGreaterThan(700);
    expect(first?.timeToRecoverMs).toBeLessThanOrEqual(1_000);
    expect(second).toMatchObject({ endedAtMs: 18_000, verdict: 'recovered', timeToRecoverMs: 0 });
    expect(second?.observedMs).toBeCloseTo(12_990, 0);
  });

  it('leaves out a fault that did not fire, and takes nothing from one that ends nothing', () => {
    const attempts = purchases(10_000, () => false);
    const never = fired(2_000, { fired: false, firedNs: Number.NaN });
    expect(recoveriesOf(sale([2_000, 500]), outcomeOf(attempts, { faults: [never] }))).toEqual([]);
    expect(recoveriesOf(sale(), outcomeOf(attempts))).toEqual([]);
  });

  it('takes a kill to be over as it strikes', () => {
    const scenario = sale([2_000, 500]);
    const killed = {
      ...scenario,
      faults: [{ afterOpening: 2_000, kill: 'order-server' as const }],
    };
    const outcome = outcomeOf(
      purchases(10_000, () => false),
      { faults: [fired(2_000)] },
    );
    expect(recoveriesOf(killed, outcome)[0]?.endedAtMs).toBe(3_000);
  });

  it('asks the server’s backlog first, and else the purchases that are still open', () => {
    const attempts = purchases(20_000, (ms) => ms >= 5_000);
    const faults = [fired(5_000)];
    const backlog = Array.from({ length: 40 }, (_, index) => ({
      atNs: (opensMs + index * 500) * nsPerMs,
      requests: 4_000 - 50 * index,
    }));
    const scenario = sale([5_000, 1_000]);
    expect(recoveriesOf(scenario, outcomeOf(attempts, { faults, backlog }))[0]).toMatchObject({
      verdict: 'recovering',
      backlog: 'server',
    });
    expect(recoveriesOf(scenario, outcomeOf(attempts, { faults }))[0]).toMatchObject({
      verdict: 'metastable',
      backlog: 'client',
      baselinePerS: expect.closeTo(100, 0) as number,
      lastPerS: 0,
    });
  });

  it('says nothing of a run without orders', () => {
    const [found] = recoveriesOf(sale([1_000, 500]), outcomeOf([], { faults: [fired(1_000)] }));
    expect(found).toMatchObject({ verdict: 'unknown', observedMs: 0, lastPerS: 0 });
  });
});

describe('the figures of recovery', () => {
  const figures = (untilMs: number, lost: (ms: number) => boolean, faults = [fired(5_000)]) => {
    const outcome = outcomeOf(purchases(untilMs, lost), { faults });
    const scenario = sale(...faults.map(() => [5_000, 1_000] as const));
    const counted = countRetries(storeOf([]), runId, undefined);
    return retryScalars(counted, recoveriesOf(scenario, outcome));
  };

  it('are exact when the server is back', () => {
    const { timeToRecover, metastable } = figures(20_000, () => false);
    expect({ timeToRecover, metastable }).toEqual({
      timeToRecover: { lo: 0, hi: 0 },
      metastable: { lo: 0, hi: 0 },
    });
  });

  it('have no upper bound when it is not, and break every limit when it will not be', () => {
    const { timeToRecover, metastable } = figures(20_000, (ms) => ms >= 5_000);
    expect(timeToRecover).toMatchObject({ lo: Number.POSITIVE_INFINITY, hi: null });
    expect(metastable).toEqual({ lo: 1, hi: 1 });
  });

  it('are missing, or within bounds, when nobody can tell', () => {
    const short = figures(6_200, always);
    expect(JSON.stringify(short.timeToRecover)).toContain('nobody can tell');
    expect(short.metastable).toEqual({ lo: 0, hi: 1 });
    expect(figures(20_000, always, []).timeToRecover).toEqual({ missing: 'no fault fired' });
  });
});
