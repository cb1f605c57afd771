import { describe, expect, it } from 'vitest';
import { nsPerMs, nsPerS } from '../../../src/core/clock.ts';
import { controlExcerpt } from '../../../src/engine/control-excerpt.ts';
import { makePlan } from '../../../src/engine/plan.ts';
import { playControl } from '../../../src/engine/positive-control.ts';
import type { ToWorker } from '../../../src/engine/worker-protocol.ts';
import type { TruthOrder, TruthSnapshot } from '../../../src/history/truth.ts';
import type { Scenario } from '../../../src/scenarios/schema.ts';
import { scenarioWith } from '../../helpers/scenarios.ts';

const openingNs = nsPerS;
const scenario = scenarioWith();

function excerptOf(changed: Scenario) {
  const plan = makePlan(changed, 7, openingNs);
  return { plan, ...controlExcerpt(plan, changed, openingNs) };
}

const late = { type: 'poisson', rate: '1000/s' } as const;

describe('the excerpt of the positive control', () => {
  it('holds the first clicks of the first three seconds, at the same distance from the opening', () => {
    const { plan, clicks } = excerptOf(scenario);
    expect(clicks.intent.length).toBeGreaterThan(100);
    clicks.intent.forEach((intent, index) => {
      const afterNs = (plan.arrivalNs[intent] ?? 0) - openingNs;
      expect(clicks.ns[index]).toBe(Math.max(0, afterNs));
    });
    const early = plan.arrivalNs.filter((atNs) => atNs <= openingNs + 3 * nsPerS);
    expect(clicks.intent).toHaveLength(early.length);
  });

  it('leaves out who comes later, or after the end', () => {
    const workload = { users: 100, arrivals: [{ ...late, from: '2900ms' }], endsAt: '10s' };
    const some = excerptOf(scenarioWith({ workload }));
    expect(some.clicks.intent.length).toBeGreaterThan(30);
    expect(some.clicks.intent.length).toBeLessThan(100);
    expect(Math.max(...some.clicks.ns)).toBeLessThanOrEqual(3 * nsPerS);
    const ended = excerptOf(scenarioWith({ workload: { ...workload, endsAt: '3500ms' } }));
    expect(ended.clicks.intent).toHaveLength(0);
  });

  it('has stock for half of what is wanted, no more than the sale and no less than a unit', () => {
    const herd = (users: number, quantity = 1, stock = 10) =>
      excerptOf(
        scenarioWith({
          sale: {
            products: [
              { id: 'a', stock },
              { id: 'b', stock },
            ],
            opensAt: '1s',
          },
          workload: { users, quantity, arrivals: [{ type: 'herd' }] },
        }),
      ).stock;
    expect(herd(100)).toBe(20);
    expect(herd(31)).toBe(15);
    expect(herd(11, 3)).toBe(16);
    expect(herd(1)).toBe(1);
  });

  it.each([
    ['terminate-oldest', [1, 2]],
    ['deny', [0, 1]],
  ])('leaves out devices without a session under %s', (onExceed, kept) => {
    const { plan, clicks } = excerptOf(
      scenarioWith({
        target: { reference: { sessions: { maximumSessions: 2, onExceed } } },
        workload: { users: 20, devicesPerUser: 3, arrivals: [{ type: 'herd' }] },
      }),
    );
    expect(clicks.intent).toHaveLength(40);
    expect(new Set([...clicks.intent].map((intent) => plan.device[intent]))).toEqual(new Set(kept));
  });
});

const herdOf20 = scenarioWith({ workload: { users: 20, arrivals: [{ type: 'herd' }] } });
const stock = 10;

function orders(...rows: Partial<TruthOrder>[]): TruthSnapshot {
  return {
    schemaVersion: 1,
    runId: 'r',
    takenAtMs: 0,
    products: [],
    orders: rows.map((row, index) => ({
      id: `o${index}`,
      key: null,
      userId: 'u',
      productId: 'control',
      quantity: 1,
      status: 'confirmed',
      ...row,
    })),
  };
}

