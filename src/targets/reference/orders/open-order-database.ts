import type { PostgresStore } from '../../stores/postgres.ts';
import { postgresOrderDatabase } from '../postgres/order-database.ts';
import type { OrderDatabase } from './order-database.ts';

/** Where the orders are, for any process. Plain, because it crosses process borders. */
export interface OrderDatabaseSpec {
  readonly kind: 'postgres';
}

/**
 * Opens the place where orders are kept. Drivers that PostgreSQL does not need are loaded here.
 *
 * @param store PostgreSQL, which keeps sessions, limits and the queue wherever the orders are
 */
export function openOrderDatabase(
  _spec: OrderDatabaseSpec,
  store: PostgresStore,
): Promise<OrderDatabase> {
  return Promise.resolve(postgresOrderDatabase(store));
}
