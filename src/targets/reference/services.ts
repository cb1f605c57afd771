import { openPostgres, type PostgresConnection, type PostgresStore } from '../stores/postgres.ts';
import { openRedis } from '../stores/redis.ts';
import type { Admission } from './admission.ts';
import type { ServerProcesses } from './cache/cache-desk.ts';
import { type CacheSettings, ProcessCaches } from './cache/process-caches.ts';
import { type ConnectionPlan, connectionsOf } from './connection-plan.ts';
import { controlProductId } from './control-product.ts';
import { type Failpoints, noFailpoints } from './failpoints.ts';
import { createGateway, type Gateway, type GatewaySettings } from './gateway/gateway.ts';
import { limitHeadersFor } from './gateway/limit-headers.ts';
import { gatewayUsesRedis } from './gateway/uses-redis.ts';
import { type OrderDatabaseSpec, openOrderDatabase } from './orders/open-order-database.ts';
import type { OrderDatabase } from './orders/order-database.ts';
import type { OrderStore } from './orders/order-store.ts';
import type { Ordering } from './orders/ordering.ts';
import { type OrderingName, orderings } from './orders/orderings/registry.ts';
import { pooledOrdering, type ThreadPoolOptions } from './orders/pooled-ordering.ts';
import { storeWithFailpoints } from './orders/store-with-failpoints.ts';
import { createOrderQueue } from './postgres/order-queue.ts';
import { createOrderStore } from './postgres/order-store.ts';
import { createOutbox } from './postgres/outbox.ts';
import { QueueConsumer } from './queue-consumer.ts';
import type { Sessions } from './sessions/sessions.ts';
import { strategyPerProduct } from './stock/per-product.ts';
import { stockStrategies } from './stock/registry.ts';
import type { StockStrategy, StrategyContext } from './stock/stock-strategy.ts';
import { Upkeep } from './upkeep.ts';
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
export interface ServerSettings extends CacheSettings {
  /** PostgreSQL, which keeps sessions, limits and the queue. */
  readonly postgres: PostgresConnection | string;
  /** Where the orders are. */
  readonly orders: OrderDatabaseSpec;
  /** Connections of this process. */
  readonly poolMax: number;
  readonly connections: ConnectionPlan;
  readonly ordering: OrderingName;
  /** How long publishing an order to the queue may take, in milliseconds. */
  readonly publishTimeoutMs: number;
  readonly gateway: GatewaySettings;
  readonly threadPool?: ThreadPoolOptions | undefined;
  /** Requests at the same time before the server says it is overloaded. */
  readonly maxInFlight: number;
  /** Whether the admin routes exist. */
  readonly admin: boolean;
  /** Whether X-Forwarded-For of a proxy on this machine is believed. */
  readonly trustProxy: boolean;
}

/** What only the process in charge of all can do: asked by the admin routes. */
export interface Control {
  /** Makes `sale` the sale of every server process. */
  setSale(sale: SaleState): Promise<void>;
  /** Requests under way, over all server processes. */
  inFlight(): Promise<number>;
  readonly processes: ServerProcesses;
}

/** The parts of one server process, as its routes use them. */
export interface Services {
  /** Which server process this is, from 1. */
  readonly instance: number;
  readonly admin: boolean;
  readonly trustProxy: boolean;
  readonly store: PostgresStore;
  readonly database: OrderDatabase;
  readonly sessions: Sessions;
  readonly gateway: Gateway;
  /** Whether nobody but this process knows who is logged in. */
  readonly hasSessionsInMemory: boolean;
  readonly admission: Admission;
  readonly stock: StockStrategy;
  readonly caches: ProcessCaches;
  readonly ordering: Ordering;
  readonly gauge: WorkGauge;
  readonly control: Control;
  sale(): SaleState;
  /** Begins to work on what is queued. */
  start(): void;
  /** Hears that {@link sale} has changed. */
  onSale(): void;
  close(): Promise<void>;
}

/** What a server process brings along. */
interface ProcessContext {
  readonly instance: number;
  readonly control: Control;
  readonly failpoints: Failpoints;
  sale(): SaleState;
  /** Tells whoever started the server what went wrong without anybody having asked. */
  tell(incident: string): void;
}

