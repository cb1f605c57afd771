import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { nsPerMs, nsPerUs } from '../../../src/core/clock.ts';
import { Scheduler } from '../../../src/engine/scheduler.ts';

/** What waits for the next turn of the loop. */
let immediates: (() => void)[] = [];

beforeEach(() => {
  immediates = [];
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  vi.stubGlobal('setImmediate', (run: () => void) => {
    immediates.push(run);
    return run;
  });
  vi.stubGlobal('clearImmediate', (run: () => void) => {
    immediates = immediates.filter((waiting) => waiting !== run);
  });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** A scheduler in virtual time, in which a look at the clock takes a microsecond. */
function rig() {
  let [ticksMs, spentNs, looks, naps] = [0, 0, 0, 0];
  const now = (): number => {
    looks += 1;
    spentNs += nsPerUs;
    return ticksMs * nsPerMs + spentNs;
  };
  const handed: { readonly payload: number; readonly dueNs: number; readonly atNs: number }[] = [];
  const scheduler = new Scheduler(
    now,
    (payload, dueNs) => handed.push({ payload, dueNs, atNs: ticksMs * nsPerMs + spentNs }),
    (ms) => {
      naps += 1;
      spentNs += ms * nsPerMs;
    },
  );
  return {
    scheduler,
    handed,
    now,
    /** Time goes by, and no timer fires. */
    pass: (ms: number): void => {
      spentNs += ms * nsPerMs;
    },
    get looks() {
      return looks;
    },
    get naps() {
      return naps;
    },
    play: (ms: number): void => {
      for (let tick = 0; tick < ms; tick += 1) {
        ticksMs += 1;
        vi.advanceTimersByTime(1);
        for (let run = immediates.shift(); run !== undefined; run = immediates.shift()) run();
      }
    },
  };
}

const lateMsOf = ({ dueNs, atNs }: { readonly dueNs: number; readonly atNs: number }): number =>
  (atNs - dueNs) / nsPerMs;

describe('the scheduler', () => {
  it('hands every event over once, in order, never early and hardly late', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 50_000 }), { maxLength: 200 }), (duesUs) => {
        const { scheduler, handed, play } = rig();
        scheduler.start();
        duesUs.forEach((us, payload) => scheduler.at(us * nsPerUs, payload));
        play(60);
        expect(handed.map(({ payload }) => payload).toSorted((a, b) => a - b)).toEqual(
          duesUs.map((_, payload) => payload),
        );
        expect(handed.map(({ dueNs }) => dueNs)).toEqual(
          duesUs.map((us) => us * nsPerUs).toSorted((a, b) => a - b),
        );
        for (const one of handed) {
          expect(lateMsOf(one)).toBeGreaterThanOrEqual(0);
          expect(lateMsOf(one)).toBeLessThan(3);
        }
      }),
    );
  });

  it('lets clicks of a crowd be early by a millisecond at most, and never before the opening when they are due after', () => {
    const opensUs = 20_000;
    const duesUs = fc.array(fc.integer({ min: 0, max: 40_000 }), { maxLength: 200 });
    fc.assert(
      fc.property(
        duesUs,
        fc.array(fc.boolean(), { minLength: 200, maxLength: 200 }),
        (us, near) => {
          const { scheduler, handed, play } = rig();
          const plannedNs = us.map((due) => due * nsPerUs);
          plannedNs.forEach((dueNs, payload) => {
            if (near[payload] === true) scheduler.near(dueNs, payload);
            else scheduler.at(dueNs, payload);
          });
          scheduler.start(opensUs * nsPerUs);
          play(60);
          expect(handed).toHaveLength(us.length);
          const inOrder = handed.map(({ payload }) => plannedNs[payload] ?? Number.NaN);
          expect(inOrder).toEqual(inOrder.toSorted((a, b) => a - b));
          for (const { payload, dueNs, atNs } of handed) {
            const planned = plannedNs[payload] ?? Number.NaN;
            const earlyNs = planned - atNs;
            expect(earlyNs).toBeLessThanOrEqual(near[payload] === true ? nsPerMs : 0);
            if (planned >= opensUs * nsPerUs)
              expect(atNs).toBeGreaterThanOrEqual(opensUs * nsPerUs);
            // What is early is due when it goes out: nothing is answered before it was due.
            expect(dueNs).toBeLessThanOrEqual(Math.min(planned, atNs));
            expect(atNs - dueNs).toBeLessThan(3 * nsPerMs);
          }
        },
      ),
    );
  });

  it('waits exactly for events that are far apart, early or not', () => {
    const { scheduler, handed, play } = rig();
    scheduler.start();
    for (let event = 1; event <= 10; event += 1) scheduler.near(event * 7.37 * nsPerMs, event);
    play(90);
    expect(handed).toHaveLength(10);
    for (const { payload, atNs } of handed) {
      expect(Math.abs(atNs - payload * 7.37 * nsPerMs)).toBeLessThan(0.05 * nsPerMs);
    }
  });

  it('wakes up half as often for a crowd whose clicks may be early', () => {
    const wakings = (plan: 'at' | 'near'): number => {
      const one = rig();
      one.scheduler.start();
      for (let event = 1; event <= 2_000; event += 1)
        one.scheduler[plan](event * 0.5 * nsPerMs, event);
      one.play(1_010);
      expect(one.handed).toHaveLength(2_000);
      return new Set(one.handed.map(({ atNs }) => Math.floor(atNs / nsPerMs))).size;
    };
    expect(wakings('near')).toBeLessThan(0.8 * wakings('at'));
  });

  it('waits exactly for events that are far apart', () => {
    const { scheduler, handed, play } = rig();
    scheduler.start();
    for (let event = 1; event <= 10; event += 1) scheduler.at(event * 7.37 * nsPerMs, event);
    play(90);
    expect(handed).toHaveLength(10);
    for (const one of handed) expect(lateMsOf(one)).toBeLessThan(0.05);
  });

  it('does not look at the clock all the time when events are close', () => {
    const close = rig();
    close.scheduler.start();
    for (let event = 1; event <= 2_000; event += 1) {
      close.scheduler.at(event * 0.5 * nsPerMs, event);
    }
    close.play(1_010);
    expect(close.handed).toHaveLength(2_000);
    expect(close.naps).toBeLessThan(5);
    // A tick is a look or two for its waking, and one for each event.
    expect(close.looks).toBeLessThan(6_000);
  });

  it('hands over what is due whenever the loop is awake for another reason', () => {
    const { scheduler, handed, now, pass } = rig();
    scheduler.at(0.4 * nsPerMs, 1);
    scheduler.at(0.9 * nsPerMs, 2);
    scheduler.start();
    scheduler.poke(now());
    expect(handed).toEqual([]);
    pass(0.5);
    scheduler.poke(now());
    expect(handed.map(({ payload }) => payload)).toEqual([1]);
    scheduler.stop();
    pass(1);
    scheduler.poke(now());
    expect(handed).toHaveLength(1);
  });

  it('hands an event over that is planned while others are waited for, and due before them', () => {
    const { scheduler, handed, play } = rig();
    scheduler.start();
    scheduler.at(40 * nsPerMs, 40);
    play(5);
    scheduler.at(9.5 * nsPerMs, 9);
    play(10);
    expect(handed.map(({ payload }) => payload)).toEqual([9]);
    expect(handed.map(lateMsOf).every((late) => late < 1.1)).toBe(true);
    play(40);
    expect(handed.map(({ payload }) => payload)).toEqual([9, 40]);
  });

  it('forgets everything when it is stopped', () => {
    const { scheduler, handed, play } = rig();
    scheduler.start();
    scheduler.at(3 * nsPerMs, 1);
    scheduler.stop();
    play(10);
    expect(handed).toEqual([]);
    expect(scheduler.nextDueNs).toBe(Number.POSITIVE_INFINITY);
  });
});
