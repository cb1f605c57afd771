import type { Secrets } from '../../core/secrets.ts';
import type { ProductContract } from '../../history/contract.ts';
import type { GatewayLimit } from './gateway/limit-settings.ts';
import type { WaitingRoomSettings } from './gateway/waiting-room.ts';
import type { OrderingName } from './orders/orderings/registry.ts';
import type { ThreadPoolOptions } from './orders/pooled-ordering.ts';
import type { SessionSettings } from './sessions/settings.ts';
import type { RecoveryPolicyName } from './stock/recovery/registry.ts';
import type { OrderStoreName, StrategySettings, WarmUpSetting } from './stock/settings.ts';

/** Settings of the bundled order server, as the scenario gives them (units resolved). */
export interface ReferenceOptions {
  readonly topology: 'single';
  /** Server processes that share the port. */
  readonly processes: number;
  readonly stock: {
    /** Name of the strategy that counts every product down which `strategies` does not name. */
    readonly strategy: string;
    /** Where products and orders are. */
    readonly store: OrderStoreName;
    /** Settings of single strategies; what is left out has the default of `strategyDefaults`. */
    readonly settings?: Partial<StrategySettings> | undefined;
    /** A strategy for a product alone, by the product's id. */
    readonly strategies?: Readonly<Record<string, string>> | undefined;
    /** When cached counts are loaded; by the first request that misses one unless told. */
    readonly warmUp?: WarmUpSetting | undefined;
    /** What a count is loaded with; `none` unless told. */
    readonly recovery?: RecoveryPolicyName | undefined;
  };
  readonly stores: {
    /** URL of a PostgreSQL of the user's own; undefined starts the embedded one. */
    readonly postgres: string | undefined;
    /** URL of a MySQL or MariaDB of the user's own; undefined starts a private one. */
    readonly mysql?: string | undefined;
    /** URL of a Redis of the user's own; undefined starts a private one where a strategy needs it. */
    readonly redis?: string | undefined;
  };
  /** What is left out has the default of `sessionDefaults`. */
  readonly sessions: Partial<SessionSettings>;
  /** Limit at the gateway, for authorised requests; undefined for none. */
  readonly rateLimiter: GatewayLimit | undefined;
  /** In front of the orders; left out, there is none. In the memory of one process. */
  readonly waitingRoom?: WaitingRoomSettings | undefined;
  /** How an order is dealt with; the answer is the order (201), or it is decided later (202). */
  readonly ordering: OrderingName;
  /** How long publishing an order to the queue may take, in milliseconds; 250 unless told. */
  readonly publishTimeoutMs?: number;
  /** Threads of each process that work on orders; left out, as many as orders come. */
  readonly threadPool?: ThreadPoolOptions | undefined;
  /** Whether X-Forwarded-For of a proxy on this machine is believed; no unless told. */
  readonly trustProxy?: boolean;
  /** Port to listen on; 0 takes a free one. */
  readonly port: number;
}

/** What a target is made from. */
export interface TargetContext {
  readonly runId: string;
  readonly products: readonly ProductContract[];
  /** Consent of the command line to leave loopback (`--allow-remote`). */
  readonly allowRemote: boolean;
  /** Hosts outside loopback that the scenario names. */
  readonly allowHosts: readonly string[];
  /** Where paths in the scenario count from; left out, the working directory. */
  readonly folder?: string;
  /** How many people come; left out, 1. */
  readonly people?: number;
  /** What no message shows; the target adds what it comes across. Left out, nothing is known. */
  readonly secrets?: Secrets;
}
