import { formatDurationMs } from '../core/units.ts';
import type { CrossFinding } from './cross-finding.ts';
import type { Path } from './document.ts';
import type { Scenario } from './schema.ts';

const retryPath: Path = ['client', 'retry'];

/** What single values of `client` cannot show. */
export function checkClient({ client }: Scenario): CrossFinding[] {
  return [...checkBackoff(client.retry), ...checkBudget(client.retry), ...checkPoll(client.poll)];
}

function checkBackoff({ backoff, jitter }: Scenario['client']['retry']): CrossFinding[] {
  const jitterPath = [...retryPath, 'jitter'];
  if (backoff.type === 'fixed' || backoff.type === 'none') {
    if (jitter !== 'decorrelated') return [];
    return [
      {
        path: jitterPath,
        at: 'value',
        uses: [jitterPath, [...retryPath, 'backoff']],
        what: `decorrelated jitter draws between the shortest and the longest wait, and backoff ${backoff.type} has no two`,
        fix: 'use backoff: { initial: …, max: … }, or jitter: full',
      },
    ];
  }
  const { initial, max } = backoff;
  if (initial <= max) return [];
  const path = [...retryPath, 'backoff', 'initial'];
  return [
    {
      path,
      at: 'value',
      uses: [path, [...retryPath, 'backoff', 'max']],
      what: `backoff starts at ${formatDurationMs(initial)}, above its max of ${formatDurationMs(max)}`,
      fix: 'lower initial or raise max',
    },
  ];
}

/** A budget that never has a retry looks like protection, and only hides that there are no retries. */
function checkBudget({ budget }: Scenario['client']['retry']): CrossFinding[] {
  const path = [...retryPath, 'budget'];
  const never = (what: string): CrossFinding[] => [
    {
      path,
      at: 'value',
      uses: [path],
      what: `this budget never allows a retry: ${what}`,
      fix: 'raise it, or write retry.maxAttempts: 1',
    },
  ];
  switch (budget?.type) {
    case 'quota': {
      const { capacity, retryCost, timeoutCost } = budget;
      if (Math.min(retryCost, timeoutCost) <= capacity) return [];
      return never(`its ${capacity} tokens are fewer than a retry costs`);
    }
    case 'ratio':
    case undefined: {
      if (budget === undefined) return [];
      const { ratio, floor, ttl } = budget;
      if (ratio > 0 || (floor * ttl) / 1_000 >= 1) return [];
      return never(
        floor === 0
          ? 'ratio and floor are both 0'
          : `a floor of ${floor}/s over ${formatDurationMs(ttl)} comes to less than one`,
      );
    }
    case 'token-bucket':
    case 'grpc':
    case 'failure-rate':
      return [];
  }
}

function checkPoll({ interval, timeout }: Scenario['client']['poll']): CrossFinding[] {
  if (interval <= timeout) return [];
  const path: Path = ['client', 'poll', 'interval'];
  return [
    {
      path,
      at: 'value',
      uses: [path, ['client', 'poll', 'timeout']],
      what: `polls would come every ${formatDurationMs(interval)}, but end after ${formatDurationMs(timeout)}`,
      fix: 'lower interval or raise timeout',
    },
  ];
}
