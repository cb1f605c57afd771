import { formatDurationMs } from '../../../core/units.ts';
import type { RunResult } from '../../../results/result.ts';
import { recoveryText } from '../../retry-facts.ts';
import { html, type Markup } from '../markup.ts';
import { type Cell, table, verdictSigns } from '../parts.ts';
import type { Section } from '../section.ts';

const rowsMax = 100;

/** What was done to the sale, what was broken on purpose, and what broke without being asked. */
export const faults: Section = {
  id: 'faults',
  title: 'Faults and events',
  menu: 'Faults',
  render(result) {
    const rows = [...faultRows(result), ...eventRows(result)];
    const { incidents } = result;
    if (rows.length === 0 && incidents.length === 0) return undefined;
    return html`${
      rows.length === 0
        ? undefined
        : table(
            'Planned faults and events, and what became of them',
            [
              { title: 'At', align: 'right' },
              { title: 'What' },
              { title: 'Came to pass' },
              { title: 'Detail' },
            ],
            rows.slice(0, rowsMax),
          )
    }
${recoveryList(result)}
${incidentList(incidents)}`;
  },
};

/** Instants count from the opening when its place is known, as everywhere on the page. */
function when(atMs: number, { opening: { fromZeroMs } }: RunResult): string {
  if (fromZeroMs === undefined) return `${formatDurationMs(Math.max(0, atMs))} from t = 0`;
  const fromOpening = atMs - fromZeroMs;
  const sign = fromOpening < 0 ? '−' : '+';
  return `${sign}${formatDurationMs(Math.abs(fromOpening))}`;
}

function faultRows(result: RunResult): Cell[][] {
  return result.faults.map(({ description, atMs, fired, detail }) => [
    when(atMs, result),
    html`<bdi>${description}</bdi>`,
    fired ? 'yes' : html`<strong>no</strong>`,
    html`<bdi>${detail}</bdi>`,
  ]);
}

const outcomes = { ok: 'yes', fail: 'no', info: 'nobody knows' } as const;

function eventRows(result: RunResult): Cell[][] {
  return result.events.map(({ description, atMs, outcome, detail }) => [
    when(atMs, result),
    html`<bdi>${description}</bdi>`,
    outcomes[outcome],
    html`<bdi>${detail}</bdi>`,
  ]);
}

const recoveryBadges = {
  recovered: 'pass',
  recovering: 'unknown',
  unknown: 'unknown',
  metastable: 'violated',
} as const;

/** What became of the server after each fault. */
function recoveryList({ recoveries }: RunResult): Markup | undefined {
  if (recoveries.length === 0) return undefined;
  return html`<h3>Recovery</h3><ul class="plain">${recoveries.slice(0, rowsMax).map((recovery) => {
    const verdict = recoveryBadges[recovery.verdict];
    return html`<li><span class="badge ${verdict}"><span aria-hidden="true">${verdictSigns[verdict]}</span> ${recovery.verdict}</span> <bdi>${recoveryText(recovery)}</bdi></li>`;
  })}</ul>`;
}

function incidentList(incidents: readonly string[]): Markup | undefined {
  if (incidents.length === 0) return undefined;
  return html`<h3>Not asked for</h3><ul class="plain">${incidents
    .slice(0, rowsMax)
    .map((text) => html`<li><bdi>${text}</bdi></li>`)}</ul>`;
}
