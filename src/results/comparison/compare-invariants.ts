import { type Verdict, worst } from '../../audit/verdict.ts';
import type { RunResult } from '../result.ts';
import type { Change, InvariantChange, InvariantSide } from './comparison.ts';

/**
 * The invariants that either side judged. A violation is proof, however few runs show it: an invariant
 * that held in all runs of the baseline and is violated in one of the candidate's has regressed. One
 * that both sides violate has not, whatever the counts: a race comes out otherwise each time.
 */
export function compareInvariants(
  baseline: readonly RunResult[],
  candidate: readonly RunResult[],
): InvariantChange[] {
  const names = new Set(
    [...baseline, ...candidate].flatMap(({ invariants }) => Object.keys(invariants)),
  );
  return [...names].flatMap((name) => {
    const [before, after] = [sideOf(name, baseline), sideOf(name, candidate)];
    // What the candidate no longer judges can have got worse unseen; what is new cannot be compared.
    if (before.judged === 0) return [];
    return [
      {
        name,
        change: after.judged === 0 ? 'unclear' : changeOf(before.verdict, after.verdict),
        baseline: before,
        candidate: after,
        unit: unitOf(name, [...baseline, ...candidate]),
      },
    ];
  });
}

function changeOf(before: Verdict, after: Verdict): Change {
  if (before === after) return 'same';
  if (after === 'violated') return 'regression';
  if (after === 'unknown') return before === 'violated' ? 'better' : 'unclear';
  return 'better';
}

function sideOf(name: string, results: readonly RunResult[]): InvariantSide {
  const found = results.flatMap(({ invariants }) => {
    const invariant = invariants[name];
    return invariant === undefined ? [] : [invariant];
  });
  return {
    verdict: worst(...found.map(({ verdict }) => verdict)),
    violated: found.filter(({ verdict }) => verdict === 'violated').length,
    judged: found.length,
    worst: Math.max(0, ...found.map(({ lo }) => lo)),
  };
}

function unitOf(name: string, results: readonly RunResult[]): string {
  return (
    results.map(({ invariants }) => invariants[name]?.unit).find((unit) => unit !== undefined) ?? ''
  );
}
