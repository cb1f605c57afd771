import type { Verdict } from '../../audit/verdict.ts';
import type { Fact } from '../facts.ts';
import { html, type Markup } from './markup.ts';

/** A verdict is told by a sign and a word; its colour comes on top. */
export const verdictSigns: Readonly<Record<Verdict, string>> = {
  pass: '✓',
  unknown: '?',
  violated: '✗',
};

/** A verdict as a small label. */
export function badge(verdict: Verdict): Markup {
  return html`<span class="badge ${verdict}"><span aria-hidden="true">${verdictSigns[verdict]}</span> ${verdict}</span>`;
}

/** Labels and texts, one pair a line. */
export function factList(facts: readonly Fact[]): Markup {
  return html`<dl class="facts">${facts.map(
    ({ label, text }) => html`<div><dt>${label}</dt><dd><bdi>${text}</bdi></dd></div>`,
  )}</dl>`;
}

/** A column of a table. */
export interface Column {
  readonly title: string;
  readonly align?: 'right';
}

/** A cell: text, or markup. */
export type Cell = string | Markup;

/**
 * A table that scrolls sideways by itself when the screen is narrow.
 *
 * @param caption what it shows, for people who do not see it
 */
export function table(
  caption: string,
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
): Markup {
  const classOf = (at: number): string => (columns[at]?.align === 'right' ? 'number' : '');
  return html`<div class="scroller" tabindex="0" role="region" aria-label="${caption}"><table>
<caption class="unseen">${caption}</caption>
<thead><tr>${columns.map(
    ({ title }, at) => html`<th scope="col" class="${classOf(at)}">${title}</th>`,
  )}</tr></thead>
<tbody>${rows.map(
    (cells) =>
      html`<tr>${cells.map((cell, at) => html`<td class="${classOf(at)}">${cell}</td>`)}</tr>\n`,
  )}</tbody></table></div>`;
}

/** A share of a whole as a bar; the number stands beside it. */
export function bar(part: number, whole: number, colour: string): Markup {
  const percent = whole === 0 ? 0 : Math.min(100, (part / whole) * 100);
  return html`<svg class="bar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true"><rect class="track" width="100" height="8"/><rect class="fill ${colour}" width="${percent.toFixed(2)}" height="8"/></svg>`;
}

/** A paragraph that explains what stands above it. */
export function note(text: string): Markup {
  return html`<p class="note">${text}</p>`;
}
