import { formatCount, formatDurationMs } from '../core/units.ts';
import type { Knee } from '../engine/knee-search.ts';
import type { SaturationStep } from '../engine/saturate.ts';
import { formatUs } from '../reporters/figures.ts';
import { type Style, styleFor, tableLines } from '../reporters/terminal/style.ts';
import { hanging, plain } from '../reporters/text.ts';
import type { Output } from './environment.ts';

/** Why the highest goodput that was measured may not be the highest that the server holds. */
export type Doubt = 'interrupted' | 'nothing-good' | 'still-growing' | 'generator';

/** What a saturation came to, as `--json` prints it. Rates are per second, latencies µs. */
export interface SaturationReport {
  readonly schemaVersion: 1;
  readonly flashsim: string;
  /** What was loaded, in a line. */
  readonly target: string;
  /** What was asked for: `POST order`, `GET /`. */
  readonly request: string;
  readonly latencyMaxMs: number;
  readonly stepMs: number;
  /** In the order of measuring. */
  readonly steps: readonly SaturationStep[];
  /** Highest goodput; null when nothing good was answered. */
  readonly best: SaturationStep | null;
  /** Fewest connections within 5 % of it. */
  readonly knee: SaturationStep | null;
  /** null when the server itself was the limit. */
  readonly doubt: Doubt | null;
  readonly notes: readonly string[];
}

/** At this share of one core autocannon is the limit itself. */
const generatorShareMax = 0.9;

/** What speaks against the figure, the gravest first. */
export function doubtOf(
  found: Knee<SaturationStep> | undefined,
  interrupted: boolean,
): Doubt | null {
  if (interrupted) return 'interrupted';
  if (found === undefined) return 'nothing-good';
  if (found.best.cpuShare >= generatorShareMax) return 'generator';
  return found.stillGrowing ? 'still-growing' : null;
}

/** The report for a person. */
export function renderSaturation(
  report: SaturationReport,
  output: Pick<Output, 'colour' | 'columns'>,
): string {
  const style = styleFor(output.colour);
  const columns = Math.min(output.columns, 100);
  const { latencyMaxMs, stepMs, target, request } = report;
  const about = `goodput is good answers within ${formatDurationMs(latencyMaxMs)}; each step takes ${formatDurationMs(stepMs)}`;
  return [
    style.heading(`Saturation of ${plain(target)}`),
    ...hanging('  ', `${plain(request)}; ${about}`, columns),
    '',
    ...table(report, style),
    '',
    ...conclusion(report, style, columns),
    ...report.notes.flatMap((note) => hanging('  note: ', plain(note), columns)),
    '',
  ].join('\n');
}

function table({ steps, best, knee }: SaturationReport, style: Style): string[] {
  const sorted = [...steps].sort((a, b) => a.connections - b.connections);
  const markOf = ({ connections }: SaturationStep): string =>
    [
      ...(connections === knee?.connections ? ['knee'] : []),
      ...(connections === best?.connections ? ['highest'] : []),
    ].join(', ');
  return tableLines(
    sorted.map((step) => [
      formatCount(step.connections),
      formatCount(step.answersPerS),
      formatCount(step.goodputPerS),
      formatUs(step.p50Us),
      formatUs(step.p99Us),
      formatCount(step.latePerS),
      formatCount(step.errors),
      `${Math.round(step.cpuShare * 100)} %`,
      markOf(step),
    ]),
    {
      head: ['connections', 'req/s', 'goodput/s', 'p50', 'p99', 'late/s', 'errors', 'load CPU', ''],
      align: [...Array<'right'>(8).fill('right'), 'left'],
      style,
    },
  );
}

function conclusion(
  { best, knee, doubt, steps }: SaturationReport,
  style: Style,
  columns: number,
): string[] {
  const lines: string[] = [];
  // Painted behind the wrapping, which counts what is printed.
  const labelled = (label: string, paint: (text: string) => string, text: string): string[] =>
    hanging(`  ${label}`.padEnd(11), text, columns).map((line) =>
      line.startsWith(`  ${label}`) ? line.replace(label, paint) : line,
    );
  if (best !== null && knee !== null) {
    const atLeast = doubt === null ? '' : 'at least ';
    const rate = `${atLeast}${formatCount(best.goodputPerS)} good answers a second`;
    const atKnee =
      `${connectionsText(knee)}: ${formatCount(knee.goodputPerS)} a second, ` +
      `p50 ${formatUs(knee.p50Us)}, p99 ${formatUs(knee.p99Us)}`;
    lines.push(
      ...labelled('Highest', style.heading, `${rate}, with ${connectionsText(best)}`),
      ...labelled(
        'Knee',
        style.heading,
        doubt === null ? `${atKnee}; more connections only wait longer` : atKnee,
      ),
    );
  }
  if (doubt !== null) lines.push(...labelled('Doubt', style.unknown, doubtText(doubt, steps)));
  return lines;
}

/** `64 connections`. */
export function connectionsText({ connections }: Pick<SaturationStep, 'connections'>): string {
  return `${formatCount(connections)} connection${connections === 1 ? '' : 's'}`;
}

function doubtText(doubt: Doubt, steps: readonly SaturationStep[]): string {
  switch (doubt) {
    case 'interrupted':
      return 'It was interrupted: the server may hold more.';
    case 'generator':
      return 'The load generator was the bottleneck, not the server: it took up its whole core.';
    case 'still-growing':
      return 'Goodput still grew at the most connections allowed: raise --max-connections.';
    case 'nothing-good':
      return `Nothing good was answered in time. ${answersText(steps)}`;
  }
}

/** What was answered instead. */
function answersText(steps: readonly SaturationStep[]): string {
  const counts = new Map<string, number>();
  for (const [code, count] of steps.flatMap(({ codes }) => Object.entries(codes))) {
    counts.set(code, (counts.get(code) ?? 0) + count);
  }
  const answers = [...counts]
    .sort(([, a], [, b]) => b - a)
    .slice(0, 4)
    .map(([code, count]) => `${formatCount(count)} ${plain(code, 24)}`);
  const errors = steps.reduce((sum, step) => sum + step.errors, 0);
  return `Answers: ${answers.length === 0 ? 'none' : answers.join(', ')}; ${formatCount(errors)} errors.`;
}
