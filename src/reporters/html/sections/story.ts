import type { InvariantSummary } from '../../../results/result.ts';
import { formatWhen } from '../../figures.ts';
import { html, type Markup } from '../markup.ts';

/** More steps than these are not read. */
const stepsMax = 24;
const factsMax = 12;
/** Devices that are told apart by their colour; the name always stands beside it. */
const actorsMax = 4;

const arrows = { request: '→', answer: '←', silence: '×', store: '■' } as const;
const meanings = {
  request: 'asks',
  answer: 'is answered',
  silence: 'hears nothing',
  store: 'the store',
} as const;

type Story = NonNullable<InvariantSummary['story']>;

/** How an invariant was broken, step by step: who asked what when, and what the store held. */
export function storyOf({ steps, store }: Story): Markup {
  const actors = [...new Set(steps.map(({ actor }) => actor))].filter((actor) => actor !== 'store');
  const shown = steps.slice(0, stepsMax);
  const rest = steps.length - shown.length;
  return html`<ol class="story">${shown.map((step) => {
    const number = Math.min(actors.indexOf(step.actor), actorsMax - 1);
    const who = step.kind === 'store' ? 'store' : `actor${number}`;
    return html`<li class="${step.kind} ${who}">
<span class="when">${formatWhen(step.atMs)}</span>
<span class="arrow" aria-hidden="true">${arrows[step.kind]}</span>
<span class="who"><bdi>${step.actor}</bdi> <span class="unseen">${meanings[step.kind]}</span></span>
<span class="what"><bdi>${step.text}</bdi></span></li>`;
  })}</ol>
${rest > 0 ? html`<p class="note">and ${rest} more steps, in witnesses.json</p>` : undefined}
${
  store.length === 0
    ? undefined
    : html`<p class="store-title">In the store, in the end</p><ul class="store-facts">${store
        .slice(0, factsMax)
        .map((fact) => html`<li><bdi>${fact}</bdi></li>`)}</ul>`
}`;
}
