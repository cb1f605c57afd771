import type { CacheReport } from './cache/cache-desk.ts';
import type { FailpointName } from './failpoints.ts';
import type { GatewayReport } from './gateway/gateway-report.ts';
import type { OrdersAnswer, OrdersQuestion } from './orders/server-orders.ts';
import type { SaleState, ServerSettings } from './services.ts';

/**
 * What the processes of the reference server say to each other: CLI ⇄ primary ⇄ server processes.
 * Every question has a number that its answer repeats.
 */

/** From the CLI to the primary. */
export type ToPrimary =
  | { readonly type: 'configure'; readonly config: PrimaryConfig }
  | { readonly type: 'ask'; readonly id: number; readonly question: Question }
  | { readonly type: 'stop' };

/** What the CLI can ask of the running server. */
export type Question =
  | { readonly kind: 'set-sale'; readonly sale: SaleState }
  | { readonly kind: 'in-flight' }
  /** What each server process caches of a product, and has in flight. */
  | { readonly kind: 'cache-report'; readonly productId: string }
  /** Has each server process load anew what it caches of a product. */
  | { readonly kind: 'warm-up'; readonly productId: string }
  | { readonly kind: 'kill' }
  | { readonly kind: 'slow'; readonly delayMs: number; readonly durationMs: number }
  /** What the gateways know: see {@link GatewayReport}. */
  | { readonly kind: 'gateway-report' }
  /** Of the one server process that has the orders in its memory. */
  | { readonly kind: 'orders'; readonly question: OrdersQuestion }
  | { readonly kind: 'pause'; readonly durationMs: number }
  /** Answered when the failpoint has fired, or never will: at `heal`. */
  | { readonly kind: 'arm'; readonly trap: Trap }
  /** Lets go on what is paused, and disarms every failpoint. */
  | { readonly kind: 'heal' };

/** A failpoint that waits for its hit. */
export interface Trap {
  readonly failpoint: FailpointName;
  /** Of all server processes together, from when it was armed; 1 or more. */
  readonly hit: number;
  /** How long the process is paused, in milliseconds; null kills it. */
  readonly pauseMs: number | null;
}

/** From the primary to the CLI. */
export type FromPrimary =
  | { readonly type: 'ready'; readonly port: number }
  | { readonly type: 'failed'; readonly reason: string; readonly portInUse: boolean }
  | { readonly type: 'answer'; readonly id: number; readonly answer: Answer }
  | { readonly type: 'incident'; readonly message: string }
  /** Server processes alive now, without the primary. */
  | { readonly type: 'processes'; readonly pids: readonly number[] };

/** What comes back to a question. */
export type Answer =
  | { readonly kind: 'done'; readonly detail: string }
  | { readonly kind: 'not-done'; readonly detail: string }
  | { readonly kind: 'count'; readonly count: number }
  | { readonly kind: 'cache-reports'; readonly reports: readonly CacheReport[] }
  | { readonly kind: 'gateway-report'; readonly report: GatewayReport }
  | { readonly kind: 'orders'; readonly answer: OrdersAnswer };

/** What the primary starts its server processes with. */
export interface PrimaryConfig {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly processes: number;
  readonly settings: ServerSettings;
  readonly sale: SaleState;
}

/** From the primary to a server process. */
export type ToServer =
  | {
      readonly type: 'configure';
      readonly instance: number;
      readonly host: string;
      readonly port: number;
      readonly settings: ServerSettings;
      readonly sale: SaleState;
      readonly armed: readonly FailpointName[];
    }
  | { readonly type: 'ask'; readonly id: number; readonly question: ServerQuestion }
  /** From now on it is to ask at these failpoints, and at no other. */
  | { readonly type: 'armed'; readonly failpoints: readonly FailpointName[] }
  /** May go on from the failpoint at which it asked. */
  | { readonly type: 'go-on'; readonly id: number }
  | { readonly type: 'answer'; readonly id: number; readonly answer: Answer };

/** What the primary asks a server process. What is done to it needs no consent. */
export type ServerQuestion = Extract<
  Question,
  {
    kind:
      | 'set-sale'
      | 'in-flight'
      | 'slow'
      | 'cache-report'
      | 'warm-up'
      | 'gateway-report'
      | 'orders';
  }
>;

/** What a server process asks the primary, for its admin routes. */
type ControlQuestion = Extract<
  Question,
  { kind: 'set-sale' | 'in-flight' | 'cache-report' | 'warm-up' }
>;

/** From a server process to the primary. */
export type FromServer =
  /** Listens for messages from now on: node:cluster loses what was sent before. */
  | { readonly type: 'loaded' }
  | { readonly type: 'ready' }
  | { readonly type: 'failed'; readonly reason: string; readonly portInUse: boolean }
  | { readonly type: 'answer'; readonly id: number; readonly answer: Answer }
  /** Has come to an armed failpoint, and waits for `go-on`. */
  | { readonly type: 'hit'; readonly id: number; readonly failpoint: FailpointName }
  | { readonly type: 'ask'; readonly id: number; readonly question: ControlQuestion }
  | { readonly type: 'incident'; readonly message: string };

/** Questions on the way, each waiting for the answer with its number. */
export class PendingAnswers {
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  #lastId = 0;

  /** Sends a question through `send` and waits; `not-done` after `timeoutMs`, undefined for ever. */
  ask(send: (id: number) => void, timeoutMs: number | undefined): Promise<Answer> {
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise((resolve) => {
      const giveUp = (): void =>
        this.settle(id, { kind: 'not-done', detail: `no answer within ${timeoutMs ?? 0} ms` });
      const timer = timeoutMs === undefined ? undefined : setTimeout(giveUp, timeoutMs);
      this.#waiting.set(id, (answer) => {
        clearTimeout(timer);
        resolve(answer);
      });
      send(id);
    });
  }

  settle(id: number, answer: Answer): void {
    const resolve = this.#waiting.get(id);
    this.#waiting.delete(id);
    resolve?.(answer);
  }

  /** Answers everything `not-done`: the other side is gone. */
  abandon(detail: string): void {
    for (const id of [...this.#waiting.keys()]) this.settle(id, { kind: 'not-done', detail });
  }
}