/** Builds the parts of a server process. Connects at the first request. */
export async function createServices(
  settings: ServerSettings,
  process: ProcessContext,
): Promise<Services> {
  const { poolMax, connections } = settings;
  const applicationName = `flashsim-server-${process.instance}`;
  const open = (connectionsMax: number): PostgresStore =>
    openPostgres(settings.postgres, {
      poolMax: connectionsMax,
      applicationName,
      schema: settings.schema,
    });
  const store = open(poolMax - connectionsOf(connections));
  const access = { postgres: store, poolMax, applicationName };
  const database = await openOrderDatabase(settings.orders, access);
  const caches = new ProcessCaches({
    settings,
    postgres: store,
    database,
    instance: process.instance,
    processes: process.control.processes,
    tell: (incident) => process.tell(incident),
  });
  const ordering = createOrdering({ settings, process, database, store, caches, open });
  const { gateway, closeGateway } = openGateway(settings, store);
  const { rateLimiter } = settings.gateway;
  const { threadPool } = settings;
  return {
    instance: process.instance,
    admin: settings.admin,
    trustProxy: settings.trustProxy,
    store,
    database,
    sessions: gateway.sessions,
    gateway,
    hasSessionsInMemory: settings.gateway.sessions.store === 'memory',
    admission: {
      door: gateway.door,
      limitHeaders: rateLimiter === null ? undefined : limitHeadersFor(rateLimiter),
    },
    stock: ordering.stock,
    caches,
    ordering:
      threadPool === undefined ? ordering.ordering : pooledOrdering(ordering.ordering, threadPool),
    gauge: new WorkGauge(settings.maxInFlight),
    control: process.control,
    sale: () => process.sale(),
    start: () => {
      ordering.start();
      caches.onSale(process.sale());
    },
    onSale: () => caches.onSale(process.sale()),
    close: async () => {
      await ordering.close();
      caches.close();
      closeGateway();
      await database.close();
      await store.close();
    },
  };
}

/** The gateway, with a connection to Redis of its own where it needs one. */
function openGateway(
  { gateway: wanted, redis: where, schema }: ServerSettings,
  postgres: PostgresStore,
) {
  const needsRedis = where !== null && gatewayUsesRedis(wanted.sessions, wanted.rateLimiter);
  const redis = needsRedis ? openRedis(where) : undefined;
  const gateway = createGateway(wanted, { postgres, redis, schema });
  return { gateway, closeGateway: () => redis?.close() };
}

interface OrderingParts {
  readonly settings: ServerSettings;
  readonly process: ProcessContext;
  readonly database: OrderDatabase;
  readonly store: PostgresStore;
  readonly caches: ProcessCaches;
  readonly open: (connections: number) => PostgresStore;
}

/** The ordering of the settings, with its stock, and with consumers where it queues. */
function createOrdering(parts: OrderingParts) {
  const { settings, process, database, store, caches, open } = parts;
  const { consumers: count, publishers } = settings.connections;
  const { failpoints } = process;
  // Connections of their own: deciding and publishing must not wait behind a crowd that is coming in.
  const deciding = count === 0 ? undefined : open(2 * count);
  const publishing = publishers === 0 ? undefined : open(publishers);
  const orders = deciding === undefined ? database.orders : createOrderStore(deciding);
  const held = { orders, control: database.orders };
  const stock = createStock(settings, held, { failpoints, caches: caches.strategies });
  const pools = { requests: store, deciding: deciding ?? store, publishing: publishing ?? store };
  const queue = createOrderQueue(pools.publishing, pools.deciding);
  const consumers: QueueConsumer[] = [];
  const ordering = orderings[settings.ordering].create({
    stock,
    database,
    orders: storeWithFailpoints(database.orders, failpoints),
    deciding: storeWithFailpoints(orders, failpoints),
    queue,
    outbox: createOutbox(pools, failpoints),
    failpoints,
    publishTimeoutMs: settings.publishTimeoutMs,
    ring: () => {
      for (const consumer of consumers) consumer.ring();
    },
  });
  for (let number = 0; number < count; number += 1) {
    consumers.push(new QueueConsumer(queue, (order) => ordering.decide(order)));
  }
  const upkeep = new Upkeep(async () => ordering.maintain?.());
  return {
    ordering,
    stock,
    start: () => {
      for (const consumer of consumers) consumer.start();
      if (ordering.maintain !== undefined) upkeep.start();
    },
    close: async () => {
      await Promise.all([upkeep.stop(), ...consumers.map((consumer) => consumer.stop())]);
      await Promise.all([deciding?.close(), publishing?.close()]);
    },
  };
}

/** The strategies of all products; the positive control has its own, which no fault touches. */
function createStock(
  { strategy, strategies, strategySettings }: ServerSettings,
  stores: { readonly orders: OrderStore; readonly control: OrderStore },
  { failpoints, caches }: Pick<StrategyContext, 'failpoints' | 'caches'>,
): StockStrategy {
  const choice = { strategy, byProduct: new Map(strategies) };
  const common = { settings: strategySettings, caches };
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
