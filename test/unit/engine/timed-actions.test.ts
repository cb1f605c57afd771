import { describe, expect, it } from 'vitest';
import { nsPerMs } from '../../../src/core/clock.ts';
import { dueNs, playTimedActions } from '../../../src/engine/timed-actions.ts';
import type { SaleEvent } from '../../../src/history/run-record.ts';
import type { AppliedEvent, Fault } from '../../../src/targets/target.ts';
import { scenarioWith } from '../../helpers/scenarios.ts';

const instants = { zeroNs: 1_000 * nsPerMs, opensNs: 3_000 * nsPerMs };
const never = new AbortController().signal;
const farNs = 60_000 * nsPerMs;

/** A target that keeps what it was told; `applied` is what it says of events. */
function recorder(applied: () => Promise<AppliedEvent>) {
  const told: (SaleEvent | Fault)[] = [];
  return {
    told,
    inject: (fault: Fault) => {
      told.push(fault);
      return Promise.resolve({ fired: true, detail: 'told' });
    },
    apply: (event: SaleEvent) => {
      told.push(event);
      return applied();
    },
  };
}

const done = () => Promise.resolve({ outcome: 'ok', detail: 'done' } as const);

/** A clock that advances by a millisecond whenever it is read. */
function tickingClock(startNs: number): () => number {
  let nowNs = startNs;
  return () => (nowNs += nsPerMs);
}

const events = [
  { afterOpening: '1s', restock: 5 },
  { at: '500ms', restock: 7, product: 'sneaker' },
  { at: '4s', close: true },
  { at: '1500ms', warmUp: 'sneaker' },
];

