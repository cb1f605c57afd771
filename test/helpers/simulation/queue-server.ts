import type { Send } from './clients.ts';
import type { Simulator } from './simulator.ts';

/** A server that takes one request after the other. */
export interface QueueServerOptions {
  readonly capacityPerS: number;
  /** Of the network, both ways together. */
  readonly latencyMs: number;
  /** Which of the waiting requests comes next. */
  readonly discipline?: 'fifo' | 'lifo';
  /** Requests that may wait; more are dropped. */
  readonly queueMax?: number;
  /** A request that is older when its turn comes is dropped instead of worked on. */
  readonly dropOlderThanMs?: number;
}

interface Waiting {
  readonly sentAtMs: number;
  readonly answer: (code: string) => void;
}

/**
 * The server of Bronson et al., "Metastable Failures in Distributed Systems" (HotOS '21): a queue in
 * front of a fixed capacity, which works on for clients that have gone. Its network may be cut for a
 * while, holding what is sent, and it may become slow.
 */
export class QueueServer {
  readonly #simulator: Simulator;
  readonly #options: QueueServerOptions;
  #queue: Waiting[] = [];
  #head = 0;
  #busy = false;
  #speed = 1;
  #held: (() => void)[] | undefined;

  constructor(simulator: Simulator, options: QueueServerOptions) {
    this.#simulator = simulator;
    this.#options = options;
  }

  /** Requests that wait. */
  get backlog(): number {
    return this.#queue.length - this.#head + (this.#held?.length ?? 0);
  }

  readonly send: Send = (answer) => {
    const request = { sentAtMs: this.#simulator.nowMs, answer };
    this.#travel(() => this.#arrive(request));
  };

  /** Cuts the network: what is sent from now on is held until {@link restore}. */
  cut(): void {
    this.#held = [];
  }

  restore(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const deliver of held) deliver();
  }

  /** Works at so many times its speed from now on. */
  setSpeed(speed: number): void {
    this.#speed = speed;
  }

  #travel(deliver: () => void): void {
    this.#simulator.after(this.#options.latencyMs / 2, () => {
      if (this.#held === undefined) deliver();
      else this.#held.push(deliver);
    });
  }

  #arrive(request: Waiting): void {
    if (this.backlog >= (this.#options.queueMax ?? Number.POSITIVE_INFINITY)) return;
    this.#queue.push(request);
    if (!this.#busy) this.#next();
  }

  #next(): void {
    const request = this.#take();
    this.#busy = request !== undefined;
    if (request === undefined) return;
    const serviceMs = 1_000 / (this.#options.capacityPerS * this.#speed);
    this.#simulator.after(serviceMs, () => {
      this.#travel(() => request.answer('ok'));
      this.#next();
    });
  }

  #take(): Waiting | undefined {
    const { discipline = 'fifo', dropOlderThanMs = Number.POSITIVE_INFINITY } = this.#options;
    for (;;) {
      const request = discipline === 'lifo' ? this.#queue.pop() : this.#queue[this.#head];
      if (request === undefined) return undefined;
      if (discipline === 'fifo') this.#head += 1;
      if (this.#head > 10_000) {
        this.#queue = this.#queue.slice(this.#head);
        this.#head = 0;
      }
      if (this.#simulator.nowMs - request.sentAtMs <= dropOlderThanMs) return request;
    }
  }
}
