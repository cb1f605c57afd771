import { describe, expect, it } from 'vitest';
import { auditRun } from '../../../src/audit/audit.ts';
import { invariantNames, invariants } from '../../../src/audit/registry.ts';
import { gate, worst } from '../../../src/audit/verdict.ts';
import { AttemptStore } from '../../../src/history/store.ts';
import { attemptOf, cleanSale, HistoryBuilder } from '../../helpers/history-builder.ts';

describe('auditRun', () => {
  it('passes a clean sale by every invariant', () => {
    const report = auditRun(cleanSale().evidence());
    expect(report).toMatchObject({ verdict: 'pass', problems: [], unresolved: 0 });
    const left = report.notJudged.map(({ name }): string => name);
    const judged = invariantNames.filter((name) => !left.includes(name));
    expect(Object.keys(report.invariants)).toEqual(judged);
  });

  it('leaves the limit per user out when none was promised, and says so', () => {
    const report = auditRun(
      new HistoryBuilder({}).sold(0).sold(1).soldOut(2).soldOut(3).evidence(),
    );
    expect(report.verdict).toBe('pass');
    expect(report.invariants.userLimit).toBeUndefined();
    const reason = 'no product promises a limit per user';
    expect(report.notJudged).toContainEqual({ name: 'userLimit', reason });
  });

  it('answers unknown for a checker that breaks down, never pass', () => {
    const broken = {
      ...invariants.oversell,
      judge: () => {
        throw new Error('index out of range');
      },
    };
    const report = auditRun(cleanSale().evidence(), { ...invariants, oversell: broken });
    expect(report.verdict).toBe('unknown');
    expect(report.invariants.oversell).toMatchObject({
      verdict: 'unknown',
      value: null,
      hi: null,
      reason: 'the checker broke down: index out of range',
    });
    expect(report.invariants.undersell?.verdict).toBe('pass');
  });

  it('answers unknown by every invariant when the evidence cannot be read', () => {
    const damaged = new AttemptStore();
    damaged.append(attemptOf());
    damaged.chunks = () => {
      throw new Error('damaged');
    };
    const report = auditRun(cleanSale().evidence({ attempts: damaged }));
    expect(report.verdict).toBe('unknown');
    expect(report.unresolved).toBeNull();
    for (const result of Object.values(report.invariants)) expect(result.verdict).toBe('unknown');
  });

  it('does not pass a run without attempts', () => {
    expect(auditRun(new HistoryBuilder({}).evidence()).verdict).toBe('unknown');
  });

  it('counts the orders whose end nobody knows', () => {
    const run = cleanSale().timedOut(4).timedOut(5).lookedUp(5, false);
    expect(auditRun(run.evidence({ withoutTruth: true })).unresolved).toBe(1);
    expect(auditRun(run.evidence()).unresolved).toBe(0);
  });

  it('comes to the same judgement whatever the order of the attempts', () => {
    const run = cleanSale().sold(4).timedOut(5).timedOut(6).lookedUp(6, true);
    const report = auditRun(run.evidence());
    run.attempts.reverse();
    const reversed = auditRun(run.evidence());
    expect(reversed.notJudged).toEqual(report.notJudged);
    for (const name of invariantNames) {
      const [before, after] = [report.invariants[name], reversed.invariants[name]];
      const figures = before && { verdict: before.verdict, lo: before.lo, hi: before.hi };
      expect(after && { verdict: after.verdict, lo: after.lo, hi: after.hi }).toEqual(figures);
    }
  });

  it('judges 300,000 attempts in near-linear time', () => {
    const attempts = new AttemptStore();
    for (let index = 0; index < 300_000; index += 1) {
      const sentNs = index * 1000;
      const kind = { intent: index >> 1, user: index >> 1, attempt: 1 + (index & 1) };
      attempts.append(attemptOf({ ...kind, sentNs, scheduledNs: sentNs, doneNs: sentNs + 50_000 }));
    }
    const evidence = { ...new HistoryBuilder({ stock: 0 }).evidence(), attempts };
    const started = performance.now();
    expect(auditRun(evidence).invariants.oversell?.verdict).toBe('pass');
    // Generous: a checker of quadratic cost would take minutes.
    expect(performance.now() - started).toBeLessThan(10_000);
  });
});

describe('worst', () => {
  it.each([
    [[], 'pass'],
    [['pass', 'unknown', 'pass'], 'unknown'],
    [['unknown', 'violated', 'pass'], 'violated'],
  ] as const)('of %j is %s', (found, expected) => {
    expect(worst(...found)).toBe(expected);
  });
});

describe('gate', () => {
  it.each([
    [0, 0, 0, 'pass'],
    [0, 1, 0, 'unknown'],
    [1, 5, 0, 'violated'],
    [1, 5, 1, 'unknown'],
    [1, 5, 5, 'pass'],
    [0, null, 9, 'unknown'],
    [10, null, 9, 'violated'],
  ] as const)('of %d..%s under a limit of %d is %s', (lo, hi, limit, expected) => {
    expect(gate(lo, hi, limit)).toBe(expected);
  });
});
