import { limitFacts } from '../../facts.ts';
import { gatesOf } from '../../gates.ts';
import { gatewayFacts } from '../../gateway-facts.ts';
import { groupFacts } from '../../group-facts.ts';
import { html } from '../markup.ts';
import { badge, factList } from '../parts.ts';
import type { Section } from '../section.ts';

/** Invariants about the limiter and about sessions. */
const judged = ['overAdmission', 'underAdmission', 'deviceLimit', 'userLimit'];

/** The rate limiter, and the cap on devices. */
export const limits: Section = {
  id: 'limits',
  title: 'Limiter and sessions',
  menu: 'Limits',
  render(result) {
    const gates = gatesOf(result).filter(
      ({ kind, name }) => kind === 'invariant' && judged.includes(name),
    );
    return html`${factList([...limitFacts(result), ...gatewayFacts(result), ...groupFacts(result)])}
${
  gates.length === 0
    ? undefined
    : html`<ul class="plain">${gates.map(
        ({ name, title, verdict, figure }) =>
          html`<li>${badge(verdict)} ${name}: ${figure} <span class="faint">(${title})</span></li>`,
      )}</ul>`
}`;
  },
};
