import { openPostgres, type PostgresConnection, type PostgresStore } from '../stores/postgres.ts';
import type { Admission } from './admission.ts';
import { controlProductId } from './control-product.ts';
import { type Failpoints, noFailpoints } from './failpoints.ts';
import { createGateway, type GatewaySettings } from './gateway/gateway.ts';
import { limitHeadersFor } from './gateway/limit-headers.ts';
import { type OrderDatabaseSpec, openOrderDatabase } from './orders/open-order-database.ts';
import type { OrderDatabase } from './orders/order-database.ts';
import type { OrderStore } from './orders/order-store.ts';
import { type Ordering, queuedOrdering } from './orders/ordering.ts';
import { storeWithFailpoints } from './orders/store-with-failpoints.ts';
import { createOrderQueue, type OrderQueue } from './postgres/order-queue.ts';
import { createOrderStore } from './postgres/order-store.ts';
import { connectionsOf, QueueConsumer } from './queue-consumer.ts';
import type { SessionRegistry } from './sessions/session-registry.ts';
import type { Sessions } from './sessions/sessions.ts';
import { strategyPerProduct } from './stock/per-product.ts';
import { type StockStrategyName, stockStrategies } from './stock/registry.ts';
import type { StrategySettings } from './stock/settings.ts';
import type { StockStrategy } from './stock/stock-strategy.ts';
import { WorkGauge } from './work-gauge.ts';

/** The sale as the server runs it. Instants are wall clock, ms since 1970. */
export interface SaleState {
  readonly runId: string;
  /** Orders before it are refused; null until somebody says when. */
  readonly opensAtMs: number | null;
  /** Orders from it on are refused; null for never. */
  readonly closesAtMs: number | null;
}

/** All that a server process needs to know. Plain, because it crosses process borders. */
export interface ServerSettings {
  /** PostgreSQL, which keeps sessions, limits and the queue. */
  readonly postgres: PostgresConnection | string;
  readonly schema: string;
  /** Where the orders are. */
  readonly orders: OrderDatabaseSpec;
  /** Connections of this process. */
  readonly poolMax: number;
  /** Workers that decide queued orders; 0 answers orders at once. They share {@link connectionsOf} them. */
  readonly consumers: number;
  readonly strategy: StockStrategyName;
  /** Products with a strategy of their own. */
  readonly strategies: readonly (readonly [productId: string, name: StockStrategyName])[];
  readonly strategySettings: StrategySettings;
  readonly gateway: GatewaySettings;
  /** Requests at the same time before the server says it is overloaded. */
  readonly maxInFlight: number;
  /** Whether the admin routes exist. */
  readonly admin: boolean;
}

/** What only the process in charge of all can do: asked by the admin routes. */
export interface Control {
  /** Makes `sale` the sale of every server process. */
  setSale(sale: SaleState): Promise<void>;
  /** Requests under way, over all server processes. */
  inFlight(): Promise<number>;
}

/** The parts of one server process, as its routes use them. */
export interface Services {
  /** Which server process this is, from 1. */
  readonly instance: number;
  readonly admin: boolean;
  readonly store: PostgresStore;
  readonly database: OrderDatabase;
  readonly sessions: Sessions;
  /** Sessions as the truth counts them. */
  readonly registry: SessionRegistry;
  readonly admission: Admission;
  readonly stock: StockStrategy;
  readonly ordering: Ordering;
  readonly gauge: WorkGauge;
  readonly control: Control;
  sale(): SaleState;
  /** Begins to work on what is queued. */
  start(): void;
  close(): Promise<void>;
}

/** What a server process brings along. */
interface ProcessContext {
  readonly instance: number;
  readonly control: Control;
  readonly failpoints: Failpoints;
  sale(): SaleState;
}

/** Builds the parts of a server process. Connects at the first request. */
export async function createServices(
  settings: ServerSettings,
  process: ProcessContext,
): Promise<Services> {
  const { poolMax, consumers } = settings;
  const open = (connections: number): PostgresStore =>
    openPostgres(settings.postgres, {
      poolMax: connections,
      applicationName: `flashsim-server-${process.instance}`,
      schema: settings.schema,
    });
  const store = open(poolMax - connectionsOf(consumers));
  const database = await openOrderDatabase(settings.orders, store);
  // Connections of their own: deciding must not wait behind a crowd that is still coming in.
  const deciding = consumers === 0 ? undefined : open(connectionsOf(consumers));
  const orders = deciding === undefined ? database.orders : createOrderStore(deciding);
  const stock = createStock(settings, { orders, control: database.orders }, process.failpoints);
  const queue =
    deciding === undefined
      ? undefined
      : startableQueue(database, createOrderQueue(store, deciding), stock, consumers);
  const { sessions, registry, door } = createGateway(settings.gateway, store);
  const { rateLimiter } = settings.gateway;
  return {
    instance: process.instance,
    admin: settings.admin,
    store,
    database,
    sessions,
    registry,
    admission: {
      door,
      limitHeaders: rateLimiter === null ? undefined : limitHeadersFor(rateLimiter),
    },
    stock,
    ordering: queue?.ordering ?? { submit: (order) => stock.place(order) },
    gauge: new WorkGauge(settings.maxInFlight),
    control: process.control,
    sale: () => process.sale(),
    start: () => queue?.start(),
    close: async () => {
      await queue?.close();
      await deciding?.close();
      await database.close();
      await store.close();
    },
  };
}

/** The strategies of all products; the positive control has its own, which no fault touches. */
function createStock(
  { strategy, strategies, strategySettings }: ServerSettings,
  stores: { readonly orders: OrderStore; readonly control: OrderStore },
  failpoints: Failpoints,
): StockStrategy {
  const choice = { strategy, byProduct: new Map(strategies) };
  const common = { settings: strategySettings };
  const store = storeWithFailpoints(stores.orders, failpoints);
  const sold = strategyPerProduct({ ...common, store, failpoints }, choice);
  const control = stockStrategies.naive.create({
    ...common,
    store: stores.control,
    failpoints: noFailpoints,
  });
  return {
    place: async (order) => {
      if (order.productId === controlProductId) return control.place(order);
      const result = await sold.place(order);
      if (result.kind === 'placed') await failpoints.reach('after-commit-before-reply');
      return result;
    },
    release: (order) =>
      order.productId === controlProductId ? control.release(order) : sold.release(order),
  };
}

/** A queue with its consumers. */
interface StartableQueue {
  readonly ordering: Ordering;
  start(): void;
  close(): Promise<void>;
}

function startableQueue(
  database: OrderDatabase,
  queue: OrderQueue,
  stock: StockStrategy,
  count: number,
): StartableQueue {
  const consumers = Array.from({ length: count }, () => new QueueConsumer(queue, stock));
  return {
    ordering: queuedOrdering(database, queue, () => {
      for (const consumer of consumers) consumer.ring();
    }),
    start: () => {
      for (const consumer of consumers) consumer.start();
    },
    close: async () => {
      await Promise.all(consumers.map((consumer) => consumer.stop()));
    },
  };
}