interface Rig {
  readonly sold?: TruthSnapshot | Error;
  readonly missing?: boolean;
  readonly dies?: boolean;
  readonly abortAt?: ToWorker['kind'];
  readonly scenario?: Scenario;
}

/** Plays the control on workers and a target that only answer. */
async function played({ sold, missing, dies, abortAt, scenario: other = herdOf20 }: Rig) {
  const controller = new AbortController();
  const said: ToWorker[] = [];
  const offered: number[] = [];
  let nowNs = 0;
  const record = await playControl({
    target: {
      control: (units) => {
        offered.push(units);
        if (missing === true) return Promise.resolve(undefined);
        const truth = () =>
          sold instanceof Error ? Promise.reject(sold) : Promise.resolve(sold ?? orders());
        return Promise.resolve({ productId: 'control', truth });
      },
      inFlight: () => Promise.resolve(0),
    },
    fleet: {
      broadcast: (message) => {
        said.push(message);
        if (message.kind === abortAt) controller.abort();
      },
      reached: () => {
        if (dies === true) return Promise.reject(new Error('a process ended'));
        return controller.signal.aborted ? new Promise(() => undefined) : Promise.resolve();
      },
      controlAttempts: 20,
    },
    scenario: other,
    plan: makePlan(other, 1, openingNs),
    openingNs,
    now: () => (nowNs += nsPerMs),
    signal: controller.signal,
  });
  return { record, said, offered };
}

describe('the positive control', () => {
  it('oversold when more units are confirmed than there were', async () => {
    const { record, said, offered } = await played({
      sold: orders({ quantity: 9 }, { quantity: 2 }),
    });
    expect(record).toMatchObject({
      state: 'oversold',
      stock,
      soldUnits: 11,
      attempts: 20,
      reason: '',
    });
    expect(record.durationMs).toBeGreaterThan(0);
    expect(offered).toEqual([stock]);
    expect(said.map(({ kind }) => kind)).toEqual(['control', 'control-begin']);
    expect(said[0]).toMatchObject({ productId: 'control' });
  });

  it('was exact when just the stock was sold; orders of other products and states do not count', async () => {
    const sold = orders(
      { quantity: 10 },
      { quantity: 5, status: 'cancelled' },
      { quantity: 5, status: 'pending' },
      { quantity: 5, productId: 'sneaker' },
    );
    expect((await played({ sold })).record).toMatchObject({ state: 'exact', soldUnits: 10 });
  });

  it('failed when it never came to the last unit', async () => {
    expect((await played({ sold: orders({ quantity: 9 }) })).record).toMatchObject({
      state: 'failed',
      soldUnits: 9,
      reason: 'only 9 of its 10 units were sold: the others were turned away',
    });
  });

  it('failed when the store cannot be read, a worker died, or nobody comes', async () => {
    const nobody = scenarioWith({
      workload: { users: 5, endsAt: '30s', arrivals: [{ ...late, from: '20s' }] },
    });
    const reasons = await Promise.all(
      [{ sold: new Error('gone') }, { dies: true }, { scenario: nobody }].map(
        async (rig) => (await played(rig)).record,
      ),
    );
    expect(reasons.map(({ state, reason }) => [state, reason])).toEqual([
      ['failed', 'gone'],
      ['failed', 'a process ended'],
      ['failed', 'nobody comes within 3 s of the opening'],
    ]);
  });

  it('is skipped where there is none', async () => {
    const { record, said } = await played({ missing: true });
    expect(record).toMatchObject({ state: 'skipped', reason: 'own server' });
    expect(said).toEqual([]);
  });

  it.each(['control', 'control-begin'] as const)(
    'is skipped when the run is stopped at "%s", without waiting',
    async (abortAt) => {
      const { record } = await played({ abortAt });
      expect(record).toMatchObject({ state: 'skipped', reason: 'the run was interrupted' });
    },
  );
});
