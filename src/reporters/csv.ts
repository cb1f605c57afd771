import { metricValues } from '../results/metric-values.ts';
import type { LatencyOverTime, RunResult, Timeline } from '../results/result.ts';
import type { Reporter } from './reporter.ts';
import { plain } from './text.ts';

type Cell = string | number | null;
/** group, name, milliseconds from the opening, value, unit. */
type Row = readonly [group: string, name: string, atMs: number | null, value: Cell, unit: string];

const head = ['group', 'name', 'at_ms', 'value', 'unit'];

/**
 * Every figure as one tidy table (RFC 4180): one figure a row, so that spreadsheets pivot it and data
 * frames read it as it is.
 */
export const csvReporter: Reporter = {
  name: 'csv',
  describe: 'every figure as one table of rows, for spreadsheets and data frames',
  fileName: 'report.csv',
  render(result) {
    const rows = [
      ...runRows(result),
      ...judgementRows(result),
      ...metricRows(result),
      ...codeRows(result),
      ...timelineRows(result.timeline),
      ...latencyRows(result.latencyOverTime),
    ];
    return [head, ...rows].map((cells) => `${cells.map(cellText).join(',')}\r\n`).join('');
  },
};

function runRows(result: RunResult): Row[] {
  const { name, runId, verdict, seed, startedAt, wallMs, flashsim, target, stock } = result;
  return [
    ['run', 'scenario', null, name, ''],
    ['run', 'runId', null, runId, ''],
    ['run', 'verdict', null, verdict, ''],
    ['run', 'seed', null, seed, ''],
    ['run', 'startedAt', null, startedAt, ''],
    ['run', 'wall', null, wallMs, 'ms'],
    ['run', 'flashsim', null, flashsim, ''],
    ['run', 'target', null, target.description, ''],
    ['run', 'stock', null, stock, 'units'],
  ];
}

function judgementRows({ invariants, thresholds }: RunResult): Row[] {
  return [
    ...Object.entries(invariants).flatMap(([name, { verdict, lo, hi, unit }]): Row[] => [
      ['verdict', name, null, verdict, ''],
      ['invariant.least', name, null, lo, unit],
      ['invariant.most', name, null, hi, unit],
    ]),
    ...thresholds.flatMap(({ metric, limit, verdict }): Row[] => [
      ['threshold.verdict', metric, null, verdict, ''],
      ['threshold.limit', metric, null, limit, ''],
    ]),
  ];
}

function metricRows(result: RunResult): Row[] {
  return metricValues(result).map(
    ({ name, value, unit }): Row => ['metric', name, null, value, unit],
  );
}

function codeRows({ codes }: RunResult): Row[] {
  return Object.entries(codes).flatMap(([operation, byCode]) =>
    Object.entries(byCode).map(
      ([code, count]): Row => [`answers.${operation}`, code, null, count, 'count'],
    ),
  );
}

function timelineRows(timeline: Timeline): Row[] {
  const { arrivals, retries = [], firstAttempts, completions, useful, sold } = timeline;
  const { refused, uncertain, refusedByCode = {}, stockLeft = [] } = timeline;
  const orders = { arrivals, retries, firstAttempts, completions, useful };
  const named = { ...orders, sold, refused, uncertain, stockLeft };
  const series = [
    ...Object.entries(named),
    ...Object.entries(refusedByCode).map(([code, counts]) => [`refused.${code}`, counts] as const),
  ];
  return series.flatMap(([name, counts]) => overTime('timeline', name, timeline, counts, ''));
}

function latencyRows(latency: LatencyOverTime | undefined): Row[] {
  if (latency === undefined) return [];
  return Object.entries(latency.operations).flatMap(([operation, { p50, p90, p99, max }]) =>
    Object.entries({ p50, p90, p99, max }).flatMap(([percentile, values]) =>
      overTime('latency', `${operation}.${percentile}`, latency, values, 'µs'),
    ),
  );
}

function overTime(
  group: string,
  name: string,
  { startMs, bucketMs }: { readonly startMs: number; readonly bucketMs: number },
  values: readonly (number | null)[],
  unit: string,
): Row[] {
  return values.map((value, at): Row => [group, name, startMs + at * bucketMs, value, unit]);
}

/** A text that a spreadsheet would take for a formula gets an apostrophe in front (CWE-1236). */
function cellText(cell: Cell): string {
  if (cell === null) return '';
  if (typeof cell === 'number') return String(cell);
  const clean = plain(cell, 4_096);
  const safe = /^[=+\-@]/.test(clean) ? `'${clean}` : clean;
  return /[",]|^\s|\s$/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
