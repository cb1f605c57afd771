import { openPostgres, type PostgresConnection, type PostgresStore } from '../stores/postgres.ts';
import type { ReferenceOptions } from './options.ts';
import { createDoor, type Door } from './postgres/door.ts';
import { createOrderStore } from './postgres/order-store.ts';
import { createSessionStore, type SessionStore } from './postgres/session-store.ts';
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
  readonly strategy: StockStrategyName;
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
  readonly gauge: WorkGauge;
  readonly control: Control;
  sale(): SaleState;
  close(): Promise<void>;
}

/** Builds the parts of a server process on PostgreSQL. Connects at the first request. */
export function createServices(
  settings: ServerSettings,
  process: { readonly instance: number; readonly control: Control; sale(): SaleState },
): Services {
  const store = openPostgres(settings.database, {
    poolMax: settings.poolMax,
    applicationName: `flashsim-server-${process.instance}`,
    schema: settings.schema,
  });
  const sessions = createSessionStore(store, settings.sessions);
  return {
    instance: process.instance,
    admin: settings.admin,
    store,
    sessions,
    door: createDoor(store, sessions, settings.rateLimiter ?? undefined),
    stock: stockStrategies[settings.strategy].create(createOrderStore(store)),
    gauge: new WorkGauge(settings.maxInFlight),
    control: process.control,
    sale: () => process.sale(),
    close: () => store.close(),
  };
}
