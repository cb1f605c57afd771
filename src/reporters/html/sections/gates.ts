import type { RunResult } from '../../../results/result.ts';
import { type Gate, gatesOf } from '../../gates.ts';
import { html, type Markup } from '../markup.ts';
import { badge, type Cell, table } from '../parts.ts';
import type { Section } from '../section.ts';

/** A scenario names some twenty; a file that somebody made up may hold any number. */
const rowsMax = 200;

/** Everything that decided on the verdict. */
export const gates: Section = {
  id: 'gates',
  title: 'Invariants and thresholds',
  menu: 'Gates',
  render(result) {
    const all = gatesOf(result);
    if (all.length === 0 && result.notJudged.length === 0) return undefined;
    const shown = all.slice(0, rowsMax);
    const rest = all.length - shown.length;
    return html`${
      all.length === 0
        ? html`<p>Nothing was judged.</p>`
        : table(
            'Invariants and thresholds with their verdicts and figures',
            [{ title: 'Verdict' }, { title: 'Gate' }, { title: 'Figure', align: 'right' }],
            shown.map((gate) => row(gate, result)),
          )
    }
${rest > 0 ? html`<p class="note">and ${rest} more in result.json</p>` : undefined}
${notJudged(result)}`;
  },
};

function row({ name, title, verdict, figure, kind }: Gate, { invariants }: RunResult): Cell[] {
  const reason = kind === 'invariant' ? invariants[name]?.reason : undefined;
  const more = reason === undefined ? undefined : html`<br><bdi class="faint">${reason}</bdi>`;
  return [
    badge(verdict),
    html`<strong><bdi>${name}</bdi></strong> <bdi>${title}</bdi>${more}`,
    html`<bdi>${figure}</bdi>`,
  ];
}

function notJudged({ notJudged: left }: RunResult): Markup | undefined {
  if (left.length === 0) return undefined;
  return html`<details><summary>Not judged: ${left.length}</summary><ul class="plain">${left
    .slice(0, rowsMax)
    .map(
      ({ name, reason }) => html`<li><strong><bdi>${name}</bdi></strong> <bdi>${reason}</bdi></li>`,
    )}</ul></details>`;
}
