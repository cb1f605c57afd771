import { type NowNs, nsPerMs } from '../core/clock.ts';
import type { AttemptStore } from '../history/store.ts';
import { notSentCode } from '../history/vocabulary.ts';
import type { Classified, Protocol } from '../targets/target.ts';
import type { Connection, FailureKind } from '../transport/connection.ts';
import type { ConnectionPool, Lease } from '../transport/connection-pool.ts';
import type { Connector } from '../transport/connector.ts';
import type { WireResponse } from '../transport/response-parser.ts';
import { Exchange, type ExchangeOwner } from './exchange.ts';
import { ExchangeList } from './exchange-list.ts';
import type { Device, Request, RequestEnd, RequestSubject } from './shopper.ts';

/** What a {@link Requester} works with. */
export interface RequesterOptions {
  readonly now: NowNs;
  readonly protocol: Protocol;
  readonly connector: Pick<Connector, 'connect'>;
  /** Shared by all devices; left out, each device has a connection of its own. */
  readonly pool?: Pick<ConnectionPool, 'acquire' | 'cancel' | 'release'> | undefined;
  /** Where every attempt is recorded. */
  readonly attempts: Pick<AttemptStore, 'append'>;
  readonly worker: number;
  readonly timeoutMs: number;
  /** Told of every answer, after it was dealt with: the loop is awake, so what is due may go out. */
  readonly onAnswered?: (atNs: number) => void;
}

/** How long requests waited for a connection of the pool. */
export interface PoolWaits {
  /** Requests that found no connection free. */
  count: number;
  totalNs: number;
  maxNs: number;
}

/**
 * Logging in is preparation: on a slow machine it may take longer than shoppers wait for an order, and
 * they should be there all the same.
 */
const loginTimeoutMsMin = 5_000;

/**
 * Sends requests on the devices' own connections, or on those of a pool, and records every attempt:
 * nothing that was due goes unrecorded, whatever became of it.
 */
