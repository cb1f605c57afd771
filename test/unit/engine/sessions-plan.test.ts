import { describe, expect, it } from 'vitest';
import { nsPerMs, nsPerS } from '../../../src/core/clock.ts';
import { makePlan, type Plan, planHash } from '../../../src/engine/plan.ts';
import { makeDevices } from '../../../src/engine/shopper.ts';
import type { Scenario } from '../../../src/scenarios/schema.ts';
import { scenarioWith } from '../../helpers/scenarios.ts';

const openingNs = nsPerS;

const workload = {
  users: 200,
  devicesPerUser: { 1: '60%', 2: '40%' },
  endsAt: '5s',
  arrivals: [{ type: 'herd', clockSkew: '50ms' }],
  thinkTime: { exponential: '300ms' },
  patience: { exponential: '2s' },
};
const closed = scenarioWith({ workload: { ...workload, model: 'closed', maxPurchases: 4 } });
const sessions = scenarioWith({
  workload: { ...workload, model: 'partly-open', stayProbability: 0.5, maxPurchases: 30 },
});
const open = scenarioWith({ workload: { ...workload, thinkTime: undefined } });

const planOf = (scenario: Scenario, seed = 7): Plan => makePlan(scenario, seed, openingNs);
const firsts = ({ purchase }: Plan): number[] =>
  [...purchase.keys()].filter((intent) => purchase[intent] === 0);
const devicesOf = ({ devicesOf }: Plan): number => devicesOf.reduce((sum, count) => sum + count, 0);

describe('a plan in which devices come back', () => {
  it('gives every device of a closed model as many purchases as there may be', () => {
    const plan = planOf(closed);
    expect(plan.user).toHaveLength(4 * devicesOf(plan));
    expect([...plan.purchase.slice(0, 8)]).toEqual([0, 1, 2, 3, 0, 1, 2, 3]);
  });

  it('gives sessions of a partly-open model a number of their own each', () => {
    const plan = planOf(sessions);
    const mean = plan.user.length / devicesOf(plan);
    expect(mean).toBeGreaterThan(1.7);
    expect(mean).toBeLessThan(2.3);
    plan.purchase.forEach((time, intent) => {
      if (time === 0) return;
      expect(plan.purchase[intent - 1]).toBe(time - 1);
      expect(plan.user[intent - 1]).toBe(plan.user[intent]);
      expect(plan.device[intent - 1]).toBe(plan.device[intent]);
    });
  });

  it('plans only the first click of a device, at the instant of an open model', () => {
    const [plan, same] = [planOf(closed), planOf(open)];
    plan.arrivalNs.forEach((atNs, intent) => {
      expect(Number.isFinite(atNs)).toBe(plan.purchase[intent] === 0);
      expect(plan.herd[intent]).toBe(plan.purchase[intent] === 0 ? 1 : 0);
    });
    const first = firsts(plan);
    expect(first.map((intent) => plan.user[intent])).toEqual([...same.user]);
    expect(first.map((intent) => plan.product[intent])).toEqual([...same.product]);
  });

  it('draws think times of their mean, and none before a first purchase', () => {
    const { followUps, purchase } = planOf(closed);
    const thinks = followUps.thinkNs.filter((_, intent) => purchase[intent] !== 0);
    const meanMs = thinks.reduce((sum, ns) => sum + ns, 0) / thinks.length / nsPerMs;
    expect(meanMs).toBeGreaterThan(260);
    expect(meanMs).toBeLessThan(340);
    const before = followUps.thinkNs.filter((_, intent) => purchase[intent] === 0);
    expect(before.every((ns) => ns === 0)).toBe(true);
    expect(followUps.patienceNs).toHaveLength(purchase.length);
  });

  it('lets people reload, probe and test only for their first purchase, but reuse every key', () => {
    const asked = {
      ...closed,
      workload: { ...closed.workload, refresh: { probability: 1, interval: 200 } },
      probes: { keyReuse: 1, beforeOpen: 1, afterClose: 1, evictedDevice: 1 },
    };
    const plan = planOf(asked);
    const { keyReuse, beforeOpen, afterClose, evictedDevice } = plan.probes;
    const first = new Set(firsts(plan));
    const people = plan.users;
    expect(beforeOpen.intent).toHaveLength(people);
    expect(afterClose.intent).toHaveLength(people);
    expect(keyReuse).toHaveLength(plan.user.length);
    for (const list of [plan.refreshIntent, beforeOpen.intent, evictedDevice.intent]) {
      expect(list.length).toBeGreaterThan(0);
      expect([...list].every((intent) => first.has(intent))).toBe(true);
    }
  });

  it('lets a person want the same product on all devices, and another one later', () => {
    const many = {
      ...closed,
      sale: {
        ...closed.sale,
        products: Array.from({ length: 50 }, (_, index) => ({ id: `p${index}`, stock: 1 })),
      },
    };
    const { user, purchase, product } = planOf(many);
    const wanted = new Map<string, number>();
    user.forEach((who, intent) => {
      const name = `${who} ${purchase[intent] ?? 0}`;
      expect(wanted.get(name) ?? product[intent]).toBe(product[intent]);
      wanted.set(name, product[intent] ?? -1);
    });
    expect(new Set([0, 1, 2, 3].map((time) => wanted.get(`0 ${time}`))).size).toBeGreaterThan(1);
  });

  it('spreads people over products as their popularity says', () => {
    const popular = scenarioWith({
      sale: { products: ['a', 'b', 'c'].map((id) => ({ id, stock: 1 })), opensAt: '1s' },
      workload: { users: 11_000, arrivals: [{ type: 'herd' }], popularity: { zipf: 1 } },
    });
    const { product } = planOf(popular);
    const wants = [0, 1, 2].map((which) => product.filter((wanted) => wanted === which).length);
    [6_000, 3_000, 2_000].forEach((expected, which) => {
      expect(Math.abs((wants[which] ?? 0) - expected)).toBeLessThan(4 * Math.sqrt(expected));
    });
  });

  it('is the same for the same seed, whatever the number of workers', () => {
    for (const scenario of [closed, sessions]) {
      const hash = planHash(planOf(scenario));
      const four = { ...scenario, workload: { ...scenario.workload, workers: 4 } };
      expect(planHash(planOf(four))).toBe(hash);
      expect(planHash(planOf(scenario, 8))).not.toBe(hash);
    }
  });

  it('keeps its plan for ever, so that an old replay line still replays', () => {
    expect([closed, sessions].map((scenario) => planHash(planOf(scenario)))).toMatchInlineSnapshot(`
      [
        "4921990df09f6913420e7083389a664596f5484d32e78aff0d16d98679ba9568",
        "7030799fa559e9f2e1f01ad3b93d1f66509f815cd497c6685439080f125d169d",
      ]
    `);
  });

  it('tells in the hash how long people think', () => {
    const longer = { ...closed, workload: { ...closed.workload, thinkTime: { exponential: 301 } } };
    expect(planHash(planOf(longer))).not.toBe(planHash(planOf(closed)));
  });
});

