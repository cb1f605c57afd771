import { describe, expect, it } from 'vitest';
import { nsPerMs } from '../../../src/core/clock.ts';
import { makePlan, planHash } from '../../../src/engine/plan.ts';
import { groupIndexOf, groupsOf } from '../../../src/scenarios/groups.ts';
import { parseScenario } from '../../../src/scenarios/load.ts';
import type { Scenario } from '../../../src/scenarios/schema.ts';
import { options, withText } from '../scenarios/scenario-text.ts';

const openingNs = 3_000 * nsPerMs;

function scenarioWith(groups: string): Scenario {
  const text = withText('users: 10', `users: 2000\n  groups:\n${groups}`);
  return parseScenario(text, 'tiny.yaml', options);
}

const plain = parseScenario(withText('users: 10', 'users: 2000'), 'tiny.yaml', options);

const mixed = scenarioWith(`    - { name: humans, share: 70% }
    - name: bots
      share: 20%
      devicesPerUser: 3
      arrivals: [{ type: uniform, within: 100ms }]
    - { name: hoarders, share: 10%, accountsPerPerson: 10 }
`);

describe('groups of people', () => {
  const groups = groupsOf(mixed.workload);
  const plan = makePlan(mixed, 7, openingNs);

  it('are numbered one after the other, and lose nobody', () => {
    expect(groups.map(({ name, first, users }) => [name, first, users])).toEqual([
      ['humans', 0, 1400],
      ['bots', 1400, 400],
      ['hoarders', 1800, 200],
    ]);
    expect([0, 1399, 1400, 1799, 1800, 1999].map((user) => groupIndexOf(groups, user))).toEqual([
      0, 0, 1, 1, 2, 2,
    ]);
  });

  it('have their own devices and arrivals, and the workload’s where they name none', () => {
    plan.user.forEach((user, intent) => {
      const isBot = user >= 1400 && user < 1800;
      if (!isBot) return;
      expect(plan.devicesOf[user]).toBe(3);
      const afterMs = ((plan.arrivalNs[intent] ?? 0) - openingNs) / nsPerMs;
      expect(afterMs).toBeGreaterThanOrEqual(0);
      expect(afterMs).toBeLessThanOrEqual(100);
    });
    const humans = plan.devicesOf.slice(0, 1400);
    expect(humans.filter((devices) => devices === 2).length / 1400).toBeCloseTo(0.4, 1);
    const herd = plan.user.filter((user, intent) => user < 1400 && plan.herd[intent] === 1);
    expect(new Set(herd).size).toBe(840);
  });

  it('make the plan that there was without them when one group is everybody', () => {
    const one = scenarioWith('    - { name: all, share: 100% }\n');
    expect(planHash(makePlan(one, 7, openingNs))).toBe(planHash(makePlan(plain, 7, openingNs)));
  });
});

describe('people who cannot wait', () => {
  it('click within the lead before the opening', () => {
    const early = scenarioWith(
      '    - { name: all, share: 100%, earlyClicks: { probability: 30%, lead: 500ms } }\n',
    );
    const { arrivalNs } = makePlan(early, 7, openingNs);
    const before = arrivalNs.filter((atNs) => atNs < openingNs);
    expect(before.length / arrivalNs.length).toBeCloseTo(0.3, 1);
    expect(Math.min(...before)).toBeGreaterThanOrEqual(openingNs - 500 * nsPerMs);
  });
});

describe('people who leave before the opening', () => {
  const left = scenarioWith(`    - name: all
      share: 100%
      waits: { exponential: 3s }
      refresh: { probability: 100%, interval: 500ms }
`);
  const plan = makePlan(left, 7, openingNs);

  it('never click, with any device, as the time that they wait says', () => {
    const gone = new Set<number>();
    plan.user.forEach((user, intent) => {
      if (plan.arrivalNs[intent] === Number.POSITIVE_INFINITY) gone.add(user);
    });
    // 1 − e⁻¹ of them wait for less than the mean, which is when it opens.
    expect(gone.size / 2000).toBeCloseTo(0.632, 1);
    plan.user.forEach((user, intent) => {
      if (gone.has(user)) expect(plan.arrivalNs[intent]).toBe(Number.POSITIVE_INFINITY);
    });
  });

  it('reload the page no longer than they wait', () => {
    const lastMs = new Map<number, number>();
    plan.refreshIntent.forEach((intent, index) => {
      lastMs.set(intent, (plan.refreshNs[index] ?? 0) / nsPerMs);
    });
    const goneEarly = [...lastMs].filter(
      ([intent, ms]) => plan.arrivalNs[intent] === Number.POSITIVE_INFINITY && ms < 2_000,
    );
    expect(goneEarly.length).toBeGreaterThan(100);
    for (const [intent, ms] of lastMs) {
      if (plan.arrivalNs[intent] === Number.POSITIVE_INFINITY) expect(ms).toBeLessThan(3_000);
    }
  });
});
