import { inLanes } from './warm-up.ts';
import type { UncertainOrder, WorkerContext } from './worker-context.ts';
import { exchange, statusBytes, subjectOf } from './worker-context.ts';

const lanes = 16;
const triesMax = 3;

/**
 * Asks what became of orders that nobody knows (evidence tier T1), where the server can be asked. Never
 * posts again.
 */
export async function lookUp(
  context: WorkerContext,
  orders: Iterable<UncertainOrder>,
): Promise<void> {
  await inLanes(orders[Symbol.iterator](), lanes, async (order) => {
    const { intent, keyVariant } = order;
    const device = context.deviceOfIntent.get(intent);
    if (device?.token === undefined) return;
    const shopper = { device, intent };
    const bytes = statusBytes(context, shopper, order);
    if (bytes === undefined) return;
    for (let attempt = 1; attempt <= triesMax && !context.halted.aborted; attempt += 1) {
      const subject = subjectOf(context, shopper, 'status', { attempt, keyVariant });
      const end = await exchange(context, device, subject, context.now(), bytes);
      if (end.outcome !== 'info') return;
    }
  });
}
