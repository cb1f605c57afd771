import { formatCount, formatDurationMs } from '../../../core/units.ts';
import type { RunResult } from '../../../results/result.ts';
import { controlFact, type Fact, openingFacts } from '../../facts.ts';
import { notePattern } from '../../words.ts';
import { html, type Markup } from '../markup.ts';
import { factList } from '../parts.ts';
import type { Section } from '../section.ts';

const warningsMax = 50;

/** Whether the figures can be trusted: warnings, the opening as achieved, the load generator. */
export const measurement: Section = {
  id: 'measurement',
  title: 'How it was measured',
  menu: 'Measurement',
  render(result) {
    return html`${warnings(result)}
${factList([...openingFacts(result), ...generatorFacts(result), controlFact(result)])}`;
  },
};

function warnings({ warnings: all }: RunResult): Markup | undefined {
  if (all.length === 0) return undefined;
  const doubts = all.filter((text) => !notePattern.test(text));
  const notes = all.filter((text) => notePattern.test(text));
  return html`<ul class="warnings">${doubts
    .slice(0, warningsMax)
    .map(
      (text) =>
        html`<li><span class="badge unknown"><span aria-hidden="true">!</span> doubt</span> <bdi>${text}</bdi></li>`,
    )}${notes
    .slice(0, warningsMax)
    .map((text) => html`<li class="faint"><bdi>${text.replace(notePattern, '')}</bdi></li>`)}</ul>`;
}

function generatorFacts({ generator, wallMs, flashsim }: RunResult): Fact[] {
  const { workers, cpuSeconds, rssMaxMb, eventLoopDelayMaxMs, droppedArrivals } = generator;
  const processes = `${workers} load ${workers === 1 ? 'process' : 'processes'}`;
  return [
    {
      label: 'load generator',
      text: `${processes}, ${cpuSeconds.toFixed(1)} s of CPU, stood still for ${formatDurationMs(eventLoopDelayMaxMs)} at most`,
    },
    {
      label: 'memory',
      text: `${formatCount(rssMaxMb)} MB at most, servers and stores included`,
    },
    { label: 'never sent', text: `${formatCount(droppedArrivals)} planned first attempts` },
    { label: 'took', text: `${formatDurationMs(wallMs)} in all, by flashsim ${flashsim}` },
  ];
}
