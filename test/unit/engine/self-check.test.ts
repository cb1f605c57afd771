import { describe, expect, it } from 'vitest';
import { assert } from '../../../src/core/assert.ts';
import { nsPerMs, nsPerS } from '../../../src/core/clock.ts';
import { SelfCheck } from '../../../src/engine/self-check.ts';
import { LatencyHistogram } from '../../../src/metrics/histogram.ts';

/** A self-check whose clock and CPU the test moves. */
function rig() {
  const at = { ms: 5_000, cpuSeconds: 3 };
  const socketErrors = new Map<string, number>();
  const check = new SelfCheck({
    now: () => at.ms * nsPerMs,
    cpuSeconds: () => at.cpuSeconds,
    socketErrors,
  });
  return { at, check, socketErrors };
}

describe('the self-check of a load-generating process', () => {
  it('has nothing to say before the sale', () => {
    const { check } = rig();
    expect(check.figures()).toBeUndefined();
    expect(check.sample(0)).toBe(0);
  });

  it('measures how late each request is begun', () => {
    const { check } = rig();
    check.begin();
    for (const lateMs of [0, 1, 2, 40]) check.started((5_000 - lateMs) * nsPerMs);
    check.end();
    const figures = check.figures();
    assert(figures !== undefined, 'it has begun');
    const lateness = LatencyHistogram.deserialise(figures.latenessUs);
    expect(lateness.count).toBe(4);
    expect(lateness.max).toBe(40_000);
    expect(lateness.percentile(50)).toBe(1_000);
  });

  it('tells while it runs how far behind it is: of what it began late, and of what is overdue', () => {
    const { check, at } = rig();
    check.begin();
    check.started(4_700 * nsPerMs);
    expect(check.sample(Number.POSITIVE_INFINITY)).toBe(300);
    at.ms = 5_900;
    expect(check.sample(5_800 * nsPerMs)).toBe(300);
    at.ms = 6_100;
    expect(check.sample(Number.POSITIVE_INFINITY)).toBe(100);
    expect(check.sample(5_250 * nsPerMs)).toBe(850);
  });

  it('knows the busiest second, and what the whole sale took', () => {
    const { check, at } = rig();
    check.begin();
    for (let step = 1; step <= 20; step += 1) {
      at.ms += 200;
      // A second of hard work in four.
      at.cpuSeconds += step > 5 && step <= 10 ? 0.19 : 0.01;
      check.sample(Number.POSITIVE_INFINITY);
    }
    check.end();
    const figures = check.figures();
    expect(figures?.seconds).toBeCloseTo(4);
    expect(figures?.cpuSeconds).toBeCloseTo(1.1);
    expect(figures?.cpuShareMax).toBeCloseTo(0.95);
  });

  it('does not count what comes after the sale', () => {
    const { check, at, socketErrors } = rig();
    socketErrors.set('EMFILE', 2);
    check.begin();
    at.ms += 1_000;
    check.end();
    const before = check.figures();
    at.ms += 10_000;
    at.cpuSeconds += 9;
    check.end();
    expect(check.sample(0)).toBe(0);
    expect(check.figures()).toEqual(before);
    expect(before).toMatchObject({ seconds: nsPerS / 1e9, socketErrors: { EMFILE: 2 } });
  });
});
