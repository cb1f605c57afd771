import { formatCount } from '../core/units.ts';
import type { FailureBound, SeriesResult } from '../results/series.ts';
import { formatValue, valueParts } from './figures.ts';
import { type Style, styleFor, tableLines, verdictCell } from './terminal/style.ts';
import { hanging, plain, usableColumns } from './text.ts';

/** Metrics that a person looks at first; all of them are in `series.json`. */
const shownMetrics = [
  'sold',
  'amplification',
  'answers.peak',
  'sellOut',
  'order.p50',
  'order.p99',
  'timeouts',
  'unresolved',
];

/** What a series came to, for people at a terminal. */
export function seriesText(
  series: SeriesResult,
  options: { readonly colour: boolean; readonly columns: number; readonly folder: string },
): string {
  const columns = usableColumns(options.columns);
  const style = styleFor(options.colour);
  const { verdict } = series;
  const label = verdict.toUpperCase();
  const head = hanging(`${label}  `, headlineOf(series), columns).map((line, at) =>
    at === 0 ? style.heading(style[verdict](label)) + line.slice(label.length) : line,
  );
  const lines = [
    ...head,
    '',
    style.heading('Runs'),
    ...runLines(series, style),
    '',
    style.heading('Invariants'),
    ...invariantLines(series, style, columns),
    '',
    style.heading('Metrics'),
    ...metricLines(series, style),
    '',
    `${style.faint('Folder')}  ${plain(options.folder, 4_096)}`,
  ];
  return `${lines.join('\n')}\n`;
}

function headlineOf({ runs, planned, oversell, interrupted }: SeriesResult): string {
  const count = runs.length === planned ? `${planned} runs` : `${runs.length} of ${planned} runs`;
  const why = interrupted ? ', then it was interrupted' : '';
  return `${count}${why}; ${boundWords(oversell)}`;
}

/** What was seen, and how much it says of the next run. */
function boundWords({ violated, decided, bound }: FailureBound): string {
  if (decided === 0) return 'whether stock was oversold was decided in none';
  if (violated > 0) return `oversold in ${violated} of ${decided}`;
  if ((bound ?? 1) >= 1) {
    return `oversold in none of ${decided}, which are too few to say how often it happens (3/n)`;
  }
  const share = `${((bound ?? 1) * 100).toFixed((bound ?? 1) < 0.1 ? 1 : 0)} %`;
  return `oversold in none of ${decided}: with 95 % confidence it happens in at most ${share} of runs (3/n)`;
}

function runLines({ runs }: SeriesResult, style: Style): string[] {
  return tableLines(
    runs.map(({ seed, verdict, sold, folder }) => [
      verdictCell(verdict, style),
      `seed ${seed}`,
      sold === null ? 'unknown sold' : `${formatCount(sold)} sold`,
      style.faint(plain(folder, 60)),
    ]),
    { align: ['left', 'right', 'right', 'left'], style },
  );
}

function invariantLines(
  { invariants, runs }: SeriesResult,
  style: Style,
  columns: number,
): string[] {
  const entries = Object.entries(invariants);
  const broken = entries.filter(([, { violated, unknown }]) => violated + unknown > 0);
  const held = entries.filter(([, { violated, unknown }]) => violated + unknown === 0);
  const rows = broken.map(([name, { violated, unknown, worst, unit }]) => [
    verdictCell(violated > 0 ? 'violated' : 'unknown', style),
    plain(name, 24),
    violated > 0 ? `in ${violated} of ${runs.length}` : `in ${unknown} of ${runs.length}`,
    violated > 0 ? `at most ${formatValue(worst, unit)}` : '',
  ]);
  const names = held.map(([name]) => plain(name, 24)).join(', ');
  return [
    ...(rows.length === 0
      ? []
      : tableLines(rows, { align: ['left', 'left', 'left', 'left'], style })),
    ...(held.length === 0 ? [] : hanging('  held in all: ', names, columns).map(style.faint)),
  ];
}

function metricLines({ metrics }: SeriesResult, style: Style): string[] {
  const rows = shownMetrics.flatMap((name) => {
    const found = metrics[name];
    if (found === undefined) return [];
    const { median, min, max, unit } = found;
    const parts = [median, min, max].map((value) => valueParts(value, unit));
    return [[name, ...parts.map(({ number }) => number), parts.at(-1)?.word ?? '']];
  });
  return tableLines(rows, {
    head: ['', 'median', 'least', 'most', ''],
    align: ['left', 'right', 'right', 'right', 'left'],
    style,
  });
}
