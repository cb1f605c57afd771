import { sleep } from '../../../../core/clock.ts';
import type { OrderQueue } from '../../postgres/order-queue.ts';
import type { OrderRequest } from '../order-store.ts';

/**
 * Sends an order to the queue and waits for its word. `late` when there is none in time or the
 * connection broke: the queue may have the order all the same, or be about to get it, for what was
 * sent is not taken back by giving up.
 */
export async function publish(
  queue: OrderQueue,
  order: OrderRequest,
  timeoutMs: number,
): Promise<Awaited<ReturnType<OrderQueue['enqueue']>> | 'late'> {
  const patience = new AbortController();
  const published = queue.enqueue(order).catch(() => 'late' as const);
  const late = sleep(timeoutMs, patience.signal).then(() => 'late' as const);
  try {
    return await Promise.race([published, late]);
  } finally {
    patience.abort();
  }
}
