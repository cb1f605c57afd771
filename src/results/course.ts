import type { RunOutcome } from '../engine/run-outcome.ts';
import { buyersOf } from './buyers.ts';
import { latencyOverTime } from './latency-over-time.ts';
import type { RunResult } from './result.ts';
import { salesOf } from './sales.ts';
import { sum } from './tally.ts';
import { throughputOf } from './throughput.ts';
import { buildTimeline, spanOfOrders } from './timeline.ts';

/** How a sale went, over time and from person to person. */
export type Course = Required<
  Pick<RunResult, 'timeline' | 'throughput' | 'latencyOverTime' | 'buyers'>
>;

/**
 * Reads the history for how the sale went.
 *
 * @param firstOnes what `firstSales` gives
 */
export function courseOf(
  { attempts, opening, events, contract }: RunOutcome,
  firstOnes: ReadonlySet<number>,
): Course {
  const { opensNs } = opening;
  const stock = sum(contract.products.map((product) => product.stock));
  const sales = salesOf(attempts, firstOnes);
  const orders = spanOfOrders(attempts);
  // An order of which only a look-up told was sold after the last order had ended.
  const toNs = sales.reduce((latest, { doneNs }) => Math.max(latest, doneNs), orders.toNs);
  const span = { ...orders, toNs };
  const timeline = buildTimeline({ attempts, opensNs, span, sales, stock, events });
  return {
    timeline,
    throughput: throughputOf({ sales, opensNs, stock, timeline }),
    latencyOverTime: latencyOverTime(attempts, opensNs, span),
    buyers: buyersOf(attempts, sales),
  };
}
