import type { ProductContract } from '../../history/contract.ts';
import type { GatewayLimit } from './gateway/limit-settings.ts';
import type { SessionSettings } from './sessions/settings.ts';
import type { OrderStoreName, StrategySettings } from './stock/settings.ts';

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
  };
  readonly stores: {
    /** URL of a PostgreSQL of the user's own; undefined starts the embedded one. */
    readonly postgres: string | undefined;
  };
  /** What is left out has the default of `sessionDefaults`. */
  readonly sessions: Partial<SessionSettings>;
  /** Limit at the gateway, for authorised requests; undefined for none. */
  readonly rateLimiter: GatewayLimit | undefined;
  /** `sync`: the answer is the order (201). `async`: it is queued (202) and decided later. */
  readonly ordering: 'sync' | 'async';
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
}
