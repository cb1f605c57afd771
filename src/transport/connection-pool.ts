import { assert } from '../core/assert.ts';
import type { Connection } from './connection.ts';

/** What a {@link ConnectionPool} needs of a connection. */
interface Poolable {
  readonly open: boolean;
  readonly idleDeadlineNs: number;
  close(reason?: string): void;
}

/** A connection of a pool, lent to one request at a time. */
export interface Lease<C extends Poolable = Connection> {
  readonly connection: C;
  /** Number of the connection within the pool, in the order of opening, from 0. */
  readonly number: number;
  /** Server process at the other end, as its holder noted it; empty while nobody has. */
  instance: string;
}

/** Waits in line for a connection. An object rather than a promise, for the sake of cost. */
export interface PoolWaiter<C extends Poolable = Connection> {
  /** The connection is the waiter's until {@link ConnectionPool.release}; it may be closed already. */
  onLease(lease: Lease<C>): void;
  /** No connection could be made, and none is open that could become free. */
  onNoLease(): void;
}

/**
 * A fixed number of connections that many devices share, as behind a gateway or a client library's
 * pool: first come, first served, one request at a time on each. The line is as long as there are
 * devices that wait; what they wait is theirs to measure. A connection that was lost is opened again
 * when somebody wants it. Idle ones take turns, so that all of them stay warm.
 */
export class ConnectionPool<C extends Poolable = Connection> {
  readonly size: number;
  readonly #connect: () => Promise<C>;
  /** In the order in which they became free. */
  readonly #idle = new Set<Lease<C>>();
  readonly #lent = new Set<Lease<C>>();
  readonly #waiting = new Set<PoolWaiter<C>>();
  #connecting = 0;
  #numbers = 0;

  /**
   * @param connector opens connections, a bounded number at a time
   * @param size most connections, from 1
   */
  constructor(connector: { connect(): Promise<C> }, size: number) {
    assert(size >= 1, 'a pool has at least one connection');
    this.size = size;
    this.#connect = () => connector.connect();
  }

  /** Requests that wait for a connection. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** Open connections, idle and lent. */
  *leases(): Generator<Lease<C>> {
    yield* this.#idle;
    yield* this.#lent;
  }

  /** Lends a connection, at once if one is idle, else when the waiter's turn has come. */
  acquire(waiter: PoolWaiter<C>): void {
    // Whoever waits already comes first.
    const lease = this.#waiting.size === 0 ? this.#takeIdle() : undefined;
    if (lease === undefined) {
      this.#waiting.add(waiter);
      this.#grow();
    } else this.#lend(lease, waiter);
  }

  /** The waiter wants no connection any more. Does nothing when it has one. */
  cancel(waiter: PoolWaiter<C>): void {
    this.#waiting.delete(waiter);
  }

  /** Takes a connection back, open or not. */
  release(lease: Lease<C>): void {
    if (this.#lent.delete(lease)) this.#offer(lease);
  }

  /**
   * Closes idle connections that the server has closed, or will before `neededNs`.
   *
   * @returns how many the pool lacks
   */
  dropStale(neededNs: number): number {
    for (const lease of this.#idle) {
      const { connection } = lease;
      if (connection.open && connection.idleDeadlineNs > neededNs) continue;
      connection.close();
      this.#idle.delete(lease);
    }
    return this.#missing;
  }

  /** Opens one more connection if the pool lacks any. Rejects when it cannot be made. */
  async openOne(): Promise<void> {
    if (this.#missing > 0) this.#adopt(await this.#open());
  }

  get #missing(): number {
    return this.size - this.#idle.size - this.#lent.size - this.#connecting;
  }

  async #open(): Promise<C> {
    this.#connecting += 1;
    try {
      return await this.#connect();
    } finally {
      this.#connecting -= 1;
    }
  }

  #adopt(connection: C): void {
    const number = this.#numbers;
    this.#numbers += 1;
    this.#offer({ connection, number, instance: '' });
  }

  /** The connection that has been idle for longest; those that were closed meanwhile are dropped. */
  #takeIdle(): Lease<C> | undefined {
    for (const lease of this.#idle) {
      this.#idle.delete(lease);
      if (lease.connection.open) return lease;
    }
    return undefined;
  }

  #lend(lease: Lease<C>, waiter: PoolWaiter<C>): void {
    this.#lent.add(lease);
    waiter.onLease(lease);
  }

  /** A connection is free, or lost: then another may be opened in its place. */
  #offer(lease: Lease<C>): void {
    if (!lease.connection.open) {
      this.#grow();
      return;
    }
    const [next] = this.#waiting;
    if (next === undefined) this.#idle.add(lease);
    else {
      this.#waiting.delete(next);
      this.#lend(lease, next);
    }
  }

  /** Opens as many connections as there are waiters without one under way, if the pool may. */
  #grow(): void {
    while (this.#connecting < this.#waiting.size && this.#missing > 0) {
      void this.#open().then(
        (connection) => this.#adopt(connection),
        () => this.#connectFailed(),
      );
    }
  }

  /** While others are open, whoever waits may get one of them. Else nobody will: one after the other. */
  #connectFailed(): void {
    const [first] = this.#waiting;
    if (first === undefined || this.#lent.size > 0) return;
    this.#waiting.delete(first);
    first.onNoLease();
    this.#grow();
  }
}
