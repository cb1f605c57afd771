import { formatCount, formatDurationMs } from '../../core/units.ts';
import type { RecoverySummary, RunResult } from '../../results/result.ts';
import { hanging, plain } from '../text.ts';
import { fact, formatRate, formatShare } from './figures.ts';
import type { Style } from './style.ts';

/** How much retries added to the load, and what came of it. */
export function retryLines(result: RunResult, columns: number): string[] {
  const { attempts, firstAttempts, amplification, retries } = result;
  const perFirst = `${formatCount(firstAttempts)} first, amplification ${amplification.toFixed(2)}`;
  const total = fact('order attempts', `${formatCount(attempts)} (${perFirst})`, columns);
  const { attemptsPerIntent, goodputPerS, throughputPerS, useful, completions, givenUp } = retries;
  const { p50, p99, max } = attemptsPerIntent;
  const held = heldBackText(result);
  if (attempts <= firstAttempts && held === undefined) return total;
  return [
    ...total,
    ...fact('per purchase', `p50 ${p50}, p99 ${p99}, ${max} at most`, columns),
    ...fact(
      'goodput',
      `${formatRate(goodputPerS)} of ${formatRate(throughputPerS)} answered in time ` +
        `(${formatCount(useful)} of ${formatCount(completions)})`,
      columns,
    ),
    ...(givenUp === 0 ? [] : fact('wasted work', wastedText(result), columns)),
    ...(held === undefined ? [] : fact('held back', held, columns)),
  ];
}

function wastedText({ retries: { wastedWork, givenUp } }: RunResult): string {
  const { lo, hi } = wastedWork;
  const least = lo === 0 ? '' : `${formatShare(lo, 1)} to `;
  const most = lo === 0 ? 'up to ' : '';
  return (
    `${most}${least}${formatShare(hi, 1)} of what the server did: ` +
    `${formatCount(givenUp)} attempts were given up`
  );
}

function heldBackText({ retries: { heldBack } }: RunResult): string | undefined {
  const parts = Object.entries({
    'by the circuit breaker': heldBack.breaker,
    'by the throttle': heldBack.throttle,
    'by the retry budget': heldBack.budget,
  }).filter(([, count]) => count > 0);
  if (parts.length === 0) return undefined;
  return `${parts.map(([by, count]) => `${formatCount(count)} ${by}`).join(', ')}; never sent`;
}

/** Whether the server came back after each fault. */
export function recoveryLines({ recoveries }: RunResult, style: Style, columns: number): string[] {
  return recoveries.flatMap((recovery) => {
    const label = `  ${recovery.verdict.padEnd(11)}`;
    const lines = hanging(label, plain(recoveryText(recovery)), columns);
    switch (recovery.verdict) {
      case 'recovered':
        return lines;
      case 'recovering':
      case 'unknown':
        return lines.map((line) => style.unknown(line));
      case 'metastable':
        return lines.map((line) => style.violated(line));
    }
  });
}

function recoveryText(recovery: RecoverySummary): string {
  const { fault, timeToRecoverMs, baselinePerS, lastPerS, observedMs, reason } = recovery;
  const before = baselinePerS === null ? '' : ` (${formatRate(baselinePerS)} before)`;
  const after = `${formatRate(lastPerS)} useful answers at the end${before}`;
  const seen = `watched for ${formatDurationMs(observedMs)}`;
  return timeToRecoverMs === null
    ? `after ${fault}: ${reason}; ${after}, ${seen}`
    : `${formatDurationMs(timeToRecoverMs)} after the end of ${fault}; ${after}, ${seen}`;
}
