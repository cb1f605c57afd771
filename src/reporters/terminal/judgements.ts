import type { InvariantSummary, RunResult } from '../../results/result.ts';
import { figureParts, formatWhen, valueParts } from '../figures.ts';
import { hanging, plain } from '../text.ts';
import { invariantEntries } from '../words.ts';
import { type Style, tableLines, verdictCell } from './style.ts';

/** The invariants: verdict, name, figure; below those that did not simply hold, why. */
export function invariantLines(result: RunResult, style: Style, columns: number): string[] {
  const entries = invariantEntries(result);
  const rows = tableLines(
    entries.map(([name, found]) => {
      const { number, word } = figureParts(found);
      return [verdictCell(found.verdict, style), plain(name, 24), number, word];
    }),
    { align: ['left', 'left', 'right', 'left'], style },
  );
  const lines = entries.flatMap(([, found], index) => [
    rows[index] ?? '',
    ...detailLines(found, columns).map((line) => style.faint(line)),
  ]);
  const problems = result.problems.flatMap((problem) =>
    hanging(`${verdictCell('unknown', style)}  evidence: `, plain(problem), columns),
  );
  const left = result.notJudged.flatMap(({ name, reason }) =>
    hanging(`  - not judged  ${plain(name, 24)}: `, plain(reason), columns),
  );
  return [...lines, ...problems, ...left.map((line) => style.faint(line))];
}

function detailLines(found: InvariantSummary, columns: number): string[] {
  const lines: string[] = [];
  const holds = found.verdict === 'pass' && found.value === 0;
  if (found.reason !== undefined && !holds) {
    lines.push(...hanging('      ', plain(found.reason), columns));
  }
  const { count, first, worst } = found.witnesses;
  const witness = worst ?? first;
  if (found.verdict !== 'violated' || witness === null) return lines;
  const label = count > 1 ? `      worst of ${count}: ` : '      witness: ';
  lines.push(...hanging(label, plain(witness.summary), columns));
  return [...lines, ...storyLines(found, columns)];
}

const stepsMax = 8;
const factsMax = 2;
const arrows = { request: '→', answer: '←', silence: '×', store: '·' } as const;

/** How it was broken, step by step: who asked what when, and what the store held. */
function storyLines({ story }: InvariantSummary, columns: number): string[] {
  if (story === undefined) return [];
  const { steps, store } = story;
  const shown = steps.slice(0, stepsMax);
  const width = Math.max(0, ...shown.map(({ atMs }) => formatWhen(atMs).length));
  const lines = shown.flatMap(({ kind, atMs, actor, text }) => {
    const when = formatWhen(atMs).padStart(width);
    return hanging(
      `        ${when} ${arrows[kind]} `,
      plain(kind === 'store' ? text : `${actor} ${text}`),
      columns,
    );
  });
  const more = steps.length - shown.length;
  if (more > 0) lines.push(`        … ${more} more ${more === 1 ? 'step' : 'steps'}`);
  const facts = store.slice(0, factsMax);
  return [...lines, ...facts.flatMap((text) => hanging('        · ', plain(text), columns))];
}

/** The scenario's thresholds against what was measured. */
export function thresholdLines({ thresholds }: RunResult, style: Style, columns: number): string[] {
  const rows = tableLines(
    thresholds.map(({ metric, limit, verdict, value, unit }) => {
      const { number, word } =
        value === null ? { number: 'no figure', word: '' } : valueParts(value, unit);
      const bound = `limit ${plain(limit, 16)}`;
      return [verdictCell(verdict, style), plain(metric, 28), number, word, bound];
    }),
    { align: ['left', 'left', 'right', 'left', 'left'], style },
  );
  return thresholds.flatMap(({ verdict, reason }, index) => {
    const row = rows[index] ?? '';
    if (verdict === 'pass' || reason === undefined) return [row];
    return [row, ...hanging('      ', plain(reason), columns).map((line) => style.faint(line))];
  });
}
