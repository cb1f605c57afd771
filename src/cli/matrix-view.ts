import { type MatrixColumn, matrixFaults } from '../matrix/matrix-faults.ts';
import type { CellOutcome } from '../matrix/outcome.ts';
import { type Style, styleFor, tableLines } from '../reporters/terminal/style.ts';
import { wrap } from '../reporters/text.ts';
import type { Output } from './environment.ts';

/** Below this width the figures that tell least are left out. */
const wideColumns = 100;

/** The matrix as tables, one per fault and number of processes, and what is to be said of it. */
export function renderMatrix(outcomes: readonly CellOutcome[], output: Output): string {
  const style = styleFor(output.colour);
  const lines: string[] = [];
  for (const group of groupsOf(outcomes)) {
    const [first] = group;
    if (first === undefined) continue;
    const { title } = matrixFaults[first.fault as MatrixColumn];
    const where = `${first.store}, ${processesOf(first)}`;
    lines.push('', `${style.heading(title)}  ${style.faint(where)}`);
    lines.push(...tableOf(group, style, output.columns >= wideColumns));
  }
  return [...lines, '', ...notesOf(outcomes, style, output.columns), ''].join('\n');
}

function groupsOf(outcomes: readonly CellOutcome[]): CellOutcome[][] {
  const groups = new Map<string, CellOutcome[]>();
  for (const outcome of outcomes) {
    const key = `${outcome.store}.${outcome.fault}.${outcome.processes}`;
    groups.set(key, [...(groups.get(key) ?? []), outcome]);
  }
  return [...groups.values()];
}

function processesOf({ processes }: CellOutcome): string {
  return processes === 1 ? '1 process' : `${processes} processes`;
}

function tableOf(group: readonly CellOutcome[], style: Style, wide: boolean): string[] {
  const rows = group.map((outcome) => [
    mark(outcome, style),
    outcome.label,
    outcome.expected,
    observedCell(outcome, style),
    number(outcome.oversold),
    number(outcome.stranded),
    ...(wide
      ? [number(outcome.drift), rate(outcome.ordersPerS), milliseconds(outcome.orderP99Ms)]
      : []),
  ]);
  const more = wide ? ['drift', 'orders/s', 'p99 ms'] : [];
  return tableLines(rows, {
    head: ['', 'strategy', 'expected', 'observed', 'oversold', 'stranded', ...more],
    align: ['left', 'left', 'left', 'left', 'right', 'right', 'right', 'right', 'right'],
    style,
  });
}

const number = (value: number | null): string =>
  value === null ? '–' : value.toLocaleString('en-US');
const rate = (value: number | null): string => (value === null ? '–' : value.toFixed(0));
const milliseconds = (value: number | null): string =>
  value === null ? '–' : Math.round(value).toLocaleString('en-US');

function mark({ agreement }: CellOutcome, style: Style): string {
  switch (agreement) {
    case 'as-expected':
      return style.pass('✓');
    case 'not-provoked':
      return style.unknown('·');
    case 'undecided':
      return style.unknown('?');
    case 'surprise':
      return style.violated('✗');
  }
}

function observedCell({ observed, agreement, runs }: CellOutcome, style: Style): string {
  if (agreement === 'not-provoked') return style.unknown(`not provoked in ${runs}`);
  return agreement === 'surprise' ? style.violated(observed) : observed;
}

function notesOf(outcomes: readonly CellOutcome[], style: Style, columns: number): string[] {
  const of = (agreement: CellOutcome['agreement']): readonly CellOutcome[] =>
    outcomes.filter((outcome) => outcome.agreement === agreement);
  const notes = [...of('surprise'), ...of('undecided')].flatMap((outcome) => [
    `${mark(outcome, style)} ${outcome.id}: ${outcome.detail === '' ? `${outcome.observed}, not ${outcome.expected}` : outcome.detail}`,
    ...wrap(outcome.replay, columns - 4).map((line) => `    ${style.faint(line)}`),
  ]);
  const count = (agreement: CellOutcome['agreement'], words: string): string[] =>
    of(agreement).length === 0 ? [] : [`${of(agreement).length} ${words}`];
  const summary = [
    `${outcomes.length} cells`,
    `${of('as-expected').length} as expected`,
    ...count('not-provoked', 'not provoked'),
    ...count('undecided', 'undecided'),
    `${of('surprise').length} surprises`,
  ].join(', ');
  return [...notes, style.heading(summary)];
}
