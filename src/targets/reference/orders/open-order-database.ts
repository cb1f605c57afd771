import type { ProductContract } from '../../../history/contract.ts';
import type { PostgresStore } from '../../stores/postgres.ts';
import type { MysqlOrdersSpec } from '../mysql/order-database.ts';
import { postgresOrderDatabase } from '../postgres/order-database.ts';
import type { OrderDatabase } from './order-database.ts';

/** Where the orders are, for any process. Plain, because it crosses process borders. */
export type OrderDatabaseSpec =
  | { readonly kind: 'postgres' }
  | ({ readonly kind: 'mysql' } & MysqlOrdersSpec)
  /** In the server process itself, which begins with these products. */
  | { readonly kind: 'memory'; readonly products: readonly ProductContract[] };

/** What this process has to reach the orders with. */
export interface OrderAccess {
  /** PostgreSQL, which keeps sessions, limits and the queue wherever the orders are. */
  readonly postgres: PostgresStore;
  /** Connections to another server than that, at most. */
  readonly poolMax: number;
  readonly applicationName: string;
}

/** Opens the place where orders are kept. Drivers that PostgreSQL does not need are loaded here. */
export async function openOrderDatabase(
  spec: OrderDatabaseSpec,
  { postgres, poolMax, applicationName }: OrderAccess,
): Promise<OrderDatabase> {
  switch (spec.kind) {
    case 'postgres':
      return postgresOrderDatabase(postgres);
    case 'mysql': {
      const { mysqlOrderDatabase } = await import('../mysql/order-database.ts');
      return mysqlOrderDatabase(spec, { poolMax, applicationName });
    }
    case 'memory': {
      const { memoryOrderDatabase } = await import('../memory/order-database.ts');
      return memoryOrderDatabase(spec.products);
    }
  }
}
