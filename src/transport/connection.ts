import { connect as connectTcp, isIP, type Socket, type TcpSocketConnectOpts } from 'node:net';
import {
  type ConnectionOptions,
  connect as connectTls,
  createSecureContext,
  type SecureContext,
} from 'node:tls';
import { assert } from '../core/assert.ts';
import { type NowNs, nsPerS } from '../core/clock.ts';
import { messageOf, systemCodeOf } from '../core/errors.ts';
import { connectError } from './connect-error.ts';
import type { Endpoint } from './endpoint.ts';
import { defaultMaxBodyBytes, ResponseParser, type WireResponse } from './response-parser.ts';

/**
 * How a request ended without an answer.
 * - `not-sent`: lost before the first byte was written; it had no effect.
 * - `reset`: the connection was lost after the write; nobody knows.
 * - `bad-response`: the answer is malformed or too long; nobody knows.
 * - `aborted`: flashsim itself closed the connection; nobody knows.
 */
export type FailureKind = 'not-sent' | 'reset' | 'bad-response' | 'aborted';

/**
 * Is told what becomes of one request; exactly one of {@link onResponse} and {@link onFailure}
 * comes, unless the request is abandoned. An object rather than a promise, for the sake of cost.
 * Times are nanoseconds of the clock that the connection was given.
 */
export interface ExchangeHandler {
  /** The request was handed to the socket. Not called when it was not sent. */
  onSent(atNs: number): void;
  /** The first byte of the answer came, be it of an interim one (1xx). */
  onFirstByte(atNs: number): void;
  /** The whole answer came. The connection may be used again at once if it is still `open`. */
  onResponse(response: WireResponse, atNs: number): void;
  /** May be called from within {@link Connection.send} when the kind is `not-sent`. */
  onFailure(kind: FailureKind, atNs: number): void;
}

/** What all connections to one server share. */
export interface ConnectionSettings {
  readonly endpoint: Endpoint;
  readonly now: NowNs;
  /** Address to connect from; the system chooses unless given. */
  readonly localAddress?: string;
  /** Longest body accepted, in bytes; 1 MiB unless given. */
  readonly maxBodyBytes?: number;
  /** Certificates to trust; Node's own unless given. */
  readonly secureContext?: SecureContext;
  /** Told of every error of a socket, connecting or open, by the system's code; `other` without one. */
  readonly onSocketError?: (code: string) => void;
}

/** Servers close idle connections a little early at times, and our request takes time to arrive. */
const idleMarginS = 1;

/**
 * All sockets of a thread read into this one buffer: the callback has copied what it needs before
 * any other read begins. So an idle connection has no buffer, and a read allocates none.
 */
const readBuffer = Buffer.allocUnsafeSlow(64 * 1024);

/** A connection needs a parser only while an answer comes in; these wait for the next one. */
const spareParsers: ResponseParser[] = [];
const maxSpareParsers = 64;

/** Made once: a context of its own for each connection would cost a millisecond and 100 KiB. */
let defaultSecureContext: SecureContext | undefined;

/** A socket that knows its connection, so that all sockets share the same listeners. */
interface OwnedSocket extends Socket {
  [owner]?: Connection | undefined;
}
const owner = Symbol('connection');

interface Waiter {
  readonly resolve: () => void;
  readonly reject: (reason: Error) => void;
}

/**
 * One HTTP/1.1 connection of one device: one request at a time, no pipelining, no queue, no retry.
 * After it was lost or closed it may {@link connect} again.
 */
export class Connection {
  readonly #settings: ConnectionSettings;
  #socket: OwnedSocket | undefined;
  #waiter: Waiter | undefined;
  #open = false;
  #handler: ExchangeHandler | undefined;
  #parser: ResponseParser | undefined;
  #toHead = false;
  #idleDeadlineNs = Number.POSITIVE_INFINITY;
  #requests = 0;
  #closeReason = 'The connection was never connected.';

  constructor(settings: ConnectionSettings) {
    this.#settings = settings;
  }

  get endpoint(): Endpoint {
    return this.#settings.endpoint;
  }