describe('timed actions', () => {
  it('are due from t = 0 or from the opening', () => {
    expect(dueNs({ at: 500 }, instants)).toBe(1_500 * nsPerMs);
    expect(dueNs({ afterOpening: 500 }, instants)).toBe(3_500 * nsPerMs);
  });

  it('are carried out and recorded in the order of the scenario, with when they took place', async () => {
    const target = recorder(done);
    const scenario = scenarioWith({ events, faults: [{ at: '1s', kill: 'order-server' }] });
    const now = tickingClock(farNs);
    const record = await playTimedActions({ target, scenario, instants, now, over: never });
    expect(record.faults).toMatchObject([{ description: 'kill order-server', fired: true }]);
    expect(record.events).toMatchObject([
      {
        event: { kind: 'restock', productId: 'sneaker', quantity: 5 },
        plannedNs: 4_000 * nsPerMs,
        outcome: 'ok',
        detail: 'done',
      },
      { event: { kind: 'restock', productId: 'sneaker', quantity: 7 }, plannedNs: 1_500 * nsPerMs },
      { event: { kind: 'close' }, plannedNs: 5_000 * nsPerMs },
      { event: { kind: 'warm-up', productId: 'sneaker' }, plannedNs: 2_500 * nsPerMs },
    ]);
    for (const { sentNs, doneNs } of record.events) {
      expect(sentNs).toBeGreaterThan(farNs);
      expect(doneNs).toBeGreaterThan(sentNs);
      expect(doneNs).toBeLessThan(farNs + 100 * nsPerMs);
    }
    expect(target.told).toHaveLength(5);
  });

  it('are never early', async () => {
    const target = recorder(done);
    const scenario = scenarioWith({ events: [{ at: '0s', restock: 1 }] });
    const now = tickingClock(instants.zeroNs - 4 * nsPerMs);
    const { events: found } = await playTimedActions({
      target,
      scenario,
      instants,
      now,
      over: never,
    });
    expect(found[0]?.sentNs).toBeGreaterThanOrEqual(instants.zeroNs);
  });

  it('whose end nobody knows may have taken effect at any time', async () => {
    for (const applied of [
      () => Promise.resolve({ outcome: 'info', detail: 'gone' } as const),
      () => Promise.reject(new Error('gone')),
    ]) {
      const { events: found } = await playTimedActions({
        target: recorder(applied),
        scenario: scenarioWith({ events: [{ at: '0s', restock: 1 }] }),
        instants,
        now: tickingClock(farNs),
        over: never,
      });
      expect(found).toMatchObject([
        { outcome: 'info', doneNs: Number.POSITIVE_INFINITY, detail: 'gone' },
      ]);
    }
  });

  it('that were refused are told with the instant of the refusal', async () => {
    const { events: found } = await playTimedActions({
      target: recorder(() => Promise.resolve({ outcome: 'fail', detail: 'no such product' })),
      scenario: scenarioWith({ events: [{ at: '0s', restock: 1 }] }),
      instants,
      now: tickingClock(farNs),
      over: never,
    });
    expect(found[0]?.outcome).toBe('fail');
    expect(found[0]?.doneNs).toBeLessThan(farNs + 100 * nsPerMs);
  });

  it('name every kind of fault as the scenario has it, in the units of the program', async () => {
    const target = recorder(done);
    const failpoint = { at: '0s', failpoint: 'holding-lock' };
    const scenario = scenarioWith({
      faults: [
        { at: '0s', kill: 'postgres' },
        { at: '0s', slow: 'order-server', delay: '1s', for: '2s' },
        { at: '0s', pause: 'order-server', for: '3s' },
        { ...failpoint, action: 'kill' },
        { ...failpoint, action: 'pause', for: '3s', hit: 5 },
        { at: '0s', flush: 'redis' },
        { at: '0s', restart: 'redis', persistence: 'aof' },
        { at: '0s', stall: 'queue', for: '1s' },
      ],
    });
    const now = tickingClock(farNs);
    const record = await playTimedActions({ target, scenario, instants, now, over: never });
    expect(record.faults.map(({ description }) => description)).toEqual([
      'kill postgres',
      'slow order-server by 1000 ms for 2000 ms',
      'pause order-server for 3000 ms',
      'kill at hit 1 of holding-lock',
      'pause for 3000 ms at hit 5 of holding-lock',
      'flush redis',
      'restart redis, persistence aof',
      'stall queue for 1000 ms',
    ]);
    expect(target.told.slice(3, 5)).toEqual([
      { kind: 'failpoint', failpoint: 'holding-lock', action: { kind: 'kill' }, hit: 1 },
      {
        kind: 'failpoint',
        failpoint: 'holding-lock',
        action: { kind: 'pause', durationMs: 3_000 },
        hit: 5,
      },
    ]);
  });

  it('that wait for somebody fire when that one comes, all others when they are due', async () => {
    let nowNs = farNs;
    let reach: () => void = () => undefined;
    const reached = new Promise<void>((resolve) => {
      reach = resolve;
    });
    const target = {
      ...recorder(done),
      inject: async () => {
        await reached;
        return { fired: true, detail: '' };
      },
    };
    const scenario = scenarioWith({
      faults: [
        { at: '0s', failpoint: 'before-commit', action: 'kill' },
        { at: '0s', kill: 'postgres' },
      ],
    });
    const playing = playTimedActions({ target, scenario, instants, now: () => nowNs, over: never });
    await Promise.resolve();
    nowNs += nsPerMs;
    reach();
    const { faults } = await playing;
    expect(faults.map(({ firedNs }) => firedNs)).toEqual([farNs + nsPerMs, farNs]);
  });

  it('that the sale never came to are told as such, and nothing is waited for', async () => {
    const target = recorder(done);
    const over = new AbortController();
    const playing = playTimedActions({
      target,
      scenario: scenarioWith({ events, faults: [{ at: '4s', kill: 'order-server' }] }),
      instants,
      now: () => 0,
      over: over.signal,
    });
    over.abort();
    const record = await playing;
    expect(target.told).toEqual([]);
    expect(record.faults).toMatchObject([{ fired: false, firedNs: Number.NaN }]);
    expect(record.events).toMatchObject(
      events.map(() => ({
        outcome: 'fail',
        sentNs: Number.NaN,
        detail: 'the run was over before the event was due',
      })),
    );
  });
});
