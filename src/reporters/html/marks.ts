import { formatDurationMs } from '../../core/units.ts';
import type { RunResult } from '../../results/result.ts';
import { formatWhen } from '../figures.ts';
import type { MarkSpec, RangeSpec } from './chart-spec.ts';

/** More could not be told apart. */
const marksMax = 12;

/** What happened at an instant of the sale, for every chart over time. Instants count from the opening. */
export function marksOf(result: RunResult): MarkSpec[] {
  const opening: MarkSpec = { at: 0, sign: 'opening', text: '', kind: 'opening' };
  const moments = [...soldOut(result), ...faults(result), ...events(result), ...oversell(result)]
    .sort((a, b) => a.at - b.at)
    .slice(0, marksMax);
  return [opening, ...moments.map((mark, at) => ({ ...mark, sign: String(at + 1) }))];
}

function soldOut({ throughput }: RunResult): MarkSpec[] {
  const sellOutMs = throughput?.sellOutMs ?? null;
  if (sellOutMs === null) return [];
  const text = `${formatWhen(sellOutMs)} the last unit of the first stock was sold`;
  return [{ at: sellOutMs, sign: '', text, kind: 'figure' }];
}

/** Planned faults and events count from t = 0: without the opening's place on that axis, none is shown. */
function faults({ opening: { fromZeroMs }, faults: planned }: RunResult): MarkSpec[] {
  if (fromZeroMs === undefined) return [];
  return planned
    .filter(({ fired }) => fired)
    .map(({ description, atMs }) => markAt(atMs - fromZeroMs, description, 'fault'));
}

function events({ opening: { fromZeroMs }, events: planned }: RunResult): MarkSpec[] {
  if (fromZeroMs === undefined) return [];
  return planned
    .filter(({ outcome }) => outcome === 'ok')
    .map(({ description, atMs }) => markAt(atMs - fromZeroMs, description, 'event'));
}

/** The answer that the story of the oversell ends with. */
function oversell({ invariants }: RunResult): MarkSpec[] {
  const steps = invariants['oversell']?.story?.steps ?? [];
  const answer = steps.filter(({ kind, atMs }) => kind === 'answer' && atMs !== null).at(-1);
  if (answer?.atMs === undefined || answer.atMs === null) return [];
  return [markAt(answer.atMs, 'the oversell told of above', 'witness')];
}

function markAt(at: number, what: string, kind: MarkSpec['kind']): MarkSpec {
  return { at, sign: '', text: `${formatWhen(at)} ${what}`, kind };
}

/** How much of a run may lie beyond the sell-out before the charts begin with the opening alone. */
const longTail = 2.5;

/** The opening first when the rest of the run is much longer, then everything. */
export function rangesOf({ throughput }: RunResult, startMs: number, endMs: number): RangeSpec[] {
  const whole: RangeSpec = {
    label: `whole run, ${formatDurationMs(endMs - startMs)}`,
    from: startMs,
    to: endMs,
  };
  const sellOutMs = throughput?.sellOutMs ?? null;
  if (sellOutMs === null || sellOutMs <= 0) return [whole];
  const from = Math.max(startMs, -0.25 * sellOutMs);
  const to = Math.min(endMs, 1.75 * sellOutMs);
  if (endMs - startMs < longTail * (to - from)) return [whole];
  return [{ label: 'around the opening', from, to }, whole];
}
