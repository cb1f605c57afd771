import { formatCount } from '../../../core/units.ts';
import type { RunResult } from '../../../results/result.ts';
import { retryFacts } from '../../retry-facts.ts';
import { timelineAxis } from '../buckets.ts';
import { chart } from '../chart.ts';
import type { ChartSpec } from '../chart-spec.ts';
import { marksOf } from '../marks.ts';
import { html, type Markup } from '../markup.ts';
import { factList } from '../parts.ts';
import type { Section } from '../section.ts';

/** How much load the clients made out of first attempts. */
export const retries: Section = {
  id: 'retries',
  title: 'Retries',
  render(result) {
    const { attempts, firstAttempts, amplification, timeline } = result;
    if (attempts === 0) return undefined;
    // The first fact is what the words say.
    const facts = retryFacts(result).slice(1);
    return html`<p>${formatCount(attempts)} orders were sent for ${formatCount(firstAttempts)} first attempts: an amplification of <strong>${amplification.toFixed(2)}</strong>.</p>
${facts.length === 0 ? undefined : factList(facts)}
${timeline.retries?.some((count) => count > 0) === true ? charts(result, timeline.retries) : undefined}`;
  },
};

function charts(result: RunResult, retried: readonly number[]): Markup {
  return html`${chart(
    {
      title: 'First attempts and retries a second',
      text: 'Retries that go on long after the first attempts are a storm that feeds itself.',
    },
    retriesChart(result, retried),
  )}
${chart(
  {
    title: 'Wanted and useful answers a second',
    text: 'Useful is an answer in time that the client took for one. Wanted are first attempts, by when they were due.',
  },
  goodputChart(result),
)}`;
}

function goodputChart(result: RunResult): ChartSpec {
  const { x, ranges, perS } = timelineAxis(result, 'from the opening');
  const { firstAttempts, completions, useful } = result.timeline;
  return {
    x,
    ranges,
    marks: marksOf(result),
    group: 'time',
    y: { label: 'a second', unit: 'perS' },
    series: [
      { label: 'useful', values: perS(useful), colour: 'blue', draw: 'area' },
      {
        label: 'answered',
        values: perS(completions),
        colour: 'orange',
        draw: 'step',
        dash: [4, 3],
      },
      { label: 'wanted', values: perS(firstAttempts), colour: 'ink', draw: 'step' },
    ],
  };
}

function retriesChart(result: RunResult, retried: readonly number[]): ChartSpec {
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
