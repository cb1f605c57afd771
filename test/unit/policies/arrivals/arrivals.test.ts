import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rngFor } from '../../../../src/core/rng.ts';
import { constant } from '../../../../src/policies/arrivals/constant.ts';
import { deadline } from '../../../../src/policies/arrivals/deadline.ts';
import { herd } from '../../../../src/policies/arrivals/herd.ts';
import { ramp, rampPieces } from '../../../../src/policies/arrivals/ramp.ts';
import { expectedClicks } from '../../../../src/policies/arrivals/rate-profile.ts';
import { arrivalProcesses } from '../../../../src/policies/arrivals/registry.ts';
import { stepPieces, steps } from '../../../../src/policies/arrivals/steps.ts';
import { trace } from '../../../../src/policies/arrivals/trace.ts';
import { uniform } from '../../../../src/policies/arrivals/uniform.ts';
import { gamma } from '../../../../src/policies/arrivals/weibull.ts';

const rngOf = (index: number) => rngFor(2_026, 'shape', index);
const never = Number.POSITIVE_INFINITY;
const seeded = (seed: number) => (index: number) => rngFor(seed, 'shape', index);

describe('arrival processes', () => {
  it('carry the names they are registered under', () => {
    for (const [name, process] of Object.entries(arrivalProcesses)) {
      expect(process.name).toBe(name);
      expect(process.describe.length).toBeGreaterThan(10);
    }
  });

  it('a herd without skew and reaction clicks at the very opening', () => {
    expect([...herd.clicksMs({ clockSkew: 0 }, 3, rngOf)]).toEqual([0, 0, 0]);
  });

  it('a constant stream ticks like a clock, from before the opening if it is to', () => {
    expect([...constant.clicksMs({ rate: 4, from: -500 }, 4, rngOf)]).toEqual([-500, -250, 0, 250]);
  });

  it('early birds come within their horizon and before the opening', () => {
    const options = fc.record({
      horizon: fc.double({ min: 1e-3, max: 3_600_000, noNaN: true }),
      epsilon: fc.double({ min: 1e-3, max: 3_600_000, noNaN: true }),
    });
    fc.assert(
      fc.property(options, fc.nat(), (given, seed) => {
        for (const click of deadline.clicksMs(given, 20, seeded(seed))) {
          expect(click).toBeLessThanOrEqual(0);
          expect(click).toBeGreaterThanOrEqual(-given.horizon);
        }
      }),
    );
  });

  it('bots come within their window', () => {
    for (const click of uniform.clicksMs({ from: -50, within: 100 }, 1_000, rngOf)) {
      expect(click).toBeGreaterThanOrEqual(-50);
      expect(click).toBeLessThan(50);
    }
  });

  it.each([
    [1, 1],
    [5, 24],
    [0.5, Math.sqrt(Math.PI)],
    [2.428571428571, 1.26582352],
  ])('gamma(%d) is right', (x, expected) => expect(gamma(x)).toBeCloseTo(expected, 6));
});

const rate = fc.oneof(fc.constant(0), fc.double({ min: 1e-6, max: 1e6, noNaN: true }));
const span = fc.double({ min: 1e-3, max: 3_600_000, noNaN: true });