export class Requester {
  readonly #options: RequesterOptions;
  readonly #owner: ExchangeOwner = {
    lent: (exchange, lease) => this.#lent(exchange, lease),
    answered: (exchange, response, atNs) => this.#answered(exchange, response, atNs),
    failed: (exchange, kind, atNs) => this.#failed(exchange, kind, atNs),
  };
  /**
   * Under way, in order of their deadlines: the timeout is the same for all of a list, so who came first
   * is over first. What has ended is taken out, so that it does not live until its deadline.
   */
  readonly #underWay = new ExchangeList();
  readonly #loggingIn = new ExchangeList();
  readonly poolWaits: PoolWaits = { count: 0, totalNs: 0, maxNs: 0 };
  #sweep: NodeJS.Timeout | undefined;
  #connections = 0;
  requests = 0;
  inFlight = 0;

  constructor(options: RequesterOptions) {
    this.#options = options;
    // A tenth of the timeout, within 5 to 50 ms: how late a timeout may be noticed.
    const everyMs = Math.min(50, Math.max(5, options.timeoutMs / 10));
    this.#sweep = setInterval(() => this.#expire(), everyMs);
  }

  close(): void {
    clearInterval(this.#sweep);
    this.#sweep = undefined;
  }

  /**
   * Sends now, or as soon as the device is free. A click does not wait for a page that still loads:
   * it goes out on another connection, as a browser's would, and the device stays on that one.
   */
  submit(device: Device, request: Request): void {
    const { current } = device;
    if (current !== undefined) {
      if (!isClick(request.subject) || current.subject.operation !== 'page') {
        device.waiting.push(request);
        return;
      }
      device.connection = undefined;
    }
    device.current = request;
    this.inFlight += 1;
    const exchange = this.#begin(device, request);
    this.#listOf(exchange).add(exchange);
    const { pool } = this.#options;
    const { connection } = device;
    if (pool !== undefined) {
      pool.acquire(exchange);
      this.#noteWait(exchange);
    } else if (connection?.open === true) {
      this.#send(exchange, connection, device.connectionNumber);
    } else this.#reconnect(exchange);
  }

  #begin(device: Device, request: Request): Exchange {
    const { now, timeoutMs: usualMs } = this.#options;
    const isLogin = request.subject.operation === 'login';
    const timeoutMs = isLogin ? Math.max(loginTimeoutMsMin, usualMs) : usualMs;
    return new Exchange(this.#owner, { device, request }, now(), timeoutMs * nsPerMs);
  }

  #listOf({ request }: Exchange): ExchangeList {
    return request.subject.operation === 'login' ? this.#loggingIn : this.#underWay;
  }

  /** Opens the device's connection; rejects when it cannot be made. */
  async connect(device: Device): Promise<void> {
    this.#adopt(device, await this.#options.connector.connect(device.localAddress));
  }

  #adopt(device: Device, connection: Connection): void {
    device.connection = connection;
    device.connectionNumber = this.#connections;
    this.#connections += 1;
  }

  #reconnect(exchange: Exchange): void {
    const { device, request } = exchange;
    this.#options.connector.connect(device.localAddress).then(
      (connection) => {
        if (request.done) {
          connection.close();
          return;
        }
        // A page that a click has overtaken ends on this connection; the device has another.
        if (device.current === request) this.#adopt(device, connection);
        this.#send(exchange, connection, device.connectionNumber);
      },
      () => this.#failed(exchange, 'not-sent', undefined),
    );
  }

  #lent(exchange: Exchange, lease: Lease): void {
    exchange.lease = lease;
    this.#noteWaited(exchange);
    this.#send(exchange, lease.connection, lease.number);
  }

  /** Counts a request that found no connection of the pool free. */
  #noteWait(exchange: Exchange): void {
    if (exchange.lease !== undefined) return;
    exchange.waits = true;
    this.poolWaits.count += 1;
  }

  #noteWaited(exchange: Exchange): void {
    if (!exchange.waits) return;
    exchange.waits = false;
    const waitedNs = this.#options.now() - exchange.startNs;
    this.poolWaits.totalNs += waitedNs;
    this.poolWaits.maxNs = Math.max(this.poolWaits.maxNs, waitedNs);
  }

  #send(exchange: Exchange, connection: Connection, number: number): void {
    this.requests += 1;
    exchange.send(connection, number);
  }

  #answered(exchange: Exchange, response: WireResponse, atNs: number): void {
    const { request, device, lease } = exchange;
    const meaning = this.#options.protocol.classify(request.subject.operation, response);
    const { instance, cookies } = meaning;
    if (cookies !== undefined && device.token !== undefined) {
      device.token = this.#options.protocol.renew?.(device.token, cookies) ?? device.token;
    }
    if (instance !== undefined) {
      device.instance = instance;
      if (lease !== undefined) lease.instance = instance;
    }
    const end: RequestEnd = {
      outcome: meaning.outcome,
      code: meaning.code,
      status: response.status,
      doneNs: atNs,
      retryAfterMs: meaning.retryAfterMs,
      token: meaning.token,
      orderId: meaning.orderId,
    };
    this.#settle(exchange, end, meaning);
    this.#options.onAnswered?.(atNs);
  }

  #failed(exchange: Exchange, kind: FailureKind, toldNs: number | undefined): void {
    const atNs = toldNs ?? this.#options.now();
    const end = kind === 'not-sent' ? lost(notSentCode, 'fail', atNs) : lost(kind, 'info', atNs);
    this.#settle(exchange, end);
  }

  #expire(): void {
    const nowNs = this.#options.now();
    for (const exchanges of [this.#underWay, this.#loggingIn]) {
      for (const exchange of exchanges) {
        if (exchange.deadlineNs > nowNs) break;
        this.#giveUp(exchange, 'timeout', nowNs);
      }
    }
  }

  /** Ends what is in flight without an answer, and what waits without being sent: the run is over. */
  abort(): void {
    const nowNs = this.#options.now();
    for (const exchange of [...this.#underWay, ...this.#loggingIn]) {
      const { device } = exchange;
      for (const waiting of device.waiting.splice(0)) {
        this.inFlight += 1;
        this.#settle(this.#begin(device, waiting), lost(notSentCode, 'fail', nowNs));
      }
      if (!exchange.request.done) this.#giveUp(exchange, 'aborted', nowNs);
    }
  }

  /** Records an attempt that the client itself held back: it ends as it was due, and has no effect. */
  holdBack(
    { user, device }: Device,
    subject: RequestSubject,
    scheduledNs: number,
    code: string,
  ): RequestEnd {
    const end = lost(code, 'fail', this.#options.now());
    this.#options.attempts.append({
      ...subject,
      ...end,
      user,
      device,
      scheduledNs,
      sentNs: Number.NaN,
      firstByteNs: Number.NaN,
      remaining: undefined,
      orderId: subject.orderId,
      instance: '',
      connection: -1,
      worker: this.#options.worker,
    });
    return end;
  }

  #giveUp(exchange: Exchange, code: string, nowNs: number): void {
    this.#options.pool?.cancel(exchange);
    exchange.request.connection?.abandon();
    this.#settle(exchange, lost(code, 'info', nowNs));
  }

  #settle(exchange: Exchange, told: RequestEnd, meaning?: Classified): void {
    const { device, request } = exchange;
    if (request.done) return;
    request.done = true;
    this.inFlight -= 1;
    this.#listOf(exchange).delete(exchange);
    this.#noteWaited(exchange);
    // Nothing left this machine: it cannot have had an effect.
    const end = Number.isNaN(request.sentNs) ? unsent(told) : told;
    this.#record(exchange, end, meaning);
    request.settled(device, end);
    this.#freeConnection(exchange);
    this.#next(device, request);
  }

  #record({ device, request }: Exchange, end: RequestEnd, meaning: Classified | undefined): void {
    const { subject } = request;
    this.#options.attempts.append({
      operation: subject.operation,
      user: device.user,
      device: device.device,
      intent: subject.intent,
      attempt: subject.attempt,
      keyVariant: subject.keyVariant,
      product: subject.product,
      quantity: subject.quantity,
      scheduledNs: request.scheduledNs,
      sentNs: request.sentNs,
      firstByteNs: request.firstByteNs,
      doneNs: end.doneNs,
      status: end.status,
      outcome: end.outcome,
      code: end.code,
      orderId: end.orderId ?? subject.orderId,
      remaining: meaning?.remaining,
      retryAfterMs: end.retryAfterMs,
      instance: meaning?.instance ?? '',
      connection: request.connectionNumber,
      worker: this.#options.worker,
    });
  }

  #freeConnection({ device, request, lease }: Exchange): void {
    if (lease !== undefined) this.#options.pool?.release(lease);
    // One that a click has overtaken leaves its connection to nobody.
    else if (request.connection !== device.connection) request.connection?.close();
  }

  #next(device: Device, finished: Request): void {
    if (device.current === finished) device.current = undefined;
    if (device.current !== undefined) return;
    const next = device.waiting.shift();
    if (next !== undefined) this.submit(device, next);
  }
}

/** What a person does who does not wait for the page. */
function isClick({ operation }: RequestSubject): boolean {
  return operation === 'order' || operation === 'enter';
}

function lost(code: string, outcome: 'fail' | 'info', doneNs: number): RequestEnd {
  const nothing = { retryAfterMs: undefined, token: undefined, orderId: undefined };
  return { outcome, code, status: 0, doneNs, ...nothing };
}

function unsent(end: RequestEnd): RequestEnd {
  return { ...end, outcome: 'fail', code: end.code === 'timeout' ? 'timeout' : notSentCode };
}
