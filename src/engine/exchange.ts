import type { Connection, ExchangeHandler, FailureKind } from '../transport/connection.ts';
import type { Lease, PoolWaiter } from '../transport/connection-pool.ts';
import type { WireResponse } from '../transport/response-parser.ts';
import type { Device, Request } from './shopper.ts';

/** Is told what becomes of the requests under way. Times are ns of the run's clock. */
export interface ExchangeOwner {
  /** The pool has lent a connection. */
  lent(exchange: Exchange, lease: Lease): void;
  /** The whole answer came. */
  answered(exchange: Exchange, response: WireResponse, atNs: number): void;
  /** There will be no answer; `atNs` is undefined when no connection could be made. */
  failed(exchange: Exchange, kind: FailureKind, atNs: number | undefined): void;
}

/**
 * A request under way. It is what its connection tells of the answer, and what stands in the pool's
 * line: one object a request, and no closure.
 */
export class Exchange implements ExchangeHandler, PoolWaiter {
  readonly #owner: ExchangeOwner;
  readonly device: Device;
  readonly request: Request;
  /** When it was submitted. */
  readonly startNs: number;
  readonly deadlineNs: number;
  /** What it went out on, when that is the pool's. */
  lease: Lease | undefined = undefined;
  /** It found no connection of the pool free. */
  waits = false;
  inLine = false;
  /** Its neighbours in the {@link ExchangeList} that it is in. */
  previous: Exchange | undefined = undefined;
  next: Exchange | undefined = undefined;

  constructor(
    owner: ExchangeOwner,
    about: { readonly device: Device; readonly request: Request },
    startNs: number,
    timeoutNs: number,
  ) {
    this.#owner = owner;
    this.device = about.device;
    this.request = about.request;
    this.startNs = startNs;
    this.deadlineNs = startNs + timeoutNs;
  }

  /** Writes the request. `number` is the connection's, within the worker. */
  send(connection: Connection, number: number): void {
    const { request } = this;
    request.connection = connection;
    request.connectionNumber = number;
    connection.send(request.bytes, this);
  }

  onSent(atNs: number): void {
    this.request.sentNs = atNs;
  }

  onFirstByte(atNs: number): void {
    this.request.firstByteNs = atNs;
  }

  onResponse(response: WireResponse, atNs: number): void {
    this.#owner.answered(this, response, atNs);
  }

  onFailure(kind: FailureKind, atNs: number): void {
    this.#owner.failed(this, kind, atNs);
  }

  onLease(lease: Lease): void {
    this.#owner.lent(this, lease);
  }

  onNoLease(): void {
    this.#owner.failed(this, 'not-sent', undefined);
  }
}