describe('the devices of a worker', () => {
  it('own all their intents, and are dealt out whole', () => {
    const plan = planOf(sessions);
    const shares = [0, 1, 2].map((worker) => makeDevices(plan, { workers: 3, worker }));
    expect(shares.reduce((sum, { devices }) => sum + devices.length, 0)).toBe(devicesOf(plan));
    const intents = shares.flatMap(({ deviceOfIntent }) => [...deviceOfIntent.keys()]);
    expect(intents.sort((a, b) => a - b)).toEqual([...plan.user.keys()]);
    for (const { deviceOfIntent } of shares) {
      for (const [intent, device] of deviceOfIntent) {
        expect(device.user).toBe(plan.user[intent]);
        expect(device.device).toBe(plan.device[intent]);
      }
    }
  });
});

describe('a plan of an open model', () => {
  it('has nothing that follows, and one intent for each device', () => {
    const plan = planOf(open);
    expect(plan.followUps.thinkNs).toHaveLength(0);
    expect(plan.purchase.every((time) => time === 0)).toBe(true);
    expect(plan.user).toHaveLength(devicesOf(plan));
  });

  it('of every shape keeps its plan for ever', () => {
    const shapes = [
      { type: 'herd', users: '8%', clockSkew: '20ms' },
      { type: 'deadline', users: '8%', horizon: '1s' },
      { type: 'uniform', users: '8%' },
      { type: 'exponential', users: '8%', mean: '1s' },
      { type: 'lognormal', users: '8%', median: '1s', sigma: 0.5 },
      { type: 'weibull', users: '8%', shape: 0.7, mean: '1s' },
      { type: 'poisson', users: '8%', rate: '10/s' },
      { type: 'constant', users: '8%', rate: '10/s' },
      { type: 'ramp', users: '8%', startRate: '0/s', targetRate: '20/s', for: '1s' },
      { type: 'steps', users: '8%', levels: [{ rate: '5/s', for: '1s' }, { rate: '50/s' }] },
      { type: 'trace', file: 'x.log', opensAt: 0 },
    ];
    const scenario = scenarioWith({
      workload: { users: 500, arrivals: shapes, popularity: { zipf: 1 } },
    });
    const arrivals = scenario.workload.arrivals.map((shape) =>
      shape.type === 'trace' ? { ...shape, timesMs: [0, 10, 20], resolutionMs: 1 } : shape,
    );
    const plan = planOf({ ...scenario, workload: { ...scenario.workload, arrivals } });
    expect(plan.arrivalNs.every((atNs) => Number.isFinite(atNs))).toBe(true);
    expect(planHash(plan)).toMatchInlineSnapshot(
      `"f0683e8a74dd7716a1b4274efc1054aceccb5364a220be7ac9a7a5b8150d050a"`,
    );
  });
});
