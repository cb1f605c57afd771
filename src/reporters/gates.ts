import type { Verdict } from '../audit/verdict.ts';
import type { InvariantSummary, RunResult, ThresholdResult } from '../results/result.ts';
import { formatFigure, formatValue } from './figures.ts';
import { plain } from './text.ts';
import { invariantEntries, invariantWords, thresholdWords } from './words.ts';

/** Something that decides on the verdict of a run. All texts are as {@link plain} makes them. */
export interface Gate {
  readonly kind: 'invariant' | 'threshold';
  readonly name: string;
  /** What it is about, or the limit. */
  readonly title: string;
  readonly verdict: Verdict;
  /** The figure with its unit. */
  readonly figure: string;
  /** What to know about it in a sentence. */
  readonly words: string;
  /** The worst witness of a violation. */
  readonly witness?: string;
}

/** Everything that decided, the gravest first; a threshold on an invariant is that invariant's limit. */
export function gatesOf(result: RunResult): Gate[] {
  const invariants = invariantEntries(result).map(([name, found]) => invariantGate(name, found));
  const thresholds = result.thresholds
    .filter(({ metric }) => result.invariants[metric] === undefined)
    .map(thresholdGate);
  const order = { violated: 0, unknown: 1, pass: 2 } as const;
  return [...invariants, ...thresholds].sort((a, b) => order[a.verdict] - order[b.verdict]);
}

function invariantGate(name: string, found: InvariantSummary): Gate {
  const witness = found.witnesses.worst ?? found.witnesses.first;
  const { verdict } = found;
  return {
    kind: 'invariant',
    name: plain(name, 60),
    title: plain(found.title),
    verdict,
    figure: formatFigure(found),
    words: invariantWords(name, found),
    ...(verdict === 'violated' && witness !== null ? { witness: plain(witness.summary) } : {}),
  };
}

function thresholdGate(found: ThresholdResult): Gate {
  const { metric, limit, verdict, value, unit } = found;
  return {
    kind: 'threshold',
    name: plain(metric, 60),
    title: `limit ${plain(limit, 60)}`,
    verdict,
    figure: value === null ? 'no figure' : formatValue(value, unit),
    words: thresholdWords(found),
  };
}
