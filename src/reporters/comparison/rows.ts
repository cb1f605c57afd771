import type { Verdict } from '../../audit/verdict.ts';
import type {
  CandidateComparison,
  Change,
  InvariantChange,
  InvariantSide,
  MetricChange,
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
  return `${words[verdict]}${share}, ${unbroken(formatValue(worst, unit))}`;
}

function metricRow(found: MetricChange): ComparedRow {
  const { name, change, unit, baseline, candidate, interval, gated } = found;
  return {
    change,
    name: plain(name, 60),
    baseline: unbroken(formatValue(baseline.median, unit)),
    candidate: unbroken(formatValue(candidate.median, unit)),
    delta: deltaText(found.delta, found),
    interval:
      interval === null || interval.low === interval.high
        ? ''
        : `95\u00a0%: ${deltaText(interval.low, found)} to ${deltaText(interval.high, found)}`,
    allowed: gated ? `allowed ${allowedText(found)}` : '',
  };
}

/** A difference as a share of the baseline's median; as it is when that is 0. */
function deltaText(delta: number, { baseline, unit }: MetricChange): string {
  const sign = delta < 0 ? '−' : '+';
  if (baseline.median === 0) return unbroken(`${sign}${formatValue(Math.abs(delta), unit)}`);
  return `${sign}${percentText(Math.abs(delta / baseline.median))}`;
}

/** The same of a tolerance, as long as a share of the baseline says anything. */
function allowedText({ allowed, baseline, unit }: MetricChange): string {
  const share = allowed / Math.abs(baseline.median);
  return share <= 1 ? percentText(share) : unbroken(formatValue(allowed, unit));
}

function percentText(share: number): string {
  const percent = share * 100;
  return unbroken(`${percent.toFixed(percent === 0 || percent >= 10 ? 0 : 1)} %`);
}

/** A figure and its unit stay on one line. */
function unbroken(text: string): string {
  return text.replaceAll(' ', '\u00a0');
}
