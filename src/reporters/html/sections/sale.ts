import { formatCount } from '../../../core/units.ts';
import type { RunResult } from '../../../results/result.ts';
import { cacheFacts, orderAnswers } from '../../facts.ts';
import { formatShare } from '../../figures.ts';
import { timelineAxis } from '../buckets.ts';
import { chart } from '../chart.ts';
import type { ChartSpec, SeriesSpec } from '../chart-spec.ts';
import { marksOf } from '../marks.ts';
import { html, type Markup } from '../markup.ts';
import { bar, factList, table } from '../parts.ts';
import type { Section } from '../section.ts';

const answersMax = 14;

/** The timeline around the opening: who came, what they were told, and what became of the stock. */
export const sale: Section = {
  id: 'sale',
  title: 'The sale',
  render(result) {
    const { timeline } = result;
    if (timeline.arrivals.length === 0) return html`<p class="empty">Nobody ordered.</p>`;
    return html`${chart(
      {
        title: 'Orders a second',
        text: 'The line is orders as they were sent, retries included. The layers are what became of them, when it was known.',
      },
      ordersChart(result),
    )}
${stockChart(result)}
${result.caches.length === 0 ? undefined : factList(cacheFacts(result))}
${answersTable(result)}`;
  },
};

/** Colours that the usual refusals keep on every page. */
const codeColours: Readonly<Record<string, string>> = {
  'sold-out': 'orange',
  refused: 'orange',
  limited: 'purple',
  'not-open': 'sky',
  closed: 'sky',
  unauthorized: 'yellow',
  'limit-per-user': 'green',
  others: 'grey',
};
const spareColours = ['brown', 'green', 'yellow', 'sky', 'purple'];

function ordersChart(result: RunResult): ChartSpec {
  const { timeline } = result;
  const { x, ranges, perS } = timelineAxis(result, 'from the opening');
  const { refusedByCode = { refused: timeline.refused } } = timeline;
  const refusals = Object.entries(refusedByCode).map(
    ([code, counts], at): SeriesSpec => ({
      label: code,
      values: perS(counts),
      colour: codeColours[code] ?? spareColours[at % spareColours.length] ?? 'grey',
      draw: 'stack',
    }),
  );
  const isUsed = ({ values }: SeriesSpec): boolean => values.some((value) => value !== 0);
  const layers: SeriesSpec[] = [
    { label: 'sold (units)', values: perS(timeline.sold), colour: 'blue', draw: 'stack' },
    ...refusals,
    { label: 'uncertain', values: perS(timeline.uncertain), colour: 'red', draw: 'stack' },
  ];
  return {
    x,
    ranges,
    marks: marksOf(result),
    group: 'time',
    y: { label: 'a second', unit: 'perS' },
    series: [
      ...layers.filter(isUsed),
      { label: 'sent', values: perS(timeline.arrivals), colour: 'ink', draw: 'step' },
    ],
  };
}

function stockChart(result: RunResult): Markup | undefined {
  const { stockLeft } = result.timeline;
  if (stockLeft === undefined) return undefined;
  const { x, ranges, levels } = timelineAxis(result, 'from the opening');
  return chart(
    {
      title: 'Stock left',
      text: 'By the answers: units for sale, less those that buyers were told they have. Below zero, more was promised than there was.',
      marksToldElsewhere: true,
    },
    {
      x,
      ranges,
      marks: marksOf(result),
      group: 'time',
      y: { label: 'units', unit: 'count' },
      series: [{ label: 'left', values: levels(stockLeft), colour: 'blue', draw: 'area' }],
    },
  );
}

function answersTable(result: RunResult): Markup {
  const { attempts, outcomes } = result;
  return html`<h3>How orders ended</h3>
${table(
  'Order attempts by answer',
  [
    { title: 'Answer' },
    { title: 'Orders', align: 'right' },
    { title: 'Share', align: 'right' },
    { title: '' },
  ],
  orderAnswers(result, answersMax).map(({ code, count }) => [
    html`<bdi>${code}</bdi>`,
    formatCount(count),
    formatShare(count, attempts),
    bar(count, attempts, code === 'ok' ? 'blue' : (codeColours[code] ?? 'grey')),
  ]),
)}
<p class="note">${formatCount(outcomes.ok)} ok, ${formatCount(outcomes.fail)} refused with no effect, ${formatCount(outcomes.info)} uncertain; ${formatCount(result.unresolved)} unresolved after look-up and snapshot.</p>`;
}
