import { describe, expect, it } from 'vitest';
import { nsPerMs, nsPerS } from '../../../src/core/clock.ts';
import { makePlan, planHash } from '../../../src/engine/plan.ts';
import type { Scenario } from '../../../src/scenarios/schema.ts';
import { scenarioWith } from '../../helpers/scenarios.ts';

const openingNs = nsPerS;
const base = scenarioWith();
const plain = makePlan(base, 7, openingNs);

/** The usual scenario with something added to its workload. */
function withWorkload(changes: Partial<Scenario['workload']>): Scenario {
  return { ...base, workload: { ...base.workload, ...changes } };
}

function withProbes(probes: Scenario['probes'], onExceed?: 'deny'): Scenario {
  const { reference } = base.target;
  if (reference === undefined) throw new Error('the usual scenario has a reference target');
  const sessions = {
    ...reference.sessions,
    maximumSessions: 1,
    onExceed: onExceed ?? 'terminate-oldest',
  } as const;
  return { ...base, probes, target: { reference: { ...reference, sessions } } };
}

const shareOf = (count: number, of: number): number => count / of;

describe('quantities', () => {
  const plan = makePlan(withWorkload({ quantity: { 1: 0.8, 3: 0.2 } }), 7, openingNs);

  it('are a matter of the person, not of the device', () => {
    const wanted = new Map<number, number>();
    plan.user.forEach((user, intent) => {
      const quantity = plan.quantity[intent] ?? 0;
      expect(wanted.get(user) ?? quantity).toBe(quantity);
      wanted.set(user, quantity);
    });
    const three = [...wanted.values()].filter((quantity) => quantity === 3).length;
    expect([...new Set(wanted.values())].sort()).toEqual([1, 3]);
    expect(shareOf(three, wanted.size)).toBeGreaterThan(0.1);
    expect(shareOf(three, wanted.size)).toBeLessThan(0.3);
  });

  it('change the hash, and nothing else of the plan', () => {
    expect(planHash(plan)).not.toBe(planHash(plain));
    expect({ ...plan, quantity: plain.quantity }).toEqual(plain);
  });
});

describe('cancels', () => {
  const plan = makePlan(
    withWorkload({ cancel: { probability: 0.25, delay: { exponential: 400 } } }),
    7,
    openingNs,
  );

  it('come with their probability, after delays of their mean', () => {
    const { intent, ns } = plan.cancels;
    expect(new Set(intent).size).toBe(intent.length);
    expect(shareOf(intent.length, plan.user.length)).toBeGreaterThan(0.15);
    expect(shareOf(intent.length, plan.user.length)).toBeLessThan(0.35);
    const meanMs = ns.reduce((sum, delay) => sum + delay, 0) / ns.length / nsPerMs;
    expect(meanMs).toBeGreaterThan(250);
    expect(meanMs).toBeLessThan(600);
  });

  it('take the delay that is given as it is', () => {
    const fixed = makePlan(
      withWorkload({ cancel: { probability: 1, delay: 500 } }),
      7,
      openingNs,
    ).cancels;
    expect(fixed.intent).toHaveLength(plan.user.length);
    expect(new Set(fixed.ns)).toEqual(new Set([500 * nsPerMs]));
  });

  it('change the hash, and nothing else of the plan', () => {
    expect(planHash(plan)).not.toBe(planHash(plain));
    expect({ ...plan, cancels: plain.cancels }).toEqual(plain);
  });
});

