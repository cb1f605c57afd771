import {
  type CompareOptions,
  compare,
  type Side,
} from '../../../../src/results/comparison/compare.ts';
import type { MetricChange } from '../../../../src/results/comparison/comparison.ts';
import type { InvariantSummary, RunResult } from '../../../../src/results/result.ts';
import { fullResult } from '../../reporters/full-result.ts';
import { passing } from '../../reporters/result-fixture.ts';

/** A run that went well, with an order.p99 of so many milliseconds. */
export function runOf(p99Ms: number, given: Partial<RunResult> = {}): RunResult {
  const order = passing.latencyUs['order'];
  if (order === undefined) throw new Error('the fixture times orders');
  const { throughput } = fullResult;
  return {
    ...passing,
    ...(throughput === undefined ? {} : { throughput }),
    latencyUs: {
      ...passing.latencyUs,
      order: { ...order, response: { ...order.response, p99: p99Ms * 1_000 } },
    },
    ...given,
  };
}

export const side = (label: string, ...results: readonly RunResult[]): Side => ({ label, results });

/** An invariant of a run, changed. */
export function withInvariant(
  result: RunResult,
  name: string,
  change: Partial<InvariantSummary>,
): RunResult {
  const found = result.invariants[name];
  if (found === undefined) throw new Error(`the fixture has no ${name}`);
  return { ...result, invariants: { ...result.invariants, [name]: { ...found, ...change } } };
}

export function comparisonOf(
  baseline: readonly RunResult[],
  candidate: readonly RunResult[],
  options: Partial<Pick<CompareOptions, 'tolerance' | 'gates'>> = {},
) {
  const found = compare({
    baseline: side('before', ...baseline),
    candidates: [side('after', ...candidate)],
    gates: new Map(),
    version: '0.1.0',
    ...options,
  });
  const [only] = found.candidates;
  if (only === undefined) throw new Error('there is a candidate');
  const metric = (name: string): MetricChange => {
    const change = only.metrics.find((entry) => entry.name === name);
    if (change === undefined) throw new Error(`${name} was not compared`);
    return change;
  };
  return { ...only, verdict: found.verdict, metric, whole: found };
}