  /** Connected, and not closed as far as this side knows. */
  get open(): boolean {
    return this.#open;
  }

  /** A request is outstanding. */
  get busy(): boolean {
    return this.#handler !== undefined;
  }

  /**
   * When the server may close the idle connection: the last answer's `Keep-Alive: timeout` less 1 s,
   * in ns of the connection's clock. Infinity while the server has told none.
   */
  get idleDeadlineNs(): number {
    return this.#idleDeadlineNs;
  }

  /** How many times the socket was used again: the requests sent on it after its first. */
  get reused(): number {
    return Math.max(0, this.#requests - 1);
  }

  /** Why the connection is not open, in words. */
  get closeReason(): string {
    return this.#closeReason;
  }

  /**
   * Opens the connection (with TLS: until the server's certificate was verified).
   *
   * @param address address of the endpoint's host, when it is known already
   * @throws FlashsimError when it cannot be made, or was closed meanwhile
   */
  connect(address: string = this.#settings.endpoint.host): Promise<void> {
    assert(this.#socket === undefined, 'connect() is called on a closed connection');
    return new Promise((resolve, reject) => {
      this.#waiter = { resolve, reject };
      this.#requests = 0;
      this.#idleDeadlineNs = Number.POSITIVE_INFINITY;
      const socket: OwnedSocket = this.#openSocket(address);
      socket[owner] = this;
      socket.on('error', Connection.#onError);
      socket.on('end', Connection.#onEnd);
      socket.on('close', Connection.#onClose);
      this.#socket = socket;
    });
  }

  /**
   * Writes a whole request. The bytes must not change until it has ended.
   * On a closed connection the handler is told `not-sent` before this returns.
   */
  send(bytes: Buffer, handler: ExchangeHandler): void {
    assert(this.#handler === undefined, 'a connection carries one request at a time');
    const socket = this.#socket;
    const atNs = this.#settings.now();
    if (!this.#open || socket === undefined || socket.destroyed) {
      // It broke just now, and its listeners have not been told.
      if (this.#open) this.#detach('The connection was closed.');
      handler.onFailure('not-sent', atNs);
      return;
    }
    socket.write(bytes);
    // The first write happens within write(): an error by now means that the system took no byte.
    // Under TLS several records may have been under way, so nobody knows.
    if (socket.errored !== null && !this.#settings.endpoint.tls) {
      this.#detach(reasonOf(socket.errored));
      handler.onFailure('not-sent', atNs);
      return;
    }
    this.#handler = handler;
    this.#toHead = isHead(bytes);
    this.#requests += 1;
    handler.onSent(atNs);
  }

  /** Gives the outstanding request up, as a client whose time is up: its handler hears no more. */
  abandon(): void {
    this.#handler = undefined;
    this.close('Flashsim gave a request up.');
  }

  /** Closes at once. An outstanding request ends as `aborted`; a {@link connect} under way fails. */
  close(reason = 'Flashsim closed the connection.'): void {
    if (this.#socket !== undefined) this.#lose('aborted', reason);
  }

  #openSocket(address: string): Socket {
    const { endpoint, localAddress } = this.#settings;
    const target: TcpSocketConnectOpts = {
      host: address,
      port: endpoint.port,
      noDelay: true,
      onread: {
        buffer: readBuffer,
        callback: (length) => {
          this.#received(length);
          return true;
        },
      },
      ...(localAddress === undefined ? {} : { localAddress }),
    };
    if (!endpoint.tls) return connectTcp(target).on('connect', Connection.#onConnect);
    defaultSecureContext ??= createSecureContext();
    const secureTarget: TcpSocketConnectOpts & ConnectionOptions = {
      ...target,
      secureContext: this.#settings.secureContext ?? defaultSecureContext,
      // The name that the certificate is for; the address was looked up already.
      ...(isIP(endpoint.host) === 0 ? { servername: endpoint.host } : {}),
    };
    return connectTls(secureTarget).on('secureConnect', Connection.#onConnect);
  }

  static #onConnect(this: OwnedSocket): void {
    const connection = this[owner];
    if (connection === undefined) return;
    const waiter = connection.#waiter;
    connection.#waiter = undefined;
    connection.#open = true;
    waiter?.resolve();
  }

  static #onError(this: OwnedSocket, error: Error): void {
    const connection = this[owner];
    if (connection === undefined) return;
    connection.#settings.onSocketError?.(systemCodeOf(error) ?? 'other');
    connection.#lose('reset', reasonOf(error), error);
  }

  static #onClose(this: OwnedSocket): void {
    const connection = this[owner];
    if (connection !== undefined) connection.#lose('reset', 'The connection was closed.');
  }

  /**
   * The server will send no more. An answer whose body ends with the connection is whole now, unless
   * the server left a part of the request: then it was a reset, which libuv tells as an end where the
   * last bytes came with it.
   */
  static #onEnd(this: OwnedSocket): void {
    const connection = this[owner];
    if (connection === undefined) return;
    const parser = connection.#parser;
    if (parser?.end() === 'complete' && this.writableLength === 0) {
      connection.#answered(parser, connection.#settings.now(), false);
    } else {
      connection.#lose('reset', parser?.reason ?? 'The server closed the connection.');
    }
  }

  #received(length: number): void {
    const handler = this.#handler;
    if (handler === undefined) {
      if (this.#open) this.#lose('reset', 'The server sent bytes that nobody asked for.');
      return;
    }
    const atNs = this.#settings.now();
    let parser = this.#parser;
    if (parser === undefined) {
      parser = spareParsers.pop() ?? new ResponseParser();
      parser.reset(this.#settings.maxBodyBytes ?? defaultMaxBodyBytes, this.#toHead);
      this.#parser = parser;
      handler.onFirstByte(atNs);
      if (this.#handler !== handler) return;
    }
    const progress = parser.push(readBuffer, length);
    if (progress === 'complete') this.#answered(parser, atNs, parser.consumed < length);
    else if (progress === 'malformed') this.#lose('bad-response', parser.reason);
  }

  /** Frees the connection before the handler is told, so that it may send its next request. */
  #answered(parser: ResponseParser, atNs: number, bytesLeft: boolean): void {
    const { response, keepAlive, keepAliveTimeoutS } = parser;
    const handler = this.#handler;
    this.#handler = undefined;
    if (bytesLeft) this.#detach('The server sent more bytes than its answer has.');
    else if (!keepAlive) this.#detach('The server closes after each answer.');
    else {
      this.#releaseParser();
      if (keepAliveTimeoutS !== -1) {
        this.#idleDeadlineNs = atNs + Math.max(0, keepAliveTimeoutS - idleMarginS) * nsPerS;
      }
    }
    if (response !== undefined) handler?.onResponse(response, atNs);
  }

  /** Ends what is under way: a connect, or a request (as `kind`). */
  #lose(kind: FailureKind, reason: string, cause?: Error): void {
    const waiter = this.#waiter;
    const handler = this.#handler;
    this.#waiter = undefined;
    this.#handler = undefined;
    this.#detach(reason);
    waiter?.reject(connectError(this.#settings.endpoint, cause ?? reason));
    handler?.onFailure(kind, this.#settings.now());
  }

  /** Lets the socket go. It keeps its listeners, so that a late error of it goes unheard. */
  #detach(reason: string): void {
    const socket = this.#socket;
    this.#socket = undefined;
    this.#open = false;
    this.#closeReason = reason;
    this.#releaseParser();
    if (socket === undefined) return;
    socket[owner] = undefined;
    socket.destroy();
  }

  #releaseParser(): void {
    const parser = this.#parser;
    if (parser === undefined) return;
    this.#parser = undefined;
    // What it holds must not live on with it.
    parser.reset();
    if (spareParsers.length < maxSpareParsers) spareParsers.push(parser);
  }
}

/** Whether a request is a HEAD: no other method begins with an H (RFC 9110 §9). */
function isHead(bytes: Buffer): boolean {
  return bytes[0] === 0x48;
}

function reasonOf(error: Error): string {
  return systemCodeOf(error) ?? messageOf(error);
}
