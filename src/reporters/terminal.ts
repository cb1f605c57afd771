import type { RunResult } from '../results/result.ts';
import {
  cacheFacts,
  controlFact,
  type Fact,
  generatorText,
  limitFacts,
  openingFacts,
} from './facts.ts';
import { gatewayFacts } from './gateway-facts.ts';
import { groupFacts } from './group-facts.ts';
import type { RenderOptions, Reporter } from './reporter.ts';
import { retryFacts } from './retry-facts.ts';
import { factLines, faultLines, outcomeLines, warningLines } from './terminal/facts.ts';
import { headline } from './terminal/headline.ts';
import { invariantLines, thresholdLines } from './terminal/judgements.ts';
import { latencyLines } from './terminal/latency.ts';
import { recoveryLines } from './terminal/recoveries.ts';
import { type Style, styleFor } from './terminal/style.ts';
import { timelineLines } from './terminal/timeline.ts';
import { hanging, plain, usableColumns } from './text.ts';

/** For people at a terminal: the verdict first, then what it rests on, then the measurements. */
export const terminalReporter: Reporter = {
  name: 'terminal',
  describe: 'a summary for people, the verdict first',
  fileName: 'report.txt',
  render(result, options) {
    const columns = usableColumns(options.columns);
    const style = styleFor(options.colour);
    const lines = [
      ...headline(result, style, columns),
      '',
      ...identityLines(result, style, columns),
      ...sectionsOf(result, style, columns).flatMap(([title, section]) =>
        section.length === 0 ? [] : ['', style.heading(title), ...section],
      ),
      '',
      ...closingLines(result, options, style),
    ];
    return `${lines.join('\n')}\n`;
  },
};

function sectionsOf(
  result: RunResult,
  style: Style,
  columns: number,
): readonly (readonly [title: string, lines: readonly string[]])[] {
  return [
    ['Invariants', invariantLines(result, style, columns)],
    ['Thresholds', thresholdLines(result, style, columns)],
    ['Orders', outcomeLines(result, style, columns)],
    ['Latency', latencyLines(result, style, columns)],
    ['Timeline', timelineLines(result, style, columns)],
    ['Recovery', recoveryLines(result, style, columns)],
    ['Opening', factLines(openingFacts(result), columns)],
    ['Traffic', factLines(trafficFacts(result), columns)],
    ['Gateway', factLines(gatewayFacts(result), columns)],
    ['Groups', factLines(groupFacts(result), columns)],
    ['Faults and events', faultLines(result, style, columns)],
    ['Warnings', warningLines(result, style, columns)],
  ];
}

function trafficFacts(result: RunResult): Fact[] {
  return [...retryFacts(result), ...limitFacts(result), ...cacheFacts(result), controlFact(result)];
}

function identityLines(result: RunResult, style: Style, columns: number): string[] {
  const { name, seed, runId, target, flashsim } = result;
  const what = `${name}, seed ${seed}, run ${runId}, flashsim ${flashsim}`;
  return [what, target.description, generatorText(result)]
    .flatMap((text) => (text === undefined ? [] : hanging('', plain(text), columns)))
    .map((line) => style.faint(line));
}

/** Paths and commands are never broken or cut, so that they can be copied. */
function closingLines(
  { replay }: RunResult,
  { folder, page }: RenderOptions,
  style: Style,
): string[] {
  return [
    ...(folder === undefined ? [] : [`${style.faint('Run folder')}  ${plain(folder, 4_096)}`]),
    ...(page === undefined ? [] : [`${style.faint('Report    ')}  ${plain(page, 4_096)}`]),
    `${style.faint('Replay    ')}  ${plain(replay, 4_096)}`,
  ];
}
