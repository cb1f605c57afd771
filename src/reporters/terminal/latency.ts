import { defined } from '../../core/assert.ts';
import { formatCount } from '../../core/units.ts';
import type { OperationLatency, Percentiles, RunResult } from '../../results/result.ts';
import { formatUs } from '../figures.ts';
import { displayWidth, hanging, plain } from '../text.ts';
import { type Style, tableLines } from './style.ts';

interface Column {
  readonly title: string;
  readonly cell: (row: Row) => string;
  /** The higher, the sooner it is left out of a narrow table; 0 stays. */
  readonly dispensable: number;
}

interface Row {
  readonly operation: string;
  readonly kind: string;
  readonly latency: OperationLatency;
  readonly percentiles: Percentiles;
}

const allColumns: readonly Column[] = [
  { title: '', cell: ({ operation }) => operation, dispensable: 0 },
  { title: '', cell: ({ kind }) => kind, dispensable: 0 },
  { title: 'count', cell: ({ latency }) => formatCount(latency.count), dispensable: 3 },
  { title: 'p50', cell: ({ percentiles }) => formatUs(percentiles.p50), dispensable: 0 },
  { title: 'p90', cell: ({ percentiles }) => formatUs(percentiles.p90), dispensable: 2 },
  { title: 'p99', cell: ({ percentiles }) => formatUs(percentiles.p99), dispensable: 0 },
  { title: 'p99.9', cell: ({ percentiles }) => formatUs(percentiles.p999), dispensable: 1 },
  { title: 'max', cell: ({ percentiles }) => formatUs(percentiles.max), dispensable: 0 },
];

/** Response time (from due) and service time (from sent) of each operation that was timed. */
export function latencyLines({ latencyUs }: RunResult, style: Style, columns: number): string[] {
  const order = ['login', 'page', 'order'];
  const timed = Object.entries(latencyUs)
    .filter(([, latency]) => latency.count > 0)
    .sort(([a], [b]) => order.indexOf(a) - order.indexOf(b));
  if (timed.length === 0) return ['  no request was timed'];
  const rows = timed.flatMap(([name, latency]): Row[] => {
    const operation = plain(name, 12);
    return [
      { operation, kind: 'response', latency, percentiles: latency.response },
      { operation: '', kind: 'service', latency, percentiles: latency.service },
    ];
  });
  const narrower = rows.map((row) => ({ ...row, kind: `${row.kind.slice(0, 4)}.` }));
  const variants = [3, 2, 2, 1, 0].map((most, step) => ({
    rows: step < 2 ? rows : narrower,
    shown: allColumns.filter(({ dispensable }) => dispensable <= most),
  }));
  const colourless = { ...style, faint: (text: string) => text };
  const fitting = variants.find((variant) =>
    linesOf(variant.rows, variant.shown, colourless).every((line) => displayWidth(line) <= columns),
  );
  const { rows: chosen, shown } = fitting ?? defined(variants.at(-1), 'narrowest table');
  const legend = 'response: from when it was due; service: from when it was sent';
  return [
    ...linesOf(chosen, shown, style),
    ...hanging('  ', legend, columns).map((line) => style.faint(line)),
  ];
}

function linesOf(rows: readonly Row[], shown: readonly Column[], style: Style): string[] {
  return tableLines(
    rows.map((row) => shown.map(({ cell }) => cell(row))),
    {
      head: shown.map(({ title }) => title),
      align: shown.map((_column, index) => (index < 2 ? 'left' : 'right')),
      style,
    },
  );
}
