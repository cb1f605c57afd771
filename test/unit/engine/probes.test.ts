import { describe, expect, it } from 'vitest';
import type { Scenario } from '../../../src/scenarios/schema.ts';
import { scenarioWith } from '../../helpers/scenarios.ts';
import { ok, pending, Rig, type Sent, soldOut, timeout } from './worker-rig.ts';

/** One person on two devices, of whom one session is left; clicks at 1 s. */
function probing(probes: Record<string, string>, devicesPerUser = 1): Scenario {
  return scenarioWith({
    target: { reference: { sessions: { maximumSessions: 1 } } },
    workload: { users: 1, devicesPerUser, endsAt: '5s', arrivals: [{ type: 'herd' }] },
    probes,
  });
}

const isProbe = ({ subject }: Sent): boolean => subject.attempt === 0;

describe('reusing a key', () => {
  const scenario = probing({ keyReuse: '100%' });

  it('follows the acknowledgement at once, once, with one unit more', () => {
    const rig = new Rig(scenario, (sent) => (isProbe(sent) ? timeout : ok)).play();
    expect(rig.of('order', true)).toMatchObject([
      {
        subject: { attempt: 0, intent: 0, keyVariant: 0, quantity: 2 },
        asked: { key: 'run1-0', quantity: 2 },
        atMs: 1_010,
      },
    ]);
    expect(rig.of('order')).toHaveLength(1);
    expect(rig.drainedAtMs).toBe(1_020);
  });

  it('does not follow a refusal', () => {
    expect(new Rig(scenario, () => soldOut).play().sent).toHaveLength(1);
  });

  it('that is accepted goes into no journal: the key has its order already', () => {
    const rig = new Rig(scenario, () => ok).play();
    expect(rig.of('order', true)).toHaveLength(1);
    expect(rig.journal).toHaveLength(1);
    expect(rig.probes.uncertain()).toEqual([]);
  });

  it('is left out by those who were not drawn', () => {
    const rig = new Rig(probing({ keyReuse: '0%' }), () => ok).play();
    expect(rig.of('order', true)).toEqual([]);
  });
});

describe('ordering outside of the sale', () => {
  const scenario = probing({ beforeOpen: '100%', afterClose: '100%' });

  it('goes out before the opening and after the closing, under keys of its own', () => {
    const rig = new Rig(scenario, () => soldOut).play(3_000);
    const [early, late] = rig.of('order', true);
    expect(early).toMatchObject({
      subject: { intent: 0, keyVariant: 1000, quantity: 1 },
      asked: { key: 'run1-0.1000' },
    });
    expect(late).toMatchObject({ subject: { keyVariant: 1001 }, asked: { key: 'run1-0.1001' } });
    expect(early?.atMs).toBeLessThanOrEqual(950);
    expect(late?.atMs).toBeGreaterThanOrEqual(3_020);
    expect(late?.atMs).toBeLessThanOrEqual(3_520);
    expect(rig.drainedAtMs).toBe((late?.atMs ?? 0) + 10);
    expect(rig.journal).toEqual([]);
  });

  it('is left out where the sale never closes', () => {
    const rig = new Rig(scenario, () => soldOut).play();
    expect(rig.of('order', true)).toHaveLength(1);
  });

  it('that is acknowledged is journalled under its own key', () => {
    const rig = new Rig(scenario, (sent) => (isProbe(sent) ? ok : soldOut)).play(3_000);
    expect(rig.journal.map(({ key }) => key)).toEqual(['run1-0.1000', 'run1-0.1001']);
  });

  it.each([
    ['lost', timeout],
    ['only accepted', pending],
  ])('that was %s is not tried again, but looked up in the end', (_what, answer) => {
    const rig = new Rig(scenario, (sent) => (isProbe(sent) ? answer : soldOut)).play(3_000);
    expect(rig.of('order', true)).toHaveLength(2);
    expect(rig.of('status')).toEqual([]);
    expect(rig.probes.uncertain()).toEqual([
      { intent: 0, keyVariant: 1000 },
      { intent: 0, keyVariant: 1001 },
    ]);
  });

  it('is left out on a device that could not log in', () => {
    const rig = new Rig(scenario, () => ok);
    rig.device.token = undefined;
    expect(rig.play(3_000).sent).toEqual([]);
  });
});

describe('calling on all devices', () => {
  it('asks for a page and for an order that there is none of, before the opening', () => {
    const rig = new Rig(probing({ evictedDevice: '100%' }, 2), () => ok).play();
    const [pages, lookUps] = [rig.of('page', true), rig.of('status', true)];
    for (const sent of [pages, lookUps]) {
      expect(sent.map(({ asked }) => asked.deviceId).sort()).toEqual(['u0-d0', 'u0-d1']);
      for (const { subject, atMs } of sent) {
        expect(subject.intent).toBe(-1);
        expect(atMs).toBeLessThan(1_000);
      }
    }
    const keys = lookUps.map(({ asked }) => asked.key);
    expect(keys.sort()).toEqual(['run1-0.1002', 'run1-1.1002']);
    expect(rig.of('order')).toHaveLength(2);
  });
});

describe('logging out', () => {
  const unauthorized = { outcome: 'fail', code: 'unauthorized', status: 401 } as const;
  const after = (rig: Rig, deviceId: string) =>
    rig.sent
      .filter(({ subject, asked }) => subject.attempt === 0 && asked.deviceId === deviceId)
      .map(({ subject, atMs }) => [subject.operation, atMs]);

  it('comes during the sale, and the device goes on with its old token', () => {
    const rig = new Rig(probing({ logout: '100%' }), (sent) => (isProbe(sent) ? unauthorized : ok));
    const [[, leftAtMs] = []] = after(rig.play(), 'u0-d0');
    const atMs = Number(leftAtMs);
    expect(atMs).toBeGreaterThanOrEqual(1_000);
    expect(atMs).toBeLessThanOrEqual(3_900);
    expect(after(rig, 'u0-d0')).toEqual([
      ['logout', atMs],
      ['page', atMs + 10],
      ['status', atMs + 110],
      ['page', atMs + 410],
      ['logout', atMs + 1_010],
    ]);
    for (const { asked } of rig.sent) expect(asked.token).toBe('token-u0-d0');
    expect(rig.drainedAtMs).toBe(atMs + 1_020);
  });

  it('everywhere is asked for by one device, and all go on', () => {
    const rig = new Rig(probing({ logoutEverywhere: '100%', logout: '100%' }, 2), () => ok).play();
    expect(rig.of('logout-everywhere', true)).toMatchObject([{ asked: { deviceId: 'u0-d1' } }]);
    for (const device of ['u0-d0', 'u0-d1']) {
      const tried = after(rig, device).map(([operation]) => operation);
      expect(tried.filter((operation) => operation !== 'logout-everywhere')).toEqual([
        'page',
        'status',
        'page',
        'logout',
      ]);
    }
  });

  it('goes on no further once the run is halted', () => {
    const rig = new Rig(probing({ logout: '100%' }), () => ok).play(undefined, 0);
    expect(rig.of('page', true)).toEqual([]);
  });
});
