import type { Json } from '../../../core/json.ts';
import { html, type Markup } from '../markup.ts';
import { outline } from '../outline.ts';
import { factList } from '../parts.ts';
import type { Section } from '../section.ts';

/** All that is needed to play the same again. */
export const record: Section = {
  id: 'record',
  title: 'Scenario and replay',
  menu: 'Replay',
  render(result) {
    const { replay, scenario, seed, scenarioHash, planHash, runId, startedAt } = result;
    return html`<p>The same plan again:</p>
<div class="command"><pre tabindex="0"><code><bdi>${replay}</bdi></code></pre><button type="button" class="copy" hidden>Copy</button></div>
${factList([
  { label: 'seed', text: String(seed) },
  { label: 'run', text: runId },
  { label: 'started', text: startedAt },
  { label: 'scenario hash', text: scenarioHash },
  { label: 'plan hash', text: planHash },
])}
${scenario === undefined ? undefined : scenarioText(scenario)}`;
  },
};

function scenarioText(scenario: Json): Markup {
  return html`<details><summary>The scenario as it was played</summary>
<p class="note">Defaults filled in; durations in milliseconds, rates a second.</p>
<pre class="scenario" tabindex="0"><code>${outline(scenario).map((line) => html`${line}\n`)}</code></pre></details>`;
}
