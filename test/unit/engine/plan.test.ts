import { describe, expect, it } from 'vitest';
import { nsPerS } from '../../../src/core/clock.ts';
import { makePlan, planHash, retryRng } from '../../../src/engine/plan.ts';
import { scenarioWith } from '../../helpers/scenarios.ts';

const scenario = scenarioWith();
const openingNs = nsPerS;

describe('makePlan', () => {
  it('is the same for the same seed, byte for byte', () => {
    expect(planHash(makePlan(scenario, 7, openingNs))).toBe(
      planHash(makePlan(scenario, 7, openingNs)),
    );
  });

  it('keeps its plan for ever, so that an old replay line still replays', () => {
    expect(planHash(makePlan(scenario, 7, openingNs))).toMatchInlineSnapshot(
      `"1a11d2fcfaf8dcb93cfd962413049ea6e138b3a6b3b9f2674867742420125031"`,
    );
  });

  it('differs between seeds', () => {
    const hashes = new Set(
      Array.from({ length: 20 }, (_, seed) => planHash(makePlan(scenario, seed, openingNs))),
    );
    expect(hashes.size).toBe(20);
  });

  it('does not depend on the number of workers', () => {
    const one = scenarioWith({ workload: { ...written, workers: 1 } });
    const four = scenarioWith({ workload: { ...written, workers: 4 } });
    expect(planHash(makePlan(one, 3, openingNs))).toBe(planHash(makePlan(four, 3, openingNs)));
  });

  it('gives every device of every person one intent', () => {
    const plan = makePlan(scenario, 1, openingNs);
    const devices = plan.devicesOf.reduce((sum, count) => sum + count, 0);
    expect(plan.user).toHaveLength(devices);
    const seen = new Set(plan.user.map((user, intent) => user * 100 + (plan.device[intent] ?? 0)));
    expect(seen.size).toBe(devices);
    expect(devices).toBeGreaterThan(200 * 1.3);
    expect(devices).toBeLessThan(200 * 1.7);
  });

  it('lets the first 60 % of people belong to the herd, near the opening', () => {
    const plan = makePlan(scenario, 1, openingNs);
    const herdUsers = new Set(plan.user.filter((_, intent) => plan.herd[intent] === 1));
    expect(herdUsers.size).toBe(120);
    const clicks = plan.arrivalNs.filter((_, intent) => plan.herd[intent] === 1);
    const median = clicks.sort()[Math.floor(clicks.length / 2)] ?? 0;
    expect(median / nsPerS).toBeCloseTo(1.25, 1);
  });

  it('reloads the page only before the click', () => {
    const plan = makePlan(scenario, 1, openingNs);
    expect(plan.refreshNs.length).toBeGreaterThan(0);
    plan.refreshNs.forEach((atNs, index) => {
      expect(atNs).toBeLessThan(plan.arrivalNs[plan.refreshIntent[index] ?? 0] ?? 0);
    });
  });

  it('leaves people whom no share covers at home', () => {
    const some = scenarioWith({
      workload: { users: 100, arrivals: [{ type: 'herd', users: '30%' }] },
    });
    const plan = makePlan(some, 1, openingNs);
    expect(plan.arrivalNs.filter((atNs) => atNs === Number.POSITIVE_INFINITY)).toHaveLength(70);
  });
});

const written = {
  users: 50,
  arrivals: [{ type: 'herd', reaction: { lognormal: { median: '100ms', sigma: 1 } } }],
};

describe('retryRng', () => {
  it('is a function of seed, intent and attempt', () => {
    expect(retryRng(1, 2, 3).next()).toBe(retryRng(1, 2, 3).next());
    expect(retryRng(1, 2, 3).next()).not.toBe(retryRng(1, 2, 4).next());
    expect(retryRng(1, 2, 3).next()).not.toBe(retryRng(1, 3, 3).next());
  });
});
