import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rngFor } from '../../../../src/core/rng.ts';
import { AdaptiveThrottle } from '../../../../src/policies/retries/adaptive-throttle.ts';

const sre = { multiplier: 2, windowMs: 120_000 };
const never = { next: () => 0.999999 };

/** A throttle that has counted so much, all of it let through. */
function counted(requests: number, accepts: number, options = sre): AdaptiveThrottle {
  const throttle = new AdaptiveThrottle(options);
  for (let request = 0; request < requests; request += 1) throttle.admit(0, never);
  for (let accept = 0; accept < accepts; accept += 1) throttle.accepted(0);
  return throttle;
}

describe('AdaptiveThrottle', () => {
  it.each([
    [0, 0, 0],
    [100, 100, 0],
    [100, 50, 0],
    [100, 49, 2 / 101],
    [100, 25, 50 / 101],
    [100, 0, 100 / 101],
    [1, 0, 1 / 2],
  ])('after %d requests, %d of them accepted, holds back with p = %d', (requests, accepts, p) => {
    expect(counted(requests, accepts).rejectionProbability(0)).toBeCloseTo(p, 12);
  });

  it('counts a request when it is made, before anybody knows how it ends', () => {
    const throttle = new AdaptiveThrottle(sre);
    throttle.admit(0, never);
    expect(throttle.rejectionProbability(0)).toBe(0.5);
  });

  it('counts a request that it holds back itself', () => {
    const throttle = counted(9, 0);
    expect(throttle.admit(0, { next: () => 0 })).toBe(false);
    expect(throttle.rejectionProbability(0)).toBeCloseTo(10 / 11, 12);
  });

  it('forgets after two minutes', () => {
    const throttle = counted(100, 0);
    expect(throttle.rejectionProbability(119_999)).toBeGreaterThan(0.9);
    expect(throttle.rejectionProbability(120_000)).toBe(0);
  });

  it('sends about K requests for each that an overloaded server takes', () => {
    const throttle = new AdaptiveThrottle(sre);
    const rng = rngFor(1, 'throttle');
    let sent = 0;
    let accepted = 0;
    // 100 come a second, and the server takes the first 10.
    for (let second = 0; second < 600; second += 1) {
      let taken = 0;
      for (let request = 0; request < 100; request += 1) {
        if (!throttle.admit(second * 1_000, rng)) continue;
        sent += 1;
        if (taken === 10) continue;
        taken += 1;
        accepted += 1;
        throttle.accepted(second * 1_000);
      }
    }
    expect(sent / accepted).toBeGreaterThan(1.8);
    expect(sent / accepted).toBeLessThan(2.2);
  });

  it('holds back with a probability from 0 to 1, never while the server takes 1/K of all', () => {
    fc.assert(
      fc.property(fc.nat(300), fc.nat(300), fc.integer({ min: 1, max: 10 }), (a, b, multiplier) => {
        const requests = Math.max(a, b);
        const accepts = Math.min(a, b);
        const p = counted(requests, accepts, { ...sre, multiplier }).rejectionProbability(0);
        expect(p).toBeGreaterThanOrEqual(0);
        expect(p).toBeLessThan(1);
        if (multiplier * accepts >= requests) expect(p).toBe(0);
      }),
    );
  });
});
