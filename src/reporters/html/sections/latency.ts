import { formatCount } from '../../../core/units.ts';
import type {
  LatencyDistribution,
  OperationLatency,
  OperationLatencyOverTime,
  RunResult,
} from '../../../results/result.ts';
import { formatUs } from '../../figures.ts';
import { chart } from '../chart.ts';
import type { ChartSpec, SeriesSpec } from '../chart-spec.ts';
import { marksOf, rangesOf } from '../marks.ts';
import { html, type Markup } from '../markup.ts';
import { note, table } from '../parts.ts';
import type { Section } from '../section.ts';

const operations = ['order', 'page', 'login'];
/** A page or a login is of less interest than the order: one more chart is enough. */
const chartsMax = 2;

/** Percentiles as a table, over time, and as a distribution. */
export const latency: Section = {
  id: 'latency',
  title: 'Latency',
  render(result) {
    const timed = byImportance(result.latencyUs).filter(([, { count }]) => count > 0);
    if (timed.length === 0) return html`<p class="empty">No request was timed.</p>`;
    const overTime = byImportance(result.latencyOverTime?.operations ?? {}).slice(0, chartsMax);
    const shapes = byImportance(result.latencyDistribution ?? {}).slice(0, chartsMax);
    return html`${percentileTable(timed)}
${overTime.map(([operation, series]) => overTimeChart(result, operation, series))}
${shapes.map(([operation, shape]) => distributionChart(result, operation, shape))}`;
  },
};

function byImportance<T>(found: Readonly<Record<string, T>>): [string, T][] {
  const rank = (name: string): number => {
    const at = operations.indexOf(name);
    return at < 0 ? operations.length : at;
  };
  return Object.entries(found).sort(([a], [b]) => rank(a) - rank(b));
}

function percentileTable(timed: readonly [string, OperationLatency][]): Markup {
  const titles = ['requests', 'p50', 'p90', 'p99', 'p99.9', 'max'];
  const rows = timed.flatMap(([operation, { count, response, service }]) =>
    [
      { kind: 'response', times: response },
      { kind: 'service', times: service },
    ].map(({ kind, times }) => [
      html`<bdi>${operation}</bdi>`,
      kind,
      formatCount(count),
      formatUs(times.p50),
      formatUs(times.p90),
      formatUs(times.p99),
      formatUs(times.p999),
      formatUs(times.max),
    ]),
  );
  return html`${table(
    'Latency percentiles by operation',
    [
      { title: 'Operation' },
      { title: 'Time' },
      ...titles.map((title) => ({ title, align: 'right' as const })),
    ],
    rows,
  )}
${note('Response time counts from when a request was due: what a person felt. Service time counts from when it was sent.')}`;
}

function overTimeChart(
  result: RunResult,
  operation: string,
  { p50, p90, p99, max }: OperationLatencyOverTime,
): Markup | undefined {
  const axis = result.latencyOverTime;
  if (axis === undefined) return undefined;
  const { startMs, bucketMs } = axis;
  const line = (
    label: string,
    values: SeriesSpec['values'],
    colour: string,
    dash?: readonly number[],
  ): SeriesSpec => ({
    label,
    values,
    colour,
    draw: 'line',
    ...(dash === undefined ? {} : { dash }),
  });
  const spec: ChartSpec = {
    x: {
      label: 'when it was due, from the opening',
      unit: 'instant',
      values: p50.map((_, at) => startMs + at * bucketMs),
      end: startMs + p50.length * bucketMs,
    },
    y: { label: 'response time', unit: 'latency', log: true },
    series: [
      line('max', max, 'grey', [2, 4]),
      line('p99', p99, 'red'),
      line('p90', p90, 'orange', [8, 4]),
      line('p50', p50, 'blue'),
    ],
    marks: marksOf(result),
    ranges: rangesOf(result, startMs, startMs + p50.length * bucketMs),
    group: 'time',
  };
  const frame = {
    title: `Response time of ${nouns[operation] ?? operation} over time`,
    text: 'Each request counts at the instant it was due, so that a stall shows when people ran into it.',
    marksToldElsewhere: operation !== 'order',
  };
  return chart(frame, spec);
}

const nouns: Readonly<Record<string, string>> = { order: 'orders', page: 'pages', login: 'logins' };

function distributionChart(
  { latencyUs }: RunResult,
  operation: string,
  { fromUs, response, service }: LatencyDistribution,
): Markup {
  const share = (counts: readonly number[]): number[] => {
    const total = counts.reduce((sum, count) => sum + count, 0);
    return counts.map((count) => (total === 0 ? 0 : (count / total) * 100));
  };
  const times = latencyUs[operation]?.response;
  const from = Math.max(1, fromUs[0] ?? 1);
  // The last of eight bins to a doubling.
  const lastUs = Math.max(2, fromUs.at(-1) ?? 1) * 2 ** (1 / 8);
  const spec: ChartSpec = {
    x: {
      label: 'time',
      unit: 'latency',
      log: true,
      values: fromUs.map((us) => Math.max(1, us)),
      end: lastUs,
    },
    y: { label: 'of requests', unit: 'percent' },
    series: [
      { label: 'response', values: share(response), colour: 'blue', draw: 'area' },
      { label: 'service', values: share(service), colour: 'orange', draw: 'step', dash: [6, 4] },
    ],
    marks:
      times === undefined
        ? []
        : [
            { at: times.p50, sign: 'p50', text: '', kind: 'figure' },
            { at: times.p99, sign: 'p99', text: '', kind: 'figure' },
          ],
    ranges: [{ label: 'all', from, to: lastUs }],
  };
  const frame = {
    title: `How long ${nouns[operation] ?? operation} took`,
    text: 'Share of requests by time, eight bins to each doubling. A second hump is a second kind of request, or a wait.',
  };
  return chart(frame, spec);
}
