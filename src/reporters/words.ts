import { formatCount, formatDurationMs } from '../core/units.ts';
import type { AbortSummary } from '../results/abort.ts';
import type { InvariantSummary, RunResult, ThresholdResult } from '../results/result.ts';
import { formatFigure, formatValue } from './figures.ts';
import { plain } from './text.ts';

/** How a warning begins that informs and casts no doubt. */
export const notePattern = /^note:\s*/i;

/** What a violation means in plain words; `figure` is such as `37 units`. */
const plainWords: Readonly<Record<string, (figure: string) => string>> = {
  oversell: (figure) => `${figure} sold that did not exist`,
  undersell: (figure) => `${figure} left unsold though buyers were turned away`,
  lostOrder: (figure) => `${figure} confirmed to buyers and then not there`,
  falseRejection: (figure) => `${figure} refused and booked all the same`,
  phantomOrder: (figure) => `${figure} booked that nobody placed`,
  duplicateOrder: (figure) => `${figure} booked more than once`,
  userLimit: (figure) => `${figure} sold beyond the limit per person`,
  conservation: (figure) => `${figure} appeared or vanished`,
  falseSoldOut: (figure) => `${figure} about the stock that cannot have been true`,
  keyReuse: (figure) => `${figure} accepted again with another payload`,
  negativeStock: (figure) => `${figure} below zero`,
  lostUpdate: (figure) => `${figure} of stock that overwrote another`,
  reservation: (figure) => `${figure} whose units were taken or released wrongly`,
  saleWindow: (figure) => `${figure} against the opening hours`,
  orderStatus: (figure) => `${figure} stuck, or changed after being final`,
  deviceLimit: (figure) => `${figure} against the rules of sessions`,
  overAdmission: (figure) => `${figure} admitted beyond the rate limit`,
  underAdmission: (figure) => `${figure} limited although the limit had room`,
};

/**
 * The verdict in plain words: what a reader has to know first, the gravest thing at the front. Safe to
 * print, as {@link plain} makes it; a format that obeys other characters escapes them itself.
 */
export function verdictWords(result: RunResult): string[] {
  return result.verdict === 'pass' ? [passWords(result)] : reasonsOf(result);
}

function passWords({ sold, stock, invariants, recoveries }: RunResult): string {
  const units = `${sold === null ? 'unknown' : formatCount(sold)} of ${formatCount(stock)} sold`;
  const held =
    invariants['oversell']?.value === 0 ? 'nobody oversold' : 'every invariant and threshold held';
  // Sold rightly, and yet nobody would call that a success.
  const storm = recoveries.some(({ verdict }) => verdict === 'metastable')
    ? '; but after a fault the server stayed down, see Recovery'
    : '';
  return `${units}, ${held}${storm}`;
}

function reasonsOf(result: RunResult): string[] {
  const { verdict } = result;
  const invariants = invariantEntries(result).filter(([, found]) => found.verdict === verdict);
  const thresholds = result.thresholds.filter(
    (found) => found.verdict === verdict && result.invariants[found.metric] === undefined,
  );
  const reasons = [
    ...(verdict === 'unknown'
      ? result.problems.map((problem) => `evidence: ${plain(problem)}`)
      : []),
    ...invariants.map(([name, found]) => invariantWords(name, found)),
    ...thresholds.map(thresholdWords),
  ];
  const { abort } = result;
  if (abort !== undefined) return [abortWords(abort), ...reasons];
  if (result.interrupted && verdict === 'unknown') {
    // Each invariant then says the same; once is enough.
    return ['the run was interrupted before its end, so nothing can be said to have held'];
  }
  return reasons.length > 0 ? reasons : ['the evidence does not decide'];
}

/** What ended a run before its end. */
export function abortWords({ metric, limit, value, unit, afterOpeningMs }: AbortSummary): string {
  const figure = formatFigure({ value, lo: value, hi: value, unit });
  const after = formatDurationMs(afterOpeningMs);
  return `the run was ended ${after} after the opening: ${plain(metric)} was ${figure}, its limit is ${plain(limit)}`;
}

/** An invariant and what became of it, in a sentence. */
export function invariantWords(name: string, found: InvariantSummary): string {
  const figure = formatFigure(found);
  if (found.verdict === 'violated') {
    const words = plainWords[name]?.(figure) ?? `${plain(found.title)}: ${figure}`;
    return `${plain(name)}: ${words}`;
  }
  return `${plain(name)}: ${plain(found.reason ?? `${found.title}: ${figure}`)}`;
}

/** A threshold and what became of it, in a sentence. */
export function thresholdWords({
  metric,
  limit,
  value,
  unit,
  verdict,
  reason,
}: ThresholdResult): string {
  const figure = value === null ? '' : ` ${formatValue(value, unit)}`;
  const why = verdict === 'violated' || reason === undefined ? '' : `, ${reason}`;
  return plain(`${metric}:${figure === '' ? ' no figure' : figure} (limit ${limit})${why}`);
}

const severity = { violated: 0, unknown: 1, pass: 2 } as const;

/** The invariants, the gravest verdict first, then by their number. */
export function invariantEntries({ invariants }: RunResult): [string, InvariantSummary][] {
  const numberOf = (id: string): number => Number(id.replace(/^\D+/, ''));
  return Object.entries(invariants).sort(
    ([, a], [, b]) => severity[a.verdict] - severity[b.verdict] || numberOf(a.id) - numberOf(b.id),
  );
}
