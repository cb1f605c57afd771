import { type Rng, rngFor } from '../../../src/core/rng.ts';
import {
  ClientPolicy,
  type ClientPolicyOptions,
} from '../../../src/policies/retries/client-policy.ts';
import type { Simulator } from './simulator.ts';

/** Takes a request and calls back with the code of its answer, or never. */
export type Send = (answer: (code: string) => void) => void;

/** What simulated clients do, and how it went. */
export interface ClientsOptions {
  readonly policy: ClientPolicyOptions;
  /** Clients with a policy each; purchases are dealt to them in turn. */
  readonly clients?: number;
  readonly timeoutMs: number;
  readonly send: Send;
  readonly seed: number;
}

/** Clients that run flashsim's own policies, and count what comes of them. */
export class SimulatedClients {
  readonly firstAttemptsAtMs: number[] = [];
  readonly attemptsAtMs: number[] = [];
  /** Answers that came while the client waited for them. */
  readonly successesAtMs: number[] = [];
  readonly #simulator: Simulator;
  readonly #options: ClientsOptions;
  readonly #policies: readonly ClientPolicy[];

  constructor(simulator: Simulator, options: ClientsOptions) {
    this.#simulator = simulator;
    this.#options = options;
    const { clients = 1, policy } = options;
    this.#policies = Array.from({ length: clients }, () => new ClientPolicy(policy));
  }

  /** A purchase begins now. */
  arrive(): void {
    const intent = this.firstAttemptsAtMs.length;
    this.firstAttemptsAtMs.push(this.#simulator.nowMs);
    const policy = this.#policies[intent % this.#policies.length];
    if (policy === undefined) throw new Error('there is a client');
    this.#attempt({ intent, policy, attempts: 0, waitMs: undefined, failedWith: undefined });
  }

  /** Poisson arrivals until `untilMs`; `ratePerS` is asked for at each. */
  arrivals(ratePerS: (nowMs: number) => number, untilMs: number): void {
    const rng = rngFor(this.#options.seed, 'arrivals');
    const next = (): void => {
      const gapMs = (-Math.log(1 - rng.next()) * 1_000) / ratePerS(this.#simulator.nowMs);
      if (this.#simulator.nowMs + gapMs >= untilMs) return;
      this.#simulator.after(gapMs, () => {
        this.arrive();
        next();
      });
    };
    next();
  }

  #attempt(purchase: Purchase): void {
    const { nowMs } = this.#simulator;
    const { policy, intent } = purchase;
    purchase.attempts += 1;
    const { attempts } = purchase;
    const heldBack = policy.admit(attempts, nowMs, this.#rng('throttle', intent, attempts));
    if (heldBack !== undefined) {
      this.#failed(purchase, heldBack);
      return;
    }
    this.attemptsAtMs.push(nowMs);
    let open = true;
    const end = (code: string): void => {
      if (!open) return;
      open = false;
      const durationMs = this.#simulator.nowMs - nowMs;
      const attempt = { code, durationMs, retriedAfter: purchase.failedWith };
      policy.ended(attempt, this.#simulator.nowMs);
      if (code === 'ok') this.successesAtMs.push(this.#simulator.nowMs);
      else this.#failed(purchase, code);
    };
    this.#simulator.after(this.#options.timeoutMs, () => end('timeout'));
    this.#options.send(end);
  }

  #failed(purchase: Purchase, code: string): void {
    const { policy, intent, attempts } = purchase;
    const next = policy.afterFailure(
      { attempts, code, retryAfterMs: undefined, previousWaitMs: purchase.waitMs },
      { nowMs: this.#simulator.nowMs, untilMs: Number.POSITIVE_INFINITY },
      this.#rng('retry', intent, attempts),
    );
    purchase.failedWith = code;
    if (next.kind !== 'retry') return;
    purchase.waitMs = next.waitMs;
    this.#simulator.after(next.delayMs, () => this.#attempt(purchase));
  }

  #rng(purpose: string, intent: number, attempt: number): Rng {
    // Made when somebody draws, as the engine does.
    return { next: () => rngFor(this.#options.seed, purpose, intent, attempt).next() };
  }
}

interface Purchase {
  readonly intent: number;
  readonly policy: ClientPolicy;
  attempts: number;
  waitMs: number | undefined;
  failedWith: string | undefined;
}
