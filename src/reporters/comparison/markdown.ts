import type { Verdict } from '../../audit/verdict.ts';
import type {
  CandidateComparison,
  Change,
  Comparison,
  SideSummary,
} from '../../results/comparison/comparison.ts';
import { codeSpan, markdownTable, markdownText } from '../markdown-text.ts';
import { comparedRows, unchangedWords } from './rows.ts';

const titles: Readonly<Record<Verdict, string>> = {
  pass: '✅ no regression',
  unknown: '❔ unknown',
  violated: '❌ regressed',
};
const marks: Readonly<Record<Change, string>> = {
  regression: '❌ regression',
  unclear: '❔ unclear',
  worse: '🔻 worse',
  better: '🔺 better',
  changed: 'changed',
  same: 'same',
};

/** A comparison for pull requests and step summaries. */
export function comparisonMarkdown({ baseline, candidates }: Comparison): string {
  return `${candidates.map((candidate) => candidateBlock(candidate, baseline)).join('\n\n')}\n`;
}

function candidateBlock(candidate: CandidateComparison, baseline: SideSummary): string {
  const rows = comparedRows(candidate);
  const { comparison, name, differences, notes } = candidate;
  const unchanged = unchangedWords(candidate);
  const blocks = [
    `## ${titles[comparison]}: ${markdownText(name)}`,
    `${sideText(candidate)} against ${sideText(baseline)}.`,
    differences.map((text) => `- differs in ${markdownText(text)}`).join('\n'),
    rows.length === 0
      ? 'Nothing that gates was measured on both sides.'
      : markdownTable(
          ['', 'figure', 'baseline', 'candidate', 'change', 'by the noise', 'allowed'],
          rows.map((row) => [
            marks[row.change],
            markdownText(row.name),
            markdownText(row.baseline),
            markdownText(row.candidate),
            row.delta,
            row.interval,
            row.allowed.replace(/^allowed /, ''),
          ]),
          ['left', 'left', 'right', 'right', 'right', 'left', 'right'],
        ),
    unchanged === '' ? '' : `Unchanged: ${unchanged}.`,
    notes.map((text) => `- ${markdownText(text)}`).join('\n'),
  ];
  return blocks.filter((block) => block !== '').join('\n\n');
}

function sideText({ label, runs, verdict }: SideSummary): string {
  const count = runs.length === 1 ? 'one run' : `${runs.length} runs`;
  return `${codeSpan(label)} (${count}, ${verdict})`;
}
