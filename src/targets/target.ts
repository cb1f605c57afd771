import type { Contract } from '../history/contract.ts';
import type { CheckRecord, SaleEvent, UnmappedRecord } from '../history/run-record.ts';
import type { TruthSnapshot } from '../history/truth.ts';
import type { Operation, OutcomeClass } from '../history/vocabulary.ts';
import type { TemplateSpec } from './http/template-spec.ts';

/**
 * The port between flashsim and any server it loads. The engine knows no URL and no
 * status code: it asks {@link Protocol} for bytes and for the meaning of an answer.
 */

/** Where connections go. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
}

/** A plain, JSON-able value from which any process can rebuild the protocol. */
export interface ProtocolSpec {
  /** Name in the targets' registry. */
  readonly target: string;
  readonly endpoint: Endpoint;
  /** Path prefix of the server, without a trailing slash: `` or `/shop`. */
  readonly basePath: string;
  /** What the connections' certificates are checked with; left out, Node's own authorities. */
  readonly tls?: TlsMaterial;
  /** How a server is asked that does not speak the reference API. */
  readonly templates?: TemplateSpec;
}

/** Certificates and a key, as PEM. Never written anywhere. */
export interface TlsMaterial {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

/** What a request is about. Only what the operation needs is set. */
export interface RequestContext {
  readonly userId: string;
  readonly deviceId: string;
  /** The session's token, once logged in. */
  readonly token?: string | undefined;
  /** Address of the client, as a proxy would tell it. */
  readonly forwardedFor?: string | undefined;
  readonly productId?: string;
  readonly quantity?: number;
  readonly key?: string;
  readonly orderId?: string;
}

/** An answer as it came over the wire. Header names are lower case. */
export interface WireResponse {
  readonly status: number;
  header(name: string): string | undefined;
  readonly body: Buffer;
}

/** What an answer means. */
export interface Classified {
  readonly outcome: OutcomeClass;
  readonly code: string;
  readonly orderId?: string;
  readonly remaining?: number;
  readonly retryAfterMs?: number;
  readonly token?: string;
  /** Cookies that the answer sets, for {@link Protocol.renew}. */
  readonly cookies?: string;
  /** Which server process answered. */
  readonly instance?: string;
}

/** Pure: bytes out, meaning in. Used inside the engine's workers. */
export interface Protocol {
  /** A whole HTTP/1.1 request, ready to be written. */
  request(operation: Operation, context: RequestContext): Buffer;
  classify(operation: Operation, response: WireResponse): Classified;
  /** The session that devices have which need no login; left out, they log in. */
  readonly session?: string;
  /** Whether the server can be asked that; left out, it can be asked everything. */
  supports?(operation: Operation, context: Pick<RequestContext, 'orderId'>): boolean;
  /** A session with the cookies of a later answer. */
  renew?(token: string, cookies: string): string;
  /** Answers so far that nothing was declared for; left out, there are none. */
  unmapped?(): readonly UnmappedRecord[];
}

/** A fault of the scenario, ready to be injected. Durations are in milliseconds. */
export type Fault =
  /** Ends a service at once, as a crash would; it comes back by itself. */
  | { readonly kind: 'kill'; readonly service: string }
  /** Adds `delayMs` to every request of the service. */
  | {
      readonly kind: 'slow';
      readonly service: string;
      readonly delayMs: number;
      readonly durationMs: number;
    }
  /** Stops one process of the service, which keeps all that it holds, and lets it go on. */
  | { readonly kind: 'pause'; readonly service: string; readonly durationMs: number }
  /** Kills or pauses the server process that comes to a place in its code. */
  | FailpointFault
  /** Makes the service forget everything. */
  | { readonly kind: 'flush'; readonly service: string }
  /** A kill, with a word on what the service knows when it is back. */
  | {
      readonly kind: 'restart';
      readonly service: string;
      readonly persistence: 'none' | 'aof';
    }
  /** Lets nobody write to the service. */
  | { readonly kind: 'stall'; readonly service: string; readonly durationMs: number };

/** What a failpoint does to the first process that comes to it as the `hit`-th. */
export interface FailpointFault {
  readonly kind: 'failpoint';
  /** Name of the failpoint. */
  readonly failpoint: string;
  readonly action:
    | { readonly kind: 'kill' }
    | { readonly kind: 'pause'; readonly durationMs: number };
  /** Counted over all server processes from when the fault is injected; 1 or more. */
  readonly hit: number;
}

/** What became of a fault: one that did not fire makes a pass `unknown` (I20). */
export interface InjectedFault {
  readonly fired: boolean;
  /** What was done, or why nothing was. */
  readonly detail: string;
}

/** What became of an event of the scenario. */
export interface AppliedEvent {
  readonly outcome: OutcomeClass;
  readonly detail: string;
}

/** The positive control, on sale. */
export interface ControlSale {
  readonly productId: string;
  /** What the store holds of the control product alone. */
  truth(): Promise<TruthSnapshot>;
}

/** The sale as the target is to run it. Instants are wall clock, ms since 1970. */
export interface SaleTerms {
  readonly runId: string;
  readonly opensAtMs: number;
  readonly closesAtMs: number | undefined;
}

/** A server that can be started, loaded, broken and read. */
export interface Target {
  /** Starts what there is to start, and makes the products ready. May be called once. */
  start(): Promise<ProtocolSpec>;
  /** What the server promises; complete once {@link openSale} was called. */
  contract(): Contract;
  /** Tells the server when to open and close. Called before the opening. */
  openSale(terms: SaleTerms): Promise<void>;
  /**
   * Breaks something. Settles once it is broken, which for a failpoint is when a process has come to
   * it; what lasts for a while (a pause, a stall) mends itself later.
   *
   * @param over aborted when the sale is over: everything that still lasts is mended then, and what
   *   has not fired settles as such
   */
  inject(fault: Fault, over: AbortSignal): Promise<InjectedFault>;
  /** Restocks or closes the running sale. Never rejects: `info` when nobody knows. */
  apply(event: SaleEvent): Promise<AppliedEvent>;
  /**
   * Puts the positive control on sale: a second product that `naive` counts down, open at once and
   * without a limit per user. undefined where it does not apply (an own server).
   */
  control(stock: number): Promise<ControlSale | undefined>;
  /** Requests being worked on now; undefined when the target cannot tell. */
  inFlight(): Promise<number | undefined>;
  /** What the store holds now; undefined when the target has no way to tell. */
  truth(): Promise<TruthSnapshot | undefined>;
  /** Why {@link truth} tells nothing, where that is not that nobody said how the store is read. */
  hiddenStore?(): string | undefined;
  /** Invariants of the user's own, as they are now; left out, there are none. Never rejects. */
  checks?(): Promise<readonly CheckRecord[]>;
  /** The opening as the server itself told, ms since 1970; undefined when the scenario says it. */
  opensAtMs?(): number | undefined;
  /** Tells the server that everything is over; what goes wrong is an incident. Left out: nothing to do. */
  tearDown?(): Promise<void>;
  /** Things worth telling that were not asked for: a server process that died and was replaced. */
  incidents(): readonly string[];
  /** Server processes and services of the target, for memory accounting; empty for an own server. */
  processIds(): readonly number[];
  /**
   * Ends everything {@link start} began. Safe to call at any time and twice. Returns what could not be
   * removed from servers of the user's own, a line each: one of them may have died meanwhile, which is
   * no reason to lose the verdict.
   */
  stop(): Promise<readonly string[]>;
}
