import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { run, temporaryFolder } from '../helpers/cli.ts';

/** What both sales have: a cap of one device, and a herd at the opening. */
const sale = (rest: string) => `name: stimuli
target:
  reference: { processes: 2, sessions: { maximumSessions: 1 } }
sale:
  products: [{ id: sneaker-42, stock: 40, limitPerUser: 2 }]
  opensAt: 800ms
workload:
  users: 150
  devicesPerUser: { 1: 70%, 2: 30% }
  quantity: { 1: 80%, 2: 20% }
  endsAt: 3s
  arrivals:
    - { type: herd, reaction: { lognormal: { median: 100ms, sigma: 0.5 } } }
${rest}`;

function scenario(rest: string): string {
  const file = join(temporaryFolder(), 'scenario.yaml');
  writeFileSync(file, sale(rest));
  return file;
}

const jwtWithout = 'target.reference.sessions={ tokens: { type: jwt, denylist: none } }';

describe('what a scenario can do to a sale', () => {
  it('plays quantities, cancels, events and probes, all of which the server gets right', async () => {
    const { result, code, stderr } = await run(
      scenario(`  cancel: { probability: 40%, delay: 100ms }
events:
  - { afterOpening: 600ms, restock: 5 }
  - { at: 2s, close: true }
probes: { keyReuse: 50%, beforeOpen: 30%, afterClose: 30%, evictedDevice: 100% }
`),
    );
    expect(stderr).not.toContain('    at ');
    expect(result.events).toMatchObject([{ outcome: 'ok' }, { outcome: 'ok' }]);
    expect(result.codes['cancel']?.['ok']).toBeGreaterThan(5);
    const { probe = {} } = result.codes;
    for (const refusal of ['key-reuse', 'not-open', 'closed', 'unauthorized']) {
      expect(probe[refusal], refusal).toBeGreaterThan(0);
    }
    for (const name of ['oversell', 'lostOrder', 'keyReuse', 'saleWindow', 'deviceLimit']) {
      expect(result.invariants[name]?.verdict, name).toBe('pass');
    }
    expect(result.control).toMatchObject({ state: 'skipped', reason: '--no-control' });
    // Units that came back at the very end may leave the undersell open.
    expect([0, 4], JSON.stringify(result.invariants)).toContain(code);
  });

  it('follows orders that were only accepted until they are decided', async () => {
    const { result, code } = await run(
      scenario('client: { poll: { interval: 50ms } }\n'),
      ...['--set', 'target.reference.ordering=async'],
      ...['--set', 'workload.quantity=1'],
    );
    const { order = {}, status = {} } = result.codes;
    expect(order['ok']).toBeUndefined();
    expect(order['pending']).toBeGreaterThan(100);
    // Found by a poll, and still so in the end.
    expect(status['ok']).toBe(80);
    expect(status['sold-out']).toBeGreaterThan(50);
    expect(result.sold).toBe(40);
    expect(result.unresolved).toBe(0);
    expect(code, JSON.stringify(result.invariants)).toBe(0);
  });

  it.each([
    ['opaque tokens', 'target.reference.sessions={ maximumSessions: 2 }', 'pass'],
    ['a JWT without a denylist', jwtWithout, 'violated'],
  ])(
    'logs devices out that go on trying, and judges a server with %s',
    async (_what, set, verdict) => {
      const { result } = await run(
        scenario('probes: { logout: 30%, logoutEverywhere: 30% }\n'),
        ...['--set', set],
      );
      const sessions = result.gateway?.sessions;
      expect(sessions?.logouts).toBeGreaterThan(30);
      expect(result.invariants['deviceLimit']?.verdict).toBe(verdict);
      expect((sessions?.staleRequests ?? 0) > 0).toBe(verdict === 'violated');
    },
  );
});
