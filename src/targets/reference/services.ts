import { openPostgres, type PostgresConnection, type PostgresStore } from '../stores/postgres.ts';
import { controlProductId } from './control-product.ts';
import type { ReferenceOptions } from './options.ts';
import { type Ordering, queuedOrdering } from './orders/ordering.ts';
import { createDoor, type Door } from './postgres/door.ts';
import { createOrderQueue } from './postgres/order-queue.ts';
import { createOrderStore } from './postgres/order-store.ts';
import { createSessionStore, type SessionStore } from './postgres/session-store.ts';
import { connectionsOf, QueueConsumer } from './queue-consumer.ts';
import { strategyPerProduct } from './stock/per-product.ts';
import { type StockStrategyName, stockStrategies } from './stock/registry.ts';
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
  readonly database: PostgresConnection | string;
  readonly schema: string;
  /** Connections of this process. */
  readonly poolMax: number;
  /** Workers that decide queued orders; 0 answers orders at once. They share {@link connectionsOf} them. */
  readonly consumers: number;
  readonly strategy: StockStrategyName;
  /** Products with a strategy of their own. */
  readonly strategies: readonly (readonly [productId: string, name: StockStrategyName])[];
  readonly sessions: ReferenceOptions['sessions'];
  readonly rateLimiter: RateLimiterSetting;
  /** Requests at the same time before the server says it is overloaded. */
  readonly maxInFlight: number;
  /** Whether the admin routes exist. */
  readonly admin: boolean;
}

/** `null` instead of undefined: JSON between processes keeps it. */
type RateLimiterSetting = NonNullable<ReferenceOptions['rateLimiter']> | null;

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
  readonly sessions: SessionStore;
  readonly door: Door;
  readonly stock: StockStrategy;
  readonly ordering: Ordering;
  readonly gauge: WorkGauge;
  readonly control: Control;
  sale(): SaleState;
  /** Begins to work on what is queued. */
  start(): void;
  close(): Promise<void>;
}

/** Builds the parts of a server process on PostgreSQL. Connects at the first request. */
export function createServices(
  settings: ServerSettings,
  process: { readonly instance: number; readonly control: Control; sale(): SaleState },
): Services {
  const { poolMax, consumers, strategy, strategies } = settings;
  const open = (connections: number): PostgresStore =>
    openPostgres(settings.database, {
      poolMax: connections,
      applicationName: `flashsim-server-${process.instance}`,
      schema: settings.schema,
    });
  const store = open(poolMax - connectionsOf(consumers));
  // Connections of their own: deciding must not wait behind a crowd that is still coming in.
  const deciding = consumers === 0 ? undefined : open(connectionsOf(consumers));
  const sessions = createSessionStore(store, settings.sessions);
  const choice = { strategy, byProduct: new Map(strategies) };
  const sold = strategyPerProduct(createOrderStore(deciding ?? store), choice);
  const control = stockStrategies.naive.create(createOrderStore(store));
  const inChargeOf = (productId: string): StockStrategy =>
    productId === controlProductId ? control : sold;
  const stock: StockStrategy = {
    place: (order) => inChargeOf(order.productId).place(order),
    release: (order) => inChargeOf(order.productId).release(order),
  };
  const queue =
    deciding === undefined ? undefined : startableQueue(store, deciding, stock, consumers);
  return {
    instance: process.instance,
    admin: settings.admin,
    store,
    sessions,
    door: createDoor(store, sessions, settings.rateLimiter ?? undefined),
    stock,
    ordering: queue?.ordering ?? { submit: (order) => stock.place(order) },
    gauge: new WorkGauge(settings.maxInFlight),
    control: process.control,
    sale: () => process.sale(),
    start: () => queue?.start(),
    close: async () => {
      await queue?.close();
      await store.close();
    },
  };
}

/** A queue with its consumers. */
interface StartableQueue {
  readonly ordering: Ordering;
  start(): void;
  close(): Promise<void>;
}

function startableQueue(
  store: PostgresStore,
  deciding: PostgresStore,
  stock: StockStrategy,
  count: number,
): StartableQueue {
  const queue = createOrderQueue(store, deciding);
  const consumers = Array.from({ length: count }, () => new QueueConsumer(queue, stock));
  return {
    ordering: queuedOrdering(store, queue, () => {
      for (const consumer of consumers) consumer.ring();
    }),
    start: () => {
      for (const consumer of consumers) consumer.start();
    },
    close: async () => {
      await Promise.all(consumers.map((consumer) => consumer.stop()));
      await deciding.close();
    },
  };
}
