import type { IntervalList } from './grouping.ts';
import type { FullestWindow } from './sliding-window.ts';

/** Windows that follow one another, and how exactly their edges are known. */
export interface WindowGrid {
  readonly widthNs: number;
  /** Where one of the windows begins, ns since the run's epoch. */
  readonly originNs: number;
  /** The edges lie at most this far from where the grid has them. */
  readonly edgeToleranceNs: number;
}

/** Number of the window that `t` lies in. */
function windowAt({ widthNs, originNs }: WindowGrid, t: number): number {
  return Math.floor((t - originNs) / widthNs);
}

/** The largest number of intervals that lie for certain in one and the same window of the grid. */
export function fullestGridWindow(intervals: IntervalList, grid: WindowGrid): FullestWindow {
  const { count, sentNs, doneNs } = intervals;
  const { edgeToleranceNs } = grid;
  let best = 0;
  let bestWindow = Number.NaN;
  let window = Number.NaN;
  let held = 0;
  for (let at = 0; at < count; at += 1) {
    const first = windowAt(grid, (sentNs[at] ?? 0) - edgeToleranceNs);
    if (first !== windowAt(grid, (doneNs[at] ?? 0) + edgeToleranceNs)) continue;
    held = first === window ? held + 1 : 1;
    window = first;
    if (held > best) {
      best = held;
      bestWindow = window;
    }
  }
  return { count: best, fromNs: grid.originNs + bestWindow * grid.widthNs };
}

/** Where the earliest window begins, at the earliest, that `t` may lie in. */
export function earliestWindowStart(grid: WindowGrid, t: number): number {
  const { originNs, widthNs, edgeToleranceNs } = grid;
  return originNs + windowAt(grid, t - edgeToleranceNs) * widthNs - edgeToleranceNs;
}
