import type { MetricValue } from '../metric-values.ts';

/** Which way a metric is better; left out when it is neither. */
type Direction = 'lower' | 'higher';

/** How a metric is compared. */
export interface MetricPolicy {
  readonly better?: Direction;
  /** Whether a change for the worse is a regression without anybody asking. */
  readonly gated: boolean;
  /** A change of less than this is none, however large its share, in the metric's unit. */
  readonly slack: number;
  /** It counts what happens by chance, so that it varies by about its root from run to run (Poisson). */
  readonly byChance?: true;
}

/** Latencies as close as this differ by the machine and not by the server. */
const latencySlackUs = 5_000;
/** Recovery is read off windows that are about as long as this. */
const recoverySlackUs = 1_000_000;

const named: Readonly<Record<string, MetricPolicy>> = {
  amplification: { better: 'lower', gated: true, slack: 0.05 },
  timeouts: { better: 'lower', gated: true, slack: 5 },
  unresolved: { better: 'lower', gated: true, slack: 5 },
  'attemptsPerIntent.p50': { better: 'lower', gated: false, slack: 1 },
  'attemptsPerIntent.p99': { better: 'lower', gated: false, slack: 1 },
  'attemptsPerIntent.max': { better: 'lower', gated: false, slack: 1 },
  goodput: { better: 'higher', gated: false, slack: 10 },
  throughput: { better: 'higher', gated: false, slack: 10 },
  wastedWork: { better: 'lower', gated: false, slack: 0.05 },
  timeToRecover: { better: 'lower', gated: true, slack: recoverySlackUs },
  metastable: { better: 'lower', gated: true, slack: 0 },
  doubledIntents: { better: 'lower', gated: true, slack: 0, byChance: true },
  stockDrift: { better: 'lower', gated: true, slack: 0, byChance: true },
  'answers.peak': { better: 'higher', gated: true, slack: 10 },
  sellOut: { better: 'lower', gated: false, slack: latencySlackUs },
  droppedArrivals: { better: 'lower', gated: false, slack: 0 },
};

/** Latencies that stand for all others: the usual case, and the tail that people complain of. */
const gatedLatencies = ['order.p50', 'order.p99'];

/** How the metric called `name` is compared. */
export function policyOf({ name, unit }: Pick<MetricValue, 'name' | 'unit'>): MetricPolicy {
  const found = named[name];
  if (found !== undefined) return found;
  const isLatency = unit === 'µs' && /^(login|page|order)\./.test(name);
  if (!isLatency) return { gated: false, slack: 0 };
  return { better: 'lower', gated: gatedLatencies.includes(name), slack: latencySlackUs };
}
