import { formatCount, formatDurationMs } from '../../core/units.ts';
import type { RunResult, Timeline } from '../../results/result.ts';
import type { Style } from './style.ts';

const bars = '▁▂▃▄▅▆▇█';
const labelWidth = 13;
const peakWidth = 12;

/** One bar a bucket, each row scaled to its own peak, which is named at its end. */
export function timelineLines(result: RunResult, style: Style, columns: number): string[] {
  const { timeline, attempts, firstAttempts } = result;
  const retried = attempts > firstAttempts;
  const rows: readonly (readonly [string, readonly number[]])[] = [
    ['orders', timeline.arrivals],
    // Side by side, these show a storm: more and more comes, and less and less is of use.
    ['first', retried ? timeline.firstAttempts : []],
    ['goodput', retried ? timeline.useful : []],
    ['sold', timeline.sold],
    ['refused', timeline.refused],
    ['uncertain', timeline.uncertain],
  ];
  const buckets = timeline.arrivals.length;
  if (buckets === 0) return ['  nobody ordered'];
  const room = Math.max(8, columns - labelWidth - peakWidth - 2);
  const merged = Math.ceil(buckets / room);
  const bucketMs = timeline.bucketMs * merged;
  const lines = rows
    .filter(([name, counts]) => name === 'orders' || counts.some((count) => count > 0))
    .map(([name, counts]) => {
      const sums = mergeBuckets(counts, merged);
      const peak = Math.max(...sums);
      const perS = formatCount((peak * 1_000) / bucketMs);
      const label = `  ${name}`.padEnd(labelWidth);
      return `${label}${sparkline(sums)} ${style.faint(`peak ${perS}/s`)}`;
    });
  return [...lines, style.faint(axisLine(timeline, bucketMs))];
}

/** Sums of `size` neighbours each. */
function mergeBuckets(counts: readonly number[], size: number): number[] {
  const sums: number[] = [];
  for (const [index, count] of counts.entries()) {
    const at = Math.floor(index / size);
    sums[at] = (sums[at] ?? 0) + count;
  }
  return sums;
}

/** A bar for each count, relative to the largest; a space for none, the lowest bar for a few. */
function sparkline(counts: readonly number[]): string {
  const peak = Math.max(0, ...counts);
  return counts
    .map((count) => {
      if (count <= 0) return ' ';
      return bars[Math.min(bars.length, Math.ceil((count / peak) * bars.length)) - 1] ?? '';
    })
    .join('');
}

/** Where the opening is, from when to when the bars reach, and how much time one is. */
function axisLine({ startMs, bucketMs, arrivals }: Timeline, barMs: number): string {
  const endMs = startMs + bucketMs * arrivals.length;
  const from = startMs === 0 ? 'the opening' : signed(startMs);
  return `${' '.repeat(labelWidth)}${from} to ${signed(endMs)}, ${formatDurationMs(barMs)} a bar`;
}

function signed(ms: number): string {
  return ms < 0 ? `−${formatDurationMs(-ms)}` : `+${formatDurationMs(ms)}`;
}
