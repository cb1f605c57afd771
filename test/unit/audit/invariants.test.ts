import { describe, expect, it } from 'vitest';
import { auditRun } from '../../../src/audit/audit.ts';
import { invariantNames } from '../../../src/audit/registry.ts';
import { cleanSale, HistoryBuilder } from '../../helpers/history-builder.ts';
import { ours, resultOf } from '../../helpers/invariant-cases.ts';

/** What a clean sale gives no cause or no means to judge. */
const leftOut = [
  'keyReuse',
  'lostUpdate',
  'reservation',
  'saleWindow',
  'orderStatus',
  'deviceLimit',
  'overAdmission',
  'underAdmission',
];
const judged = invariantNames.filter((name) => !leftOut.includes(name));

describe('the invariants', () => {
  it.each(judged)('pass a clean sale: %s', (name) => {
    const result = resultOf(cleanSale().evidence(), name);
    expect(result).toMatchObject({ name, verdict: 'pass', value: 0, lo: 0, hi: 0 });
    expect(result.witnesses).toEqual({ count: 0, first: null, worst: null, last: null });
  });

  it.each(judged)('never pass an interrupted run: %s', (name) => {
    const result = resultOf(cleanSale().evidence({ interrupted: true }), name);
    expect(result.verdict).toBe('unknown');
    expect(result.reason).toMatch(/interrupted/);
  });

  it.each(judged)('never pass a run without attempts: %s', (name) => {
    const result = resultOf(new HistoryBuilder({ limitPerUser: 1 }).evidence(), name);
    expect(result.verdict).toBe('unknown');
    expect(result.reason).toMatch(/the run has no attempts/);
  });

  it('leave out what a clean sale gives no cause or no means to judge', () => {
    const { notJudged } = auditRun(cleanSale().evidence());
    expect(notJudged.map(({ name }) => name)).toEqual(leftOut);
  });

  it('convict an interrupted run of what is certain', () => {
    const evidence = cleanSale().sold(4).evidence({ interrupted: true });
    expect(auditRun(evidence).verdict).toBe('violated');
  });

  it('point witnesses at the attempts that prove them', () => {
    const evidence = cleanSale().sold(4).evidence();
    const witness = resultOf(evidence, 'oversell').witnesses.first;
    expect(witness).toMatchObject({ keys: [ours(4)], orderIds: ['o4'], userId: 'u4' });
    expect(witness?.attempts.map((index) => evidence.attempts.read(index).orderId)).toEqual(['o4']);
  });
});
