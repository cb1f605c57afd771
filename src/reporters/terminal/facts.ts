import { formatCount, formatDurationMs } from '../../core/units.ts';
import type { RunResult } from '../../results/result.ts';
import { type Fact, orderAnswers } from '../facts.ts';
import { formatShare } from '../figures.ts';
import { hanging, plain } from '../text.ts';
import { notePattern } from '../words.ts';
import { type Style, tableLines } from './style.ts';

const rowsMax = 12;

/** How the order attempts ended, the most frequent first. */
export function outcomeLines(result: RunResult, style: Style, columns: number): string[] {
  const { attempts, outcomes } = result;
  if (attempts === 0) return ['  no order was attempted'];
  const table = tableLines(
    orderAnswers(result, rowsMax).map(({ code, count }) => [
      plain(code, 28),
      formatCount(count),
      formatShare(count, attempts),
    ]),
    { align: ['left', 'right', 'right'], style },
  );
  const { ok, fail, info } = outcomes;
  const classes =
    `${formatCount(ok)} ok, ${formatCount(fail)} refused with no effect, ${formatCount(info)} uncertain; ` +
    `${formatCount(result.unresolved)} unresolved after look-up and snapshot`;
  return [...table, ...hanging('  ', classes, columns).map((line) => style.faint(line))];
}

const labelWidth = 20;

/** Facts, each label in front of its text. */
export function factLines(facts: readonly Fact[], columns: number): string[] {
  return facts.flatMap(({ label, text }) =>
    hanging(`  ${label}`.padEnd(labelWidth), plain(text), columns),
  );
}

const eventLabels = {
  ok: '  done       ',
  fail: '  not done   ',
  info: '  uncertain  ',
} as const;

/** What was done to the sale, what was broken on purpose, and what broke without being asked. */
export function faultLines(
  { events, faults, incidents }: RunResult,
  style: Style,
  columns: number,
): string[] {
  const planned = faults.flatMap(({ description, atMs, fired, detail }) => {
    const when = atMs < 0 ? 'before t = 0' : `at ${formatDurationMs(atMs)}`;
    const label = fired ? '  fired      ' : '  not fired  ';
    const lines = hanging(label, plain(`${description} ${when}: ${detail}`), columns);
    return fired ? lines : lines.map((line) => style.unknown(line));
  });
  const done = events.flatMap(({ description, atMs, outcome, detail }) => {
    const label = eventLabels[outcome];
    const why = detail === '' ? '' : `: ${detail}`;
    const when = `at ${formatDurationMs(Math.max(0, atMs))}`;
    const lines = hanging(label, plain(`${description} ${when}${why}`), columns);
    return outcome === 'ok' ? lines : lines.map((line) => style.unknown(line));
  });
  const unplanned = incidents.flatMap((text) => hanging('  incident   ', plain(text), columns));
  return [...done, ...planned, ...unplanned];
}

/** Warnings first, then notes. */
export function warningLines({ warnings }: RunResult, style: Style, columns: number): string[] {
  const isNote = (text: string): boolean => notePattern.test(text);
  const doubts = warnings.filter((text) => !isNote(text));
  const notes = warnings.filter(isNote).map((text) => text.replace(notePattern, ''));
  return [
    ...doubts.flatMap((text) => hanging('  ! ', plain(text), columns)).map(style.unknown),
    ...notes.flatMap((text) => hanging('  note: ', plain(text), columns)).map(style.faint),
  ];
}
