import type { RunResult } from '../results/result.ts';
import type { RenderOptions, Reporter } from './reporter.ts';
import {
  faultLines,
  generatorText,
  openingLines,
  outcomeLines,
  trafficLines,
  warningLines,
} from './terminal/facts.ts';
import { gatewayLines } from './terminal/gateway.ts';
import { groupLines } from './terminal/groups.ts';
import { headline } from './terminal/headline.ts';
import { invariantLines, thresholdLines } from './terminal/judgements.ts';
import { latencyLines } from './terminal/latency.ts';
import { recoveryLines } from './terminal/retries.ts';
import { type Style, styleFor } from './terminal/style.ts';
import { timelineLines } from './terminal/timeline.ts';
import { hanging, plain } from './text.ts';

/** Narrower than this nothing can be laid out; wider lines are hard to follow. */
const columnsMin = 40;
const columnsMax = 140;

/** For people at a terminal: the verdict first, then what it rests on, then the measurements. */
export const terminalReporter: Reporter = {
  name: 'terminal',
  describe: 'a summary for people, the verdict first',
  render(result, options) {
    const columns = Math.min(Math.max(Math.floor(options.columns), columnsMin), columnsMax);
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
    ['Opening', openingLines(result, columns)],
    ['Traffic', trafficLines(result, columns)],
    ['Gateway', gatewayLines(result, columns)],
    ['Groups', groupLines(result, columns)],
    ['Faults and events', faultLines(result, style, columns)],
    ['Warnings', warningLines(result, style, columns)],
  ];
}

function identityLines(result: RunResult, style: Style, columns: number): string[] {
  const { name, seed, runId, target, flashsim } = result;
  const what = `${name}, seed ${seed}, run ${runId}, flashsim ${flashsim}`;
  return [what, target.description, generatorText(result)]
    .flatMap((text) => hanging('', plain(text), columns))
    .map((line) => style.faint(line));
}

/** Paths and commands are never broken or cut, so that they can be copied. */
function closingLines({ replay }: RunResult, { folder }: RenderOptions, style: Style): string[] {
  return [
    ...(folder === undefined ? [] : [`${style.faint('Run folder')}  ${plain(folder, 4_096)}`]),
    `${style.faint('Replay    ')}  ${plain(replay, 4_096)}`,
  ];
}
