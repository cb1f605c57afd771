import type { ChartSpec } from './chart-spec.ts';
import { html, jsonScript, type Markup, visible } from './markup.ts';

/** What stands around a chart. */
export interface ChartFrame {
  readonly title: string;
  /** What it shows and what to look for, in a sentence or two. */
  readonly text: string;
  /** The marks are told below another chart close by. */
  readonly marksToldElsewhere?: boolean;
}

/**
 * A chart with its legend, its marks in words, and its numbers as a table. The script of the page fills
 * it in; what is said here is there without one.
 */
export function chart({ title, text, marksToldElsewhere }: ChartFrame, spec: ChartSpec): Markup {
  const shown: ChartSpec = {
    ...spec,
    series: spec.series.map((series) => ({ ...series, label: visible(series.label) })),
    marks: spec.marks.map((mark) => ({ ...mark, text: visible(mark.text) })),
  };
  const named = spec.marks.filter(({ text: words }) => words !== '' && marksToldElsewhere !== true);
  return html`<figure class="chart">
<figcaption><h3>${title}</h3><p>${text}</p></figcaption>
<div class="controls"></div>
<div class="plot" tabindex="0" role="group" aria-roledescription="chart" aria-label="${title}. Arrow keys move along it, plus and minus zoom, Escape shows all."></div>
<div class="legend"></div>
<p class="unseen" aria-live="polite"></p>
${
  named.length === 0
    ? undefined
    : html`<ol class="marks">${named.map(
        ({ sign, kind, text: words }) =>
          html`<li><span class="sign ${kind}">${sign}</span> <bdi>${words}</bdi></li>`,
      )}</ol>`
}
<details class="numbers"><summary>Numbers</summary></details>
<script type="application/json">${jsonScript(shown)}</script>
</figure>`;
}
