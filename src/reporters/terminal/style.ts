import { Chalk } from 'chalk';
import Table from 'cli-table3';
import type { Verdict } from '../../audit/verdict.ts';

type Paint = (text: string) => string;

/** Colours by meaning. Without colour each returns its text as it is. */
export interface Style {
  readonly pass: Paint;
  readonly violated: Paint;
  readonly unknown: Paint;
  readonly heading: Paint;
  readonly faint: Paint;
}

/** Sixteen colours at most, which every terminal theme keeps readable. */
export function styleFor(colour: boolean): Style {
  const chalk = new Chalk({ level: colour ? 1 : 0 });
  return {
    pass: (text) => chalk.green(text),
    violated: (text) => chalk.red(text),
    unknown: (text) => chalk.yellow(text),
    heading: (text) => chalk.bold(text),
    faint: (text) => chalk.dim(text),
  };
}

const marks: Readonly<Record<Verdict, string>> = { pass: '✓', unknown: '?', violated: '✗' };

/** A verdict as a mark and a word, both in its colour. */
export function verdictCell(verdict: Verdict, style: Style): string {
  return style[verdict](`${marks[verdict]} ${verdict}`);
}

/** How a table is laid out. */
export interface TableOptions {
  /** Left out: no head. An empty text leaves a column without one. */
  readonly head?: readonly string[];
  readonly align: readonly ('left' | 'right')[];
  readonly style: Style;
}

const noBorders = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '  ',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
};

/** Aligned columns without borders, indented by two; one line a row. */
export function tableLines(rows: readonly (readonly string[])[], options: TableOptions): string[] {
  const { head, align, style } = options;
  const table = new Table({
    chars: noBorders,
    colAligns: [...align],
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0, compact: true },
  });
  if (head !== undefined) table.push(head.map((title) => style.faint(title)));
  table.push(...rows.map((row) => [...row]));
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd());
}
