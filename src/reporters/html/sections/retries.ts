import { formatCount } from '../../../core/units.ts';
import type { RunResult } from '../../../results/result.ts';
import { timelineAxis } from '../buckets.ts';
import { chart } from '../chart.ts';
import type { ChartSpec } from '../chart-spec.ts';
import { marksOf } from '../marks.ts';
import { html } from '../markup.ts';
import type { Section } from '../section.ts';

/** How much load the clients made out of first attempts. */
export const retries: Section = {
  id: 'retries',
  title: 'Retries',
  render(result) {
    const { attempts, firstAttempts, amplification, timeline } = result;
    if (attempts === 0) return undefined;
    const words = html`<p>${formatCount(attempts)} orders were sent for ${formatCount(firstAttempts)} first attempts: an amplification of <strong>${amplification.toFixed(2)}</strong>.</p>`;
    if (timeline.retries?.some((count) => count > 0) !== true) return words;
    return html`${words}
${chart(
  {
    title: 'First attempts and retries a second',
    text: 'Retries that go on long after the first attempts are a storm that feeds itself.',
  },
  spec(result, timeline.retries),
)}`;
  },
};

function spec(result: RunResult, retried: readonly number[]): ChartSpec {
  const { x, ranges, perS } = timelineAxis(result, 'when they were sent, from the opening');
  const first = result.timeline.arrivals.map((count, at) => count - (retried[at] ?? 0));
  return {
    x,
    ranges,
    marks: marksOf(result),
    group: 'time',
    y: { label: 'a second', unit: 'perS' },
    series: [
      { label: 'first attempts', values: perS(first), colour: 'blue', draw: 'stack' },
      { label: 'retries', values: perS(retried), colour: 'orange', draw: 'stack' },
    ],
  };
}
