import { formatCount, formatDurationMs } from '../core/units.ts';
import type { RunResult } from '../results/result.ts';
import { orderAnswers } from './facts.ts';
import { formatShare, formatUs } from './figures.ts';
import { type Gate, gatesOf } from './gates.ts';
import { waitingRoomFacts } from './gateway-facts.ts';
import { codeSpan, markdownTable, markdownText } from './markdown-text.ts';
import type { Reporter } from './reporter.ts';
import { notePattern, verdictWords } from './words.ts';

const wordsMax = 6;
const gatesMax = 40;
const codesMax = 8;
const warningsMax = 10;
const badges = { pass: '✅ pass', unknown: '❔ unknown', violated: '❌ violated' } as const;

/** For pull requests, issues and step summaries: GitHub Flavored Markdown. */
export const markdownReporter: Reporter = {
  name: 'markdown',
  describe: 'a summary in Markdown, for pull requests and step summaries',
  fileName: 'report.md',
  render(result) {
    const blocks = [
      headline(result),
      gateTable(result),
      figures(result),
      codes(result),
      warnings(result),
      `Replay: ${codeSpan(result.replay)}`,
    ];
    return `${blocks.filter((block) => block !== '').join('\n\n')}\n`;
  },
};

function headline(result: RunResult): string {
  const { name, seed, runId, target, verdict } = result;
  const words = verdictWords(result);
  const more = words.length > wordsMax ? [`and ${words.length - wordsMax} more`] : [];
  const list = [...words.slice(0, wordsMax), ...more].map((text) => `- ${markdownText(text)}`);
  return [
    `## ${badges[verdict]}: ${markdownText(name)}`,
    '',
    ...list,
    '',
    `${markdownText(target.description)}, seed ${seed}, run ${markdownText(runId)}`,
  ].join('\n');
}

/** What held is one line: a reader of a pull request looks for what did not. */
function gateTable(result: RunResult): string {
  const gates = gatesOf(result);
  const held = gates.filter(({ verdict }) => verdict === 'pass');
  const open = gates.filter(({ verdict }) => verdict !== 'pass');
  const rest = open.length - gatesMax;
  const names = held.map(({ name }) => markdownText(name)).join(', ');
  const lines = [
    ...(open.length === 0 ? [] : [tableOf(open.slice(0, gatesMax))]),
    ...(rest > 0 ? [`and ${rest} more`] : []),
    ...(held.length === 0 ? [] : [`Held: ${names}.`]),
  ];
  return lines.join('\n\n');
}

function tableOf(gates: readonly Gate[]): string {
  return markdownTable(
    ['verdict', 'gate', 'figure', 'what happened'],
    gates.map(({ verdict, name, figure, words, witness }) => [
      badges[verdict],
      markdownText(name),
      markdownText(figure),
      markdownText(witness ?? words),
    ]),
    ['left', 'left', 'right', 'left'],
  );
}

function figures(result: RunResult): string {
  const { attempts, amplification, sold, stock, unresolved, throughput, latencyUs } = result;
  const order = latencyUs['order'];
  const sellOutMs = throughput?.sellOutMs ?? null;
  const rows = [
    ['sold', `${sold === null ? 'unknown' : formatCount(sold)} of ${formatCount(stock)} units`],
    ...(sellOutMs === null ? [] : [['sold out after', formatDurationMs(sellOutMs)]]),
    ['order attempts', `${formatCount(attempts)}, amplification ${amplification.toFixed(2)}`],
    ...(order === undefined || order.count === 0
      ? []
      : [
          [
            'order response time',
            `p50 ${formatUs(order.response.p50)}, p99 ${formatUs(order.response.p99)}`,
          ],
        ]),
    ...(throughput === undefined
      ? []
      : [['answers at the peak', `${formatCount(throughput.answersPeakPerS)}/s`]]),
    ['unresolved', formatCount(unresolved)],
    ...waitingRoomFacts(result).map(({ label, text }) => [markdownText(label), markdownText(text)]),
  ];
  return markdownTable(['figure', ''], rows, ['left', 'left']);
}

function codes(result: RunResult): string {
  const answers = orderAnswers(result, codesMax);
  if (answers.length === 0) return 'No order was attempted.';
  return markdownTable(
    ['answer', 'orders', 'share'],
    answers.map(({ code, count }) => [
      markdownText(code),
      formatCount(count),
      formatShare(count, result.attempts),
    ]),
    ['left', 'right', 'right'],
  );
}

/** Doubts only: notes say the same under every run. */
function warnings(result: RunResult): string {
  const doubts = [...result.problems, ...result.incidents, ...result.warnings].filter(
    (text) => !notePattern.test(text),
  );
  if (doubts.length === 0) return '';
  const shown = doubts.slice(0, warningsMax).map((text) => `- ${markdownText(text)}`);
  const rest = doubts.length - shown.length;
  return [
    'Before trusting a figure:',
    '',
    ...shown,
    ...(rest > 0 ? [`- and ${rest} more`] : []),
  ].join('\n');
}
