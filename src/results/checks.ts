import { type Verdict, worst } from '../audit/verdict.ts';
import type { CheckRecord } from '../history/run-record.ts';
import { parseThreshold } from '../scenarios/thresholds.ts';
import type { ThresholdResult } from './result.ts';
import { gateInterval, type LimitVerdicts } from './thresholds.ts';

/** Adds the invariants of the user's own: each is a threshold on what its query answered. */
export function withChecks(limits: LimitVerdicts, checks: readonly CheckRecord[]): LimitVerdicts {
  if (checks.length === 0) return limits;
  const judged = checks.map(judge);
  return {
    ...limits,
    verdict: worst(limits.verdict, ...judged.map(({ verdict }) => verdict)),
    thresholds: [...limits.thresholds, ...judged],
  };
}

function judge({ name, expect, value, problem }: CheckRecord): ThresholdResult {
  const metric = `check.${name}`;
  // A bare number is what it should be, not a limit.
  const isNumber = expect.trim() !== '' && Number.isFinite(Number(expect));
  const limit = isNumber ? `== ${expect}` : expect;
  const threshold = parseThreshold(metric, limit);
  if (value === null || threshold === undefined) {
    return { metric, limit, verdict: 'unknown', value: null, unit: '', reason: problem };
  }
  const verdict: Verdict = gateInterval(threshold, { lo: value, hi: value });
  return { metric, limit, verdict, value, unit: '' };
}
