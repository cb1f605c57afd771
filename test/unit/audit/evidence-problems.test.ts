import { describe, expect, it } from 'vitest';
import { auditRun } from '../../../src/audit/audit.ts';
import { nsPerMs } from '../../../src/core/clock.ts';
import type { Attempt } from '../../../src/history/attempt.ts';
import { attemptOf, cleanSale, HistoryBuilder } from '../../helpers/history-builder.ts';

const problemsWith = (more: Partial<Attempt>) => {
  const run = cleanSale().timedOut(4, { sentNs: 9 * nsPerMs, ...more });
  const { problems, verdict } = auditRun(run.evidence());
  return { problems, verdict };
};

describe('the audit of a doubtful record', () => {
  it.each<readonly [what: string, attempt: Partial<Attempt>, problem: RegExp]>([
    [
      'an end before the start',
      { doneNs: 9 * nsPerMs - 1 },
      /^mixed-up clocks: 1 attempt ended before being sent/,
    ],
    [
      'a start before it was due',
      { scheduledNs: 10 * nsPerMs + 1 },
      /^mixed-up clocks: 1 attempt sent before/,
    ],
    ['no due time', { scheduledNs: Number.NaN }, /^1 attempt without the times/],
    ['no end', { doneNs: Number.NaN }, /^1 attempt without the times/],
    [
      'an end that never came',
      { doneNs: Number.POSITIVE_INFINITY },
      /^1 attempt without the times/,
    ],
    [
      'an endless start',
      { sentNs: Number.NEGATIVE_INFINITY, doneNs: 0 },
      /^1 attempt without the times/,
    ],
    ['no key', { intent: -1, user: 4 }, /^1 order attempt without a key/],
    ['no product', { product: -1 }, /^1 order attempt without a key, or for a product/],
    [
      'a product that was not on sale',
      { product: 1 },
      /^1 order attempt without a key, or for a product/,
    ],
  ])('finds %s, and does not pass', (_what, attempt, problem) => {
    const { problems, verdict } = problemsWith(attempt);
    expect(problems).toEqual([expect.stringMatching(problem)]);
    expect(verdict).toBe('unknown');
  });

  it.each<readonly [what: string, attempt: Partial<Attempt>]>([
    ['a start a millisecond early, as clocks are read', { scheduledNs: 10 * nsPerMs }],
    ['an end at the start', { doneNs: 9 * nsPerMs }],
    ['what was never sent', { sentNs: Number.NaN, scheduledNs: 0, doneNs: 5 }],
    ['a page of no product', { operation: 'page', product: -1, intent: -1, user: 4 }],
  ])('finds nothing in %s', (_what, attempt) => {
    expect(problemsWith(attempt)).toEqual({ problems: [], verdict: 'pass' });
  });

  const original = attemptOf({ intent: 0, user: 0 });
  const differences: Partial<Attempt>[] = [
    { user: 7 },
    { device: 1 },
    { intent: 5 },
    { keyVariant: 1 },
    { attempt: 2 },
    { operation: 'status' },
    { scheduledNs: 0.5 },
  ];

  it('finds an attempt that is there twice, however it ended', () => {
    const run = cleanSale();
    run.attempts.push({
      ...original,
      doneNs: 9 * nsPerMs,
      outcome: 'info',
      code: 'timeout',
    });
    const { problems, verdict } = auditRun(run.evidence());
    expect(problems).toEqual(['1 attempt in the record twice']);
    expect(verdict).toBe('unknown');
  });

  it.each(differences)('takes an attempt that differs in %j for another', (difference) => {
    const run = cleanSale();
    run.attempts.push({ ...original, ...difference });
    expect(auditRun(run.evidence()).problems).toEqual([]);
  });

  it('finds copies among many attempts, and stops counting', () => {
    const run = new HistoryBuilder({});
    for (let intent = 0; intent < 3_000; intent += 1) run.soldOut(intent);
    expect(auditRun(run.evidence()).problems).toEqual([]);
    const copies = run.attempts.slice(0, 999);
    run.attempts.push(...copies);
    expect(auditRun(run.evidence()).problems).toEqual(['999 attempts in the record twice']);
    run.attempts.push(...copies);
    expect(auditRun(run.evidence()).problems).toEqual([
      'at least 1000 attempts are in the record twice',
    ]);
  });

  it('keeps a conviction, and says what is doubtful', () => {
    const run = cleanSale().sold(4, { sentNs: 9 * nsPerMs, doneNs: 8 * nsPerMs });
    const { problems, verdict } = auditRun(run.evidence());
    expect(verdict).toBe('violated');
    expect(problems).toHaveLength(1);
  });
});
