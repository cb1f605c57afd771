import type { Verdict } from '../../audit/verdict.ts';
import type {
  CandidateComparison,
  Change,
  InvariantChange,
  InvariantSide,
  MetricChange,
  Spread,
} from '../../results/comparison/comparison.ts';
import { formatValue } from '../figures.ts';
import { plain } from '../text.ts';

/** Something that was compared, in words. All texts are as {@link plain} makes them. */
export interface ComparedRow {
  readonly change: Change;
  readonly name: string;
  readonly baseline: string;
  readonly candidate: string;
  /** How much it changed, such as `+48.2 %`. */
  readonly delta: string;
  /** What the change may be, by the noise; empty when nobody knows. */
  readonly interval: string;
  /** What would have been let pass; empty when nothing gates on it. */
  readonly allowed: string;
}

/** How grave a change is, the gravest first. */
const order: readonly Change[] = ['regression', 'unclear', 'worse', 'better', 'changed', 'same'];

/** What a comparison is about: everything that changed, and every metric that gates. */
export function comparedRows({ invariants, metrics }: CandidateComparison): ComparedRow[] {
  const rows = [
    ...invariants.filter(({ change }) => change !== 'same').map(invariantRow),
    ...metrics.filter(({ change, gated }) => gated || change !== 'same').map(metricRow),
  ];
  return rows.sort((a, b) => order.indexOf(a.change) - order.indexOf(b.change));
}

/** How much stayed as it was and gates nothing, such as `14 invariants and 31 other metrics`. */
export function unchangedWords({ invariants, metrics }: CandidateComparison): string {
  const held = invariants.filter(({ change }) => change === 'same').length;
  const others = metrics.filter(({ change, gated }) => !gated && change === 'same').length;
  return [
    ...(held === 0 ? [] : [held === 1 ? 'an invariant' : `${held} invariants`]),
    ...(others === 0 ? [] : [others === 1 ? 'another metric' : `${others} other metrics`]),
  ].join(' and ');
}

/** A row as a sentence, for headlines. */
export function rowWords({
  name,
  baseline,
  candidate,
  delta,
  interval,
  allowed,
}: ComparedRow): string {
  const change =
    delta === '' ? '' : ` (${[delta, interval, allowed].filter((text) => text !== '').join(', ')})`;
  return `${name}: ${baseline} → ${candidate}${change}`;
}

function invariantRow({ name, change, baseline, candidate, unit }: InvariantChange): ComparedRow {
  return {
    change,
    name: plain(name, 60),
    baseline: invariantText(baseline, unit),
    candidate: invariantText(candidate, unit),
    delta: '',
    interval: '',
    allowed: '',
  };
}

const words: Readonly<Record<Verdict, string>> = {
  pass: 'held',
  unknown: 'unknown',
  violated: 'violated',
};

function invariantText({ verdict, violated, judged, worst }: InvariantSide, unit: string): string {
  if (judged === 0) return 'not judged';
  if (verdict !== 'violated') return words[verdict];
  const share = judged === 1 ? '' : ` in ${violated} of ${judged} runs`;
  return `${words[verdict]}${share}, ${formatValue(worst, unit)}`;
}

function metricRow(found: MetricChange): ComparedRow {
  const { name, change, unit, baseline, candidate, interval, allowed, gated } = found;
  return {
    change,
    name: plain(name, 60),
    baseline: spreadText(baseline, unit),
    candidate: spreadText(candidate, unit),
    delta: deltaText(found.delta, found),
    interval:
      interval === null
        ? ''
        : `95 % ${deltaText(interval.low, found)} to ${deltaText(interval.high, found)}`,
    allowed: gated ? `allowed ${deltaText(allowed, found).replace(/^\+/, '')}` : '',
  };
}

/** The median; of several runs with the least and the greatest. */
function spreadText({ runs, median, min, max }: Spread, unit: string): string {
  const middle = formatValue(median, unit);
  return runs === 1 ? middle : `${middle} (${formatValue(min, unit)} to ${formatValue(max, unit)})`;
}

/** A difference as a share of the baseline's median; as it is when that is 0. */
function deltaText(delta: number, { baseline, unit }: MetricChange): string {
  const sign = delta < 0 ? '−' : '+';
  if (baseline.median === 0) return `${sign}${formatValue(Math.abs(delta), unit)}`;
  const percent = Math.abs(delta / baseline.median) * 100;
  return `${sign}${percent.toFixed(percent < 10 ? 1 : 0)} %`;
}