describe('probes', () => {
  const everybody = { keyReuse: 1, beforeOpen: 1, afterClose: 1, evictedDevice: 1 };
  const plan = makePlan(withProbes(everybody), 7, openingNs);

  it('before the opening are over 50 ms before it, those after the closing 20 to 520 ms after it', () => {
    const { beforeOpen, afterClose } = plan.probes;
    expect(beforeOpen.intent).toHaveLength(plan.users);
    expect(afterClose.intent).toHaveLength(plan.users);
    expect(Math.min(...beforeOpen.ns)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...beforeOpen.ns)).toBeLessThanOrEqual(openingNs - 50 * nsPerMs);
    expect(Math.max(...beforeOpen.ns)).toBeGreaterThan(openingNs * 0.8);
    expect(Math.min(...afterClose.ns)).toBeGreaterThanOrEqual(20 * nsPerMs);
    expect(Math.max(...afterClose.ns)).toBeLessThanOrEqual(520 * nsPerMs);
    expect(Math.max(...afterClose.ns)).toBeGreaterThan(400 * nsPerMs);
  });

  it('on orders come from the device that keeps its session', () => {
    const isLast = (intent: number): boolean =>
      plan.device[intent] === (plan.devicesOf[plan.user[intent] ?? 0] ?? 0) - 1;
    expect([...plan.probes.beforeOpen.intent].every(isLast)).toBe(true);
    expect([...plan.probes.afterClose.intent].every(isLast)).toBe(true);
    const denied = makePlan(withProbes(everybody, 'deny'), 7, openingNs);
    expect(
      [...denied.probes.beforeOpen.intent].every((intent) => denied.device[intent] === 0),
    ).toBe(true);
  });

  it('of evicted devices call twice on every device of people who have several', () => {
    const { intent, ns } = plan.probes.evictedDevice;
    const several = [...plan.user.keys()].filter(
      (index) => (plan.devicesOf[plan.user[index] ?? 0] ?? 0) > 1,
    );
    expect([...intent]).toEqual(several.flatMap((index) => [index, index]));
    expect(Math.min(...ns)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...ns)).toBeLessThan(openingNs);
  });

  it('log each person out once, from the opening on, with time for what follows', () => {
    const { logout, logoutEverywhere } = makePlan(
      withProbes({ logout: 1, logoutEverywhere: 0.4 }),
      7,
      openingNs,
    ).probes;
    const people = [...logout.intent, ...logoutEverywhere.intent].map(
      (intent) => plain.user[intent],
    );
    expect(people).toHaveLength(plan.users);
    expect(new Set(people).size).toBe(plan.users);
    expect(shareOf(logoutEverywhere.intent.length, plan.users)).toBeCloseTo(0.4, 0);
    expect(Math.min(...logout.ns)).toBeGreaterThanOrEqual(openingNs);
    const lastMs = withProbes({}).workload.endsAt - 1_100;
    expect(Math.max(...logout.ns)).toBeLessThanOrEqual(lastMs * nsPerMs);
  });

  it('are drawn per person, each with its own share', () => {
    const some = makePlan(withProbes({ keyReuse: 0.3, beforeOpen: 0.1 }), 7, openingNs);
    const reusers = new Set([...some.probes.keyReuse].map((intent) => some.user[intent]));
    const early = new Set([...some.probes.beforeOpen.intent].map((intent) => some.user[intent]));
    expect(shareOf(reusers.size, some.users)).toBeGreaterThan(0.2);
    expect(shareOf(reusers.size, some.users)).toBeLessThan(0.4);
    expect(shareOf(early.size, some.users)).toBeGreaterThan(0.04);
    expect(shareOf(early.size, some.users)).toBeLessThan(0.18);
    const all = [...some.user.keys()].filter((index) => reusers.has(some.user[index]));
    expect([...some.probes.keyReuse]).toEqual(all);
    expect(some.probes.afterClose.intent).toHaveLength(0);
    expect(some.probes.evictedDevice.intent).toHaveLength(0);
  });

  it('of different kinds are drawn apart from each other', () => {
    const { keyReuse, beforeOpen, afterClose, evictedDevice } = makePlan(
      withProbes({ keyReuse: 0.5, beforeOpen: 0.5, afterClose: 0.5, evictedDevice: 0.5 }),
      7,
      openingNs,
    ).probes;
    const people = [keyReuse, beforeOpen.intent, afterClose.intent, evictedDevice.intent].map(
      (intents) => [...new Set([...intents].map((intent) => plain.user[intent]))].join(),
    );
    expect(new Set(people).size).toBe(4);
  });

  it('tell in the hash which of them they are', () => {
    const { beforeOpen, afterClose } = plan.probes;
    const swapped = { ...plan.probes, beforeOpen: afterClose, afterClose: beforeOpen };
    const nothing = { intent: new Uint32Array(), ns: new Float64Array() };
    const early = { ...plan, probes: { ...plan.probes, beforeOpen, afterClose: nothing } };
    const late = {
      ...plan,
      probes: { ...plan.probes, beforeOpen: nothing, afterClose: beforeOpen },
    };
    expect(planHash({ ...plan, probes: swapped })).not.toBe(planHash(plan));
    expect(planHash(early)).not.toBe(planHash(late));
  });

  it('change the hash one by one, and nothing else of the plan', () => {
    const names = [
      ...(Object.keys(everybody) as (keyof typeof everybody)[]),
      'logout' as const,
      'logoutEverywhere' as const,
    ];
    const hashes = names.map((probe) => {
      const probed = makePlan(withProbes({ [probe]: 0.5 }), 7, openingNs);
      expect({ ...probed, probes: plain.probes }).toEqual(plain);
      return planHash(probed);
    });
    expect(new Set([...hashes, planHash(plain)]).size).toBe(7);
  });
});
