import { describe, expect, it } from 'vitest';
import { auditRun } from '../../src/audit/audit.ts';
import type { Evidence } from '../../src/audit/evidence.ts';
import type { InvariantResult } from '../../src/audit/invariant.ts';
import type { InvariantName } from '../../src/audit/registry.ts';
import type { Verdict } from '../../src/audit/verdict.ts';
import { keyOf } from '../../src/history/attempt.ts';
import { runId } from './history-builder.ts';

/** What one invariant must answer to one planted history. */
export interface InvariantCase {
  readonly title: string;
  readonly name: InvariantName;
  readonly evidence: () => Evidence;
  readonly verdict: Verdict;
  readonly value?: number | null;
  readonly lo?: number;
  readonly hi?: number | null;
  readonly reason?: RegExp;
  /** There is nothing to be said of it. */
  readonly noReason?: true;
  readonly witnesses?: number;
  /** The first witness's summary. */
  readonly first?: RegExp;
}

/** The key of an intent of the built run. */
export const ours = (intent: number): string => keyOf(runId, intent, 0);

export function resultOf(evidence: Evidence, name: InvariantName): InvariantResult {
  const result = auditRun(evidence).invariants[name];
  if (result === undefined) throw new Error(`${name} was not judged`);
  return result;
}

/** One test a case. */
export function describeCases(subject: string, cases: readonly InvariantCase[]): void {
  describe(subject, () => {
    it.each(cases)('answer $verdict to $name of $title', (expected) => {
      const result = resultOf(expected.evidence(), expected.name);
      expect(result.verdict, result.reason).toBe(expected.verdict);
      for (const figure of ['value', 'lo', 'hi'] as const) {
        if (expected[figure] !== undefined) expect(result[figure], figure).toBe(expected[figure]);
      }
      if (expected.reason !== undefined) expect(result.reason).toMatch(expected.reason);
      if (expected.noReason === true) expect(result.reason).toBeUndefined();
      if (expected.witnesses !== undefined) expect(result.witnesses.count).toBe(expected.witnesses);
      if (expected.first !== undefined)
        expect(result.witnesses.first?.summary).toMatch(expected.first);
      if (expected.verdict === 'violated') expect(result.witnesses.first).not.toBeNull();
      if (expected.verdict !== 'pass') expect(result.reason).toBeTruthy();
    });
  });
}
