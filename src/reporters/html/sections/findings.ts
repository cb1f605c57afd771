import { formatCount } from '../../../core/units.ts';
import type { InvariantSummary, RunResult } from '../../../results/result.ts';
import { type Gate, gatesOf } from '../../gates.ts';
import { abortWords } from '../../words.ts';
import { html, type Markup } from '../markup.ts';
import { badge } from '../parts.ts';
import type { Section } from '../section.ts';
import { storyOf } from './story.ts';

/** More findings than these are in the table of all gates only. */
const findingsMax = 20;

/** What was violated, with its witnesses and how it came to pass; else what the evidence leaves open. */
export const findings: Section = {
  id: 'findings',
  title: 'Findings',
  render(result) {
    const { verdict, problems } = result;
    if (verdict === 'pass') return undefined;
    const gates = gatesOf(result).filter((gate) => gate.verdict === verdict);
    const shown = gates.slice(0, findingsMax);
    const rest = gates.length - shown.length;
    return html`${problems.map(
      (problem) =>
        html`<article class="finding unknown"><h3>${badge('unknown')} evidence</h3><p><bdi>${problem}</bdi></p></article>`,
    )}
${result.interrupted ? endNote(result) : undefined}
${shown.map((gate) => finding(gate, result))}
${rest > 0 ? html`<p class="note">and ${rest} more, listed below</p>` : undefined}`;
  },
};

function endNote({ abort }: RunResult): Markup {
  const why = abort === undefined ? 'the run was interrupted before its end' : abortWords(abort);
  return html`<p class="note"><bdi>${sentence(why, '')}: what was not seen is not known.</bdi></p>`;
}

function finding(gate: Gate, { invariants }: RunResult): Markup {
  const { name, title, verdict, words, kind, figure } = gate;
  const invariant = kind === 'invariant' ? invariants[name] : undefined;
  return html`<article class="finding ${verdict}">
<h3>${badge(verdict)} <bdi>${name}</bdi> <span class="figure">${figure}</span></h3>
<p class="words"><bdi>${sentence(words, name)}</bdi></p>
<p class="note"><bdi>${verdict === 'violated' ? (invariant?.reason ?? title) : title}</bdi></p>
${invariant === undefined ? undefined : evidenceOf(invariant)}
</article>`;
}

/** The words without the name in front, which stands in the heading. */
function sentence(words: string, name: string): string {
  const text = words.startsWith(`${name}: `) ? words.slice(name.length + 2) : words;
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function evidenceOf({ verdict, witnesses, story }: InvariantSummary): Markup | undefined {
  if (verdict !== 'violated') return undefined;
  const { count, first, worst, last } = witnesses;
  const main = worst ?? first;
  const others = [
    { label: 'First', witness: first },
    { label: 'Last', witness: last },
  ].filter(({ witness }) => witness !== null && witness.summary !== main?.summary);
  return html`${
    main === null
      ? undefined
      : html`<p><strong>${count > 1 ? `Worst of ${formatCount(count)} witnesses` : 'Witness'}</strong> <bdi>${main.summary}</bdi></p>`
  }
${story === undefined ? undefined : storyOf(story)}
${
  others.length === 0
    ? undefined
    : html`<details><summary>More witnesses</summary><ul class="plain">${others.map(
        ({ label, witness }) =>
          html`<li><strong>${label}</strong> <bdi>${witness?.summary}</bdi></li>`,
      )}</ul></details>`
}`;
}
