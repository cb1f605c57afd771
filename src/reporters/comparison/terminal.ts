import type { Verdict } from '../../audit/verdict.ts';
import type {
  CandidateComparison,
  Change,
  Comparison,
  SideSummary,
} from '../../results/comparison/comparison.ts';
import { type Style, styleFor, tableLines } from '../terminal/style.ts';
import { hanging, plain, usableColumns } from '../text.ts';
import { type ComparedRow, comparedRows, rowWords, unchangedWords } from './rows.ts';

const reasonsMax = 4;

const labels: Readonly<Record<Verdict, string>> = {
  pass: 'NO REGRESSION',
  unknown: 'UNKNOWN',
  violated: 'REGRESSED',
};

/** A comparison for people at a terminal, what regressed first. */
export function comparisonText(
  comparison: Comparison,
  options: { readonly colour: boolean; readonly columns: number },
): string {
  const columns = usableColumns(options.columns);
  const style = styleFor(options.colour);
  const blocks = comparison.candidates.map((candidate) =>
    candidateLines(candidate, comparison.baseline, style, columns),
  );
  return `${blocks.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

function candidateLines(
  candidate: CandidateComparison,
  baseline: SideSummary,
  style: Style,
  columns: number,
): string[] {
  const rows = comparedRows(candidate);
  const { differences, notes } = candidate;
  const unchanged = unchangedWords(candidate);
  return [
    ...headlineOf(candidate, rows, style, columns),
    '',
    ...hanging('baseline   ', sideText(baseline), columns),
    ...hanging('candidate  ', sideText(candidate), columns),
    ...differences.flatMap((text) => hanging('differs in ', plain(text), columns)),
    ...(rows.length === 0 ? [] : ['', ...tableOf(rows, style, columns)]),
    ...(unchanged === ''
      ? []
      : ['', ...hanging('unchanged  ', unchanged, columns).map(style.faint)]),
    ...notes.flatMap((text) => hanging('note       ', plain(text), columns)).map(style.faint),
  ];
}

function headlineOf(
  { comparison }: CandidateComparison,
  rows: readonly ComparedRow[],
  style: Style,
  columns: number,
): string[] {
  const label = labels[comparison];
  const wanted: Change = comparison === 'violated' ? 'regression' : 'unclear';
  const found = comparison === 'pass' ? [] : rows.filter(({ change }) => change === wanted);
  const rest = found.length - reasonsMax;
  const reasons = [
    ...found.slice(0, reasonsMax).map(rowWords),
    ...(rest > 0 ? [`and ${rest} more, see below`] : []),
  ];
  if (reasons.length === 0) {
    reasons.push(
      comparison === 'pass' ? 'nothing that gates got worse' : 'the candidate was interrupted',
    );
  }
  return reasons.flatMap((reason, index) => {
    const indent = index === 0 ? `${label}  ` : ' '.repeat(label.length + 2);
    return hanging(indent, reason, columns).map((line, row) =>
      index === 0 && row === 0
        ? style.heading(style[comparison](label)) + line.slice(label.length)
        : line,
    );
  });
}

/** `reports/a: 5 runs of sale-opening, seeds 1 to 5, violated`. */
function sideText({ label, name, runs, verdict }: SideSummary): string {
  const seeds = runs.map(({ seed }) => seed);
  const [least, most] = [Math.min(...seeds), Math.max(...seeds)];
  const range = least === most ? `seed ${least}` : `seeds ${least} to ${most}`;
  const count = runs.length === 1 ? 'a run' : `${runs.length} runs`;
  return plain(`${label}: ${count} of ${name}, ${range}, ${verdict}`, 400);
}

const marks: Readonly<Record<Change, string>> = {
  regression: '✗ regression',
  unclear: '? unclear',
  worse: '↓ worse',
  better: '↑ better',
  changed: '~ changed',
  same: '= same',
};

/** As a table where it fits, else a line or two each. */
function tableOf(rows: readonly ComparedRow[], style: Style, columns: number): string[] {
  const paints: Readonly<Record<Change, (text: string) => string>> = {
    regression: style.violated,
    unclear: style.unknown,
    worse: style.unknown,
    better: style.pass,
    changed: (text) => text,
    same: style.faint,
  };
  const lines = (painted: boolean): string[] =>
    tableLines(
      rows.map(({ change, name, baseline, candidate, delta, interval, allowed }) => [
        painted ? paints[change](marks[change]) : marks[change],
        name,
        baseline,
        candidate,
        delta,
        interval,
        allowed,
      ]),
      {
        head: ['', '', 'baseline', 'candidate', 'change', '', ''],
        align: ['left', 'left', 'right', 'right', 'right', 'left', 'left'],
        style: painted ? style : styleFor(false),
      },
    );
  if (Math.max(...lines(false).map((line) => line.length)) <= columns) return lines(true);
  return rows.flatMap((row) => {
    const label = `  ${marks[row.change]}`.padEnd(16);
    return hanging(label, rowWords(row), columns).map((line, at) =>
      at === 0 ? paints[row.change](label) + line.slice(label.length) : line,
    );
  });
}