describe('streams whose rate changes', () => {
  const isOrderly = (clicks: Float64Array, fromMs: number): void => {
    let last = fromMs;
    for (const click of clicks) {
      expect(click).toBeGreaterThanOrEqual(last);
      last = click;
    }
  };

  it('come in order, whatever the rates are, and take no longer for it', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ rate, for: span }), { minLength: 1, maxLength: 10 }),
        fc.nat(),
        (levels, seed) => {
          isOrderly(steps.clicksMs({ levels, from: -100 }, 50, seeded(seed)), -100);
        },
      ),
    );
    fc.assert(
      fc.property(rate, rate, span, fc.nat(), (startRate, targetRate, duration, seed) => {
        const options = { startRate, targetRate, for: duration, from: 5 };
        isOrderly(ramp.clicksMs(options, 50, seeded(seed)), 5);
      }),
    );
  });

  it('never come where the rate is 0', () => {
    const levels = [{ rate: 10, for: 1_000 }, { rate: 0, for: 5_000 }, { rate: 10 }];
    const clicks = steps.clicksMs({ levels, from: 0 }, 200, rngOf);
    expect(clicks.filter((ms) => ms > 1_000 && ms < 6_000)).toHaveLength(0);
    expect(clicks.filter((ms) => ms >= 6_000).length).toBeGreaterThan(150);
  });

  it('that end leave the rest at home, those that stay leave nobody', () => {
    const ending = { levels: [{ rate: 100, for: 1_000 }], from: 0 };
    const clicks = steps.clicksMs(ending, 500, rngOf);
    const came = clicks.filter((ms) => ms !== never).length;
    expect(came).toBeGreaterThan(60);
    expect(came).toBeLessThan(140);
    expect(clicks.subarray(came).every((ms) => ms === never)).toBe(true);
    const ebbing = { startRate: 100, targetRate: 0, for: 1_000, from: 0 };
    expect(ramp.clicksMs(ebbing, 500, rngOf).some((ms) => ms === never)).toBe(true);
    const staying = { startRate: 0, targetRate: 100, for: 1_000, from: 0 };
    expect(ramp.clicksMs(staying, 500, rngOf).every((ms) => ms < never)).toBe(true);
  });

  it('keep the rate of the end once they have reached it', () => {
    const options = { startRate: 0, targetRate: 1_000, for: 100, from: 0 };
    const clicks = ramp.clicksMs(options, 10_050, rngOf);
    const after = clicks.filter((ms) => ms > 100 && ms <= 9_100).length;
    expect(Math.abs(after - 9_000)).toBeLessThan(4 * Math.sqrt(9_000));
  });

  it('know how many they bring', () => {
    expect(
      expectedClicks(
        stepPieces([
          { rate: 10, for: 500 },
          { rate: 20, for: 2_000 },
        ]),
      ),
    ).toBe(45);
    expect(expectedClicks(stepPieces([{ rate: 0 }]))).toBe(0);
    expect(expectedClicks(rampPieces({ startRate: 100, targetRate: 0, for: 4_000 }))).toBe(200);
    expect(expectedClicks(rampPieces({ startRate: 0, targetRate: 1, for: 4_000 }))).toBe(never);
  });
});

describe('a trace', () => {
  const timesMs = [-1_500, -1_500, 0, 20.5, 700];

  it('gives each of as many devices one instant, exactly', () => {
    const clicks = trace.clicksMs({ timesMs, resolutionMs: 0 }, 5, rngOf);
    expect([...clicks]).toEqual(timesMs);
  });

  it('keeps its shape for fewer devices and for more', () => {
    const instants = Array.from({ length: 100 }, (_, index) => index * 10);
    for (const count of [1, 7, 10, 99, 101, 250]) {
      const clicks = trace.clicksMs({ timesMs: instants, resolutionMs: 0 }, count, rngOf);
      clicks.forEach((click, index) => {
        expect(instants).toContain(click);
        expect(click).toBeGreaterThanOrEqual(Math.floor((index / count) * 100) * 10);
        expect(click).toBeLessThanOrEqual(((index + 1) / count) * 1_000);
      });
    }
  });

  it('spreads out what its clock could not tell apart', () => {
    const wholeSeconds = Array.from({ length: 2_000 }, () => 3_000);
    const clicks = trace.clicksMs({ timesMs: wholeSeconds, resolutionMs: 1_000 }, 2_000, rngOf);
    expect(Math.min(...clicks)).toBeGreaterThanOrEqual(3_000);
    expect(Math.min(...clicks)).toBeLessThan(3_010);
    expect(Math.max(...clicks)).toBeGreaterThan(3_990);
    expect(Math.max(...clicks)).toBeLessThan(4_000);
  });

  it('that was not read brings nobody', () => {
    const clicks = trace.clicksMs({ timesMs: [], resolutionMs: 0 }, 2, rngOf);
    expect([...clicks]).toEqual([never, never]);
  });
});
