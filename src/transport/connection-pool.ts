import { assert } from '../core/assert.ts';
import type { Connection } from './connection.ts';
import { type InLine, WaitingLine } from './waiting-line.ts';

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
  /** The pool's own: whether somebody has it. */
  lent: boolean;
  /** The pool's own: which became free next. */
  nextIdle: Lease<C> | undefined;
}

/** Waits in line for a connection. An object rather than a promise, for the sake of cost. */
export interface PoolWaiter<C extends Poolable = Connection> extends InLine {
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
  /** Open connections, idle and lent. */
  readonly #leases = new Set<Lease<C>>();
  /**
   * The idle ones in the order in which they became free, linked through themselves: with two changes a
   * request, a `Set` would leave a table behind every few of them.
   */
  #idleFirst: Lease<C> | undefined;
  #idleLast: Lease<C> | undefined;
  #lentCount = 0;
  readonly #waiting = new WaitingLine<PoolWaiter<C>>();
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
  leases(): Iterable<Lease<C>> {
    return this.#leases;
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
    if (!lease.lent) return;
    lease.lent = false;
    this.#lentCount -= 1;
    this.#offer(lease);
  }

  /**
   * Closes idle connections that the server has closed, or will before `neededNs`.
   *
   * @returns how many the pool lacks
   */
  dropStale(neededNs: number): number {
    let lease = this.#idleFirst;
    this.#idleFirst = undefined;
    this.#idleLast = undefined;
    while (lease !== undefined) {
      const { connection, nextIdle } = lease;
      if (connection.open && connection.idleDeadlineNs > neededNs) this.#addIdle(lease);
      else {
        connection.close();
        this.#leases.delete(lease);
      }
      lease = nextIdle;
    }
    return this.#missing;
  }

  /** Opens one more connection if the pool lacks any. Rejects when it cannot be made. */
  async openOne(): Promise<void> {
    if (this.#missing > 0) this.#adopt(await this.#open());
  }

  get #missing(): number {
    return this.size - this.#leases.size - this.#connecting;
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
    const lease: Lease<C> = {
      connection,
      number,
      instance: '',
      lent: false,
      nextIdle: undefined,
    };
    this.#leases.add(lease);
    this.#offer(lease);
  }

  #addIdle(lease: Lease<C>): void {
    lease.nextIdle = undefined;
    if (this.#idleLast === undefined) this.#idleFirst = lease;
    else this.#idleLast.nextIdle = lease;
    this.#idleLast = lease;
  }

  /** The connection that has been idle for longest; those that were closed meanwhile are dropped. */
  #takeIdle(): Lease<C> | undefined {
    for (let lease = this.#idleFirst; lease !== undefined; lease = this.#idleFirst) {
      this.#idleFirst = lease.nextIdle;
      if (this.#idleFirst === undefined) this.#idleLast = undefined;
      lease.nextIdle = undefined;
      if (lease.connection.open) return lease;
      this.#leases.delete(lease);
    }
    return undefined;
  }

  #lend(lease: Lease<C>, waiter: PoolWaiter<C>): void {
    lease.lent = true;
    this.#lentCount += 1;
    waiter.onLease(lease);
  }

  /** A connection is free, or lost: then another may be opened in its place. */
  #offer(lease: Lease<C>): void {
    if (!lease.connection.open) {
      this.#leases.delete(lease);
      this.#grow();
      return;
    }
    const next = this.#waiting.shift();
    if (next === undefined) this.#addIdle(lease);
    else this.#lend(lease, next);
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
    const first = this.#lentCount > 0 ? undefined : this.#waiting.shift();
    if (first === undefined) return;
    first.onNoLease();
    this.#grow();
  }
}
