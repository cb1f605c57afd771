import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { assert } from '../core/assert.ts';
import type { FlashsimError } from '../core/errors.ts';
import { formatDurationMs } from '../core/units.ts';
import { connectError } from './connect-error.ts';
import { Connection, type ConnectionSettings } from './connection.ts';
import type { Endpoint } from './endpoint.ts';

/** What a {@link Connector} needs of a connection. */
interface Connectable {
  connect(address: string): Promise<void>;
  close(reason: string): void;
}

/** Limits on connecting. */
export interface ConnectorOptions {
  /**
   * Connects under way at once, from 1. 256 unless given: more than a server's listen backlog at
   * once would have SYNs dropped, and those come again only after a second.
   */
  readonly maxConnecting?: number;
  /** For one connect, from when it begins (not from when it was queued). 10 s unless given. */
  readonly connectTimeoutMs?: number;
}

interface Queued<C> {
  /** Address to connect from; undefined for the usual one. */
  readonly localAddress: string | undefined;
  readonly resolve: (connection: C) => void;
  readonly reject: (reason: unknown) => void;
}

/** A connector of HTTP/1.1 connections that share `options`. */
export function createConnector(options: ConnectionSettings & ConnectorOptions): Connector {
  return new Connector(
    options.endpoint,
    (localAddress) =>
      new Connection(localAddress === undefined ? options : { ...options, localAddress }),
    options,
  );
}

/**
 * Opens many connections to one server, first come first served, a bounded number at a time. The
 * host name is looked up once, not once per connection.
 */
export class Connector<C extends Connectable = Connection> {
  readonly #endpoint: Endpoint;
  readonly #create: (localAddress: string | undefined) => C;
  readonly #maxConnecting: number;
  readonly #timeoutMs: number;
  #queue: Queued<C>[] = [];
  /** Index of the first that waits; what is before it is done. */
  #first = 0;
  #connecting = 0;
  readonly #underWay = new Set<C>();
  #addresses: Promise<string[]> | undefined;
  #abortReason: string | undefined;

  constructor(
    endpoint: Endpoint,
    create: (localAddress: string | undefined) => C,
    options: ConnectorOptions = {},
  ) {
    this.#endpoint = endpoint;
    this.#create = create;
    this.#maxConnecting = options.maxConnecting ?? 256;
    this.#timeoutMs = options.connectTimeoutMs ?? 10_000;
    assert(this.#maxConnecting >= 1, 'maxConnecting is at least 1');
  }

  /** Connects under way. */
  get connecting(): number {
    return this.#connecting;
  }

  /** Connects that wait for their turn. */
  get queued(): number {
    return this.#queue.length - this.#first;
  }

  /**
   * A new connection, open, when its turn has come.
   *
   * @param localAddress address to connect from; the usual one unless given
   * @throws FlashsimError when it cannot be opened in time, or after {@link abort}
   */
  connect(localAddress?: string): Promise<C> {
    return new Promise((resolve, reject) => {
      if (this.#abortReason !== undefined) {
        reject(this.#failure(this.#abortReason));
        return;
      }
      this.#queue.push({ localAddress, resolve, reject });
      this.#startNext();
    });
  }

  /** Fails what waits and what is under way, now and from now on. Open connections stay open. */
  abort(reason = 'The run is being stopped.'): void {
    if (this.#abortReason !== undefined) return;
    this.#abortReason = reason;
    const waiting = this.#queue.slice(this.#first);
    this.#queue = [];
    this.#first = 0;
    for (const { reject } of waiting) reject(this.#failure(reason));
    for (const connection of [...this.#underWay]) connection.close(reason);
  }

  #failure(reason: string): FlashsimError {
    return connectError(this.#endpoint, reason);
  }

  #startNext(): void {
    while (this.#connecting < this.#maxConnecting) {
      const next = this.#queue[this.#first];
      if (next === undefined) {
        this.#queue = [];
        this.#first = 0;
        return;
      }
      this.#first += 1;
      this.#connecting += 1;
      void this.#run(next);
    }
  }

  async #run({ localAddress, resolve, reject }: Queued<C>): Promise<void> {
    try {
      resolve(await this.#open(localAddress));
    } catch (error) {
      reject(error);
    } finally {
      this.#connecting -= 1;
      this.#startNext();
    }
  }

  /** Tries the addresses of the host in turn; the one that answered is first the next time. */
  async #open(localAddress: string | undefined): Promise<C> {
    const connection = this.#create(localAddress);
    const addresses = await this.#lookup();
    let failure: unknown;
    for (const address of [...addresses]) {
      try {
        await this.#openAt(connection, address);
        if (addresses[0] !== address) {
          addresses.splice(addresses.indexOf(address), 1);
          addresses.unshift(address);
        }
        return connection;
      } catch (error) {
        failure = error;
      }
    }
    throw failure instanceof Error ? failure : this.#failure('The host name has no address.');
  }

  async #openAt(connection: C, address: string): Promise<void> {
    // The look-up and the address before take time, in which abort() may have been called.
    if (this.#abortReason !== undefined) throw this.#failure(this.#abortReason);
    const timer = setTimeout(() => {
      connection.close(`No connection within ${formatDurationMs(this.#timeoutMs)}.`);
    }, this.#timeoutMs);
    this.#underWay.add(connection);
    try {
      await connection.connect(address);
    } finally {
      clearTimeout(timer);
      this.#underWay.delete(connection);
    }
  }

  async #lookup(): Promise<string[]> {
    const { host } = this.#endpoint;
    this.#addresses ??=
      isIP(host) === 0
        ? lookup(host, { all: true }).then((found) => found.map(({ address }) => address))
        : Promise.resolve([host]);
    try {
      return await this.#addresses;
    } catch (error) {
      // A name that was not found may be found later.
      this.#addresses = undefined;
      throw connectError(this.#endpoint, error);
    }
  }
}
