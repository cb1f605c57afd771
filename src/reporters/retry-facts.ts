import { formatCount, formatDurationMs } from '../core/units.ts';
import type { RecoverySummary, RunResult } from '../results/result.ts';
import type { Fact } from './facts.ts';
import { formatRate, formatShare } from './figures.ts';

/** How many orders were tried, how often again, and what came of that. */
export function retryFacts(result: RunResult): Fact[] {
  const { attempts, firstAttempts, amplification, retries } = result;
  const perFirst = `${formatCount(firstAttempts)} first, amplification ${amplification.toFixed(2)}`;
  const total = { label: 'order attempts', text: `${formatCount(attempts)} (${perFirst})` };
  const { attemptsPerIntent, goodputPerS, throughputPerS, useful, completions, givenUp } = retries;
  const { p50, p99, max } = attemptsPerIntent;
  const held = heldBackText(result);
  if (attempts <= firstAttempts && held === undefined) return [total];
  return [
    total,
    { label: 'per purchase', text: `p50 ${p50}, p99 ${p99}, ${max} at most` },
    {
      label: 'goodput',
      text:
        `${formatRate(goodputPerS)} of ${formatRate(throughputPerS)} answered in time ` +
        `(${formatCount(useful)} of ${formatCount(completions)})`,
    },
    ...(givenUp === 0 ? [] : [{ label: 'wasted work', text: wastedText(result) }]),
    ...(held === undefined ? [] : [{ label: 'held back', text: held }]),
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

/** What became of the server after a fault, in a sentence; the verdict is not in it. */
export function recoveryText(recovery: RecoverySummary): string {
  const { fault, timeToRecoverMs, baselinePerS, lastPerS, observedMs, reason } = recovery;
  const before = baselinePerS === null ? '' : ` (${formatRate(baselinePerS)} before)`;
  const after = `${formatRate(lastPerS)} useful answers at the end${before}`;
  const seen = `watched for ${formatDurationMs(observedMs)}`;
  return timeToRecoverMs === null
    ? `after ${fault}: ${reason}; ${after}, ${seen}`
    : `${formatDurationMs(timeToRecoverMs)} after the end of ${fault}; ${after}, ${seen}`;
}
