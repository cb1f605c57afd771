import type { Claim, OrderRequest } from './order-store.ts';

/**
 * Orders that were accepted, with their units, and are not decided yet: a transactional outbox
 * (Richardson, Microservices Patterns, 2018). What the queue was not told, or did not hear, is in it.
 */
export interface Outbox {
  /** Takes the units and notes the order; does both or neither. */
  accept(order: OrderRequest): Promise<'accepted' | 'key-taken' | 'sold-out'>;
  /**
   * Writes the order, or gives its units back when the user has all they may; strikes it off. Does
   * nothing for one that was concluded before, and says how.
   */
  conclude(order: OrderRequest, limitPerUser: number | undefined): Promise<Claim>;
  /** Puts into the queue what has been waiting for a while and is not in it. */
  reconcile(): Promise<void>;
}
