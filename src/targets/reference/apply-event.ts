import { sleep } from '../../core/clock.ts';
import { messageOf } from '../../core/errors.ts';
import type { SaleEvent } from '../../history/run-record.ts';
import type { AppliedEvent } from '../target.ts';
import type { CacheDesk } from './cache/cache-desk.ts';
import { controlProductId } from './control-product.ts';
import type { SaleDatabase } from './orders/order-database.ts';

/** A restock that takes longer may still happen: nobody knows. */
const restockTimeoutMs = 10_000;

/** What a back office has to do with; undefined before the server was started. */
export interface BackOffice {
  readonly database: SaleDatabase | undefined;
  readonly caches: CacheDesk | undefined;
}

/**
 * In the database itself, as a back office would: one atomic step, which a strategy that reads and
 * writes without a lock in the database can overwrite. Then wherever the product is counted. Never
 * rejects.
 */
export async function restock(
  { productId, quantity }: Extract<SaleEvent, { kind: 'restock' }>,
  { database, caches }: BackOffice,
): Promise<AppliedEvent> {
  if (database === undefined) return { outcome: 'fail', detail: 'there is no sale yet' };
  const unknown = { outcome: 'fail', detail: `there is no product \`${productId}\`` } as const;
  if (productId === controlProductId) return unknown;
  const patience = new AbortController();
  let inDatabase = false;
  try {
    // The row may be locked by a server process that hangs.
    const late = sleep(restockTimeoutMs, patience.signal).then(() => 'late' as const);
    const stock = await Promise.race([database.restock(productId, quantity), late]);
    if (stock === 'late') return { outcome: 'info', detail: 'the database did not answer' };
    if (stock === undefined) return unknown;
    inDatabase = true;
    await caches?.restocked(productId);
    return { outcome: 'ok', detail: `the stock was ${stock} then` };
  } catch (error) {
    // What the database refused, it did not do.
    const isOpen = inDatabase || database.isOutcomeUnknown(error);
    return { outcome: isOpen ? 'info' : 'fail', detail: messageOf(error) };
  } finally {
    patience.abort();
  }
}

/** Loads cached counts anew. Never rejects: one that failed may have emptied the cache. */
export async function warmUp(
  productId: string,
  caches: CacheDesk | undefined,
): Promise<AppliedEvent> {
  try {
    const detail = await caches?.warmUp(productId);
    if (detail !== undefined) return { outcome: 'ok', detail };
    return { outcome: 'fail', detail: `no count of \`${productId}\` is cached` };
  } catch (error) {
    return { outcome: 'info', detail: messageOf(error) };
  }
}
