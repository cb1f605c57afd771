import { formatCount, formatDurationMs } from '../../core/units.ts';
import type { RunResult } from '../../results/result.ts';
import { formatFigure, formatUs } from '../figures.ts';
import { notePattern, verdictWords } from '../words.ts';
import { html, type Markup } from './markup.ts';
import { verdictSigns } from './parts.ts';

const wordsMax = 4;

/** The top of the page: what was played, the verdict in plain words, and the figures to remember. */
export function summary(result: RunResult): Markup {
  const { name, target, seed, runId, startedAt, verdict } = result;
  const words = verdictWords(result);
  const rest = words.length - wordsMax;
  return html`<header class="top">
<p class="brand">flashsim</p>
<h1><bdi>${name}</bdi></h1>
<p class="identity"><bdi>${target.description}</bdi> · seed ${seed} · run <bdi>${runId}</bdi> · <time datetime="${startedAt}">${readableTime(startedAt)}</time></p>
</header>
<section class="verdict ${verdict}" aria-label="Verdict">
<p class="word"><span aria-hidden="true">${verdictSigns[verdict]}</span> ${verdict.toUpperCase()}</p>
<ul class="reasons">${words.slice(0, wordsMax).map((text) => html`<li><bdi>${text}</bdi></li>`)}${
    rest > 0 ? html`<li>and ${rest} more, see below</li>` : undefined
  }</ul>
</section>
<dl class="tiles">${tiles(result).map(
    ({ label, value, detail, alarm }) =>
      html`<div class="tile ${alarm === true ? 'alarm' : ''}"><dt>${label}</dt><dd><span class="value">${value}</span>${
        detail === undefined ? undefined : html` <span class="detail">${detail}</span>`
      }</dd></div>`,
  )}</dl>
${doubts(result)}`;
}

/** What casts doubt on a figure is told at length further down. */
function doubts({ warnings }: RunResult): Markup | undefined {
  const count = warnings.filter((text) => !notePattern.test(text)).length;
  if (count === 0) return undefined;
  const words = count === 1 ? 'a warning' : `${count} warnings`;
  return html`<p class="doubts"><span aria-hidden="true">!</span> Before trusting a figure, read <a href="#measurement">${words}</a> about how it was measured.</p>`;
}

/** `2026-11-27 09:59:48 UTC`; as it stands when it is no instant. */
function readableTime(iso: string): string {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/.test(iso)
    ? `${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC`
    : iso;
}

interface Tile {
  readonly label: string;
  readonly value: string;
  readonly detail?: string;
  /** It broke something. */
  readonly alarm?: boolean;
}

function tiles(result: RunResult): Tile[] {
  const { sold, stock, invariants, throughput, amplification, attempts, latencyUs } = result;
  const oversell = invariants['oversell'];
  const order = latencyUs['order'];
  const sellOutMs = throughput?.sellOutMs ?? null;
  return [
    {
      label: 'Sold',
      value: sold === null ? 'unknown' : formatCount(sold),
      detail: `of ${formatCount(stock)}`,
      alarm: sold !== null && sold > stock,
    },
    ...(oversell === undefined
      ? []
      : [
          {
            label: 'Oversold',
            value: formatFigure({ ...oversell, unit: 'count' }),
            detail: 'units',
            alarm: oversell.verdict === 'violated',
          },
        ]),
    ...(sellOutMs === null
      ? []
      : [{ label: 'Sold out after', value: formatDurationMs(sellOutMs) }]),
    ...(throughput === undefined
      ? []
      : [
          {
            label: 'Peak answers',
            value: formatCount(throughput.answersPeakPerS),
            detail: 'a second',
          },
        ]),
    ...(order === undefined || order.count === 0
      ? []
      : [
          {
            label: 'Order p99',
            value: formatUs(order.response.p99),
            detail: `p50 ${formatUs(order.response.p50)}`,
          },
        ]),
    ...(attempts === 0
      ? []
      : [
          {
            label: 'Amplification',
            value: amplification.toFixed(2),
            detail: `${formatCount(attempts)} orders`,
          },
        ]),
  ];
}
