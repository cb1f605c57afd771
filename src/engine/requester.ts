import { type NowNs, nsPerMs } from '../core/clock.ts';
import type { AttemptStore } from '../history/store.ts';
import { notSentCode } from '../history/vocabulary.ts';
import type { Classified, Protocol } from '../targets/target.ts';
import type { Connection } from '../transport/connection.ts';
import type { Connector } from '../transport/connector.ts';
import type { WireResponse } from '../transport/response-parser.ts';
import type { Device, Request, RequestEnd, RequestSubject } from './shopper.ts';

/** What a {@link Requester} works with. */
export interface RequesterOptions {
  readonly now: NowNs;
  readonly protocol: Protocol;
  readonly connector: Pick<Connector, 'connect'>;
  /** Where every attempt is recorded. */
  readonly attempts: Pick<AttemptStore, 'append'>;
  readonly worker: number;
  readonly timeoutMs: number;
}

/**
 * Sends requests on the devices' own connections and records every attempt: nothing that was due
 * goes unrecorded, whatever became of it.
 */
export class Requester {
  readonly #options: RequesterOptions;
  /** In flight, in order of their deadlines: the timeout is the same for all, so a queue will do. */
  #deadlines: { device: Device; request: Request; atNs: number }[] = [];
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
   * Sends now, or as soon as the device's connection is free. A click does not wait for a page that
   * still loads: it goes out on a connection of its own, as a browser's would, and the device stays
   * on that one.
   */
  submit(device: Device, request: Request): void {
    const { current } = device;
    if (current !== undefined) {
      if (request.subject.operation !== 'order' || current.subject.operation !== 'page') {
        device.waiting.push(request);
        return;
      }
      device.connection = undefined;
    }
    device.current = request;
    this.inFlight += 1;
    const { connection } = device;
    if (connection?.open === true) this.#send(device, connection, request);
    else this.#reconnect(device, request);
  }

  /** Opens the device's connection; rejects when it cannot be made. */
  async connect(device: Device): Promise<void> {
    this.#adopt(device, await this.#options.connector.connect());
  }

  #adopt(device: Device, connection: Connection): void {
    device.connection = connection;
    device.connectionNumber = this.#connections;
    this.#connections += 1;
  }

  #reconnect(device: Device, request: Request): void {
    this.#watch(device, request);
    this.#options.connector.connect().then(
      (connection) => {
        if (request.done) {
          connection.close();
          return;
        }
        // A page that a click has overtaken ends on this connection; the device has another.
        if (device.current === request) this.#adopt(device, connection);
        this.#send(device, connection, request, false);
      },
      () => this.#settle(device, request, lost(notSentCode, 'fail', this.#options.now())),
    );
  }

  #watch(device: Device, request: Request): void {
    const atNs = this.#options.now() + this.#options.timeoutMs * nsPerMs;
    this.#deadlines.push({ device, request, atNs });
  }

  #send(device: Device, connection: Connection, request: Request, watch = true): void {
    this.requests += 1;
    if (watch) this.#watch(device, request);
    request.connection = connection;
    request.connectionNumber = device.connectionNumber;
    connection.send(request.bytes, {
      onSent: (atNs) => {
        request.sentNs = atNs;
      },
      onFirstByte: (atNs) => {
        request.firstByteNs = atNs;
      },
      onResponse: (response, atNs) => this.#answered(device, request, response, atNs),
      onFailure: (kind, atNs) => {
        const [code, outcome] =
          kind === 'not-sent' ? ([notSentCode, 'fail'] as const) : ([kind, 'info'] as const);
        this.#settle(device, request, lost(code, outcome, atNs));
      },
    });
  }

  #answered(device: Device, request: Request, response: WireResponse, atNs: number): void {
    const { operation } = request.subject;
    const meaning = this.#options.protocol.classify(operation, response);
    if (meaning.instance !== undefined) device.instance = meaning.instance;
    this.#settle(
      device,
      request,
      {
        outcome: meaning.outcome,
        code: meaning.code,
        status: response.status,
        doneNs: atNs,
        retryAfterMs: meaning.retryAfterMs,
        token: meaning.token,
        orderId: meaning.orderId,
      },
      meaning,
    );
  }

  #expire(): void {
    const nowNs = this.#options.now();
    let expired = 0;
    for (const { device, request, atNs } of this.#deadlines) {
      if (!request.done) {
        if (atNs > nowNs) break;
        request.connection?.abandon();
        this.#settle(device, request, lost('timeout', 'info', nowNs));
      }
      expired += 1;
    }
    if (expired > 0) this.#deadlines = this.#deadlines.slice(expired);
  }

  /** Ends what is in flight without an answer, and what waits without being sent: the run is over. */
  abort(): void {
    const nowNs = this.#options.now();
    for (const { device, request } of this.#deadlines.splice(0)) {
      for (const waiting of device.waiting.splice(0)) {
        this.inFlight += 1;
        this.#settle(device, waiting, lost(notSentCode, 'fail', nowNs));
      }
      if (request.done) continue;
      request.connection?.abandon();
      this.#settle(device, request, lost('aborted', 'info', nowNs));
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

  #settle(device: Device, request: Request, told: RequestEnd, meaning?: Classified): void {
    if (request.done) return;
    request.done = true;
    this.inFlight -= 1;
    // Nothing left this machine: it cannot have had an effect.
    const end = Number.isNaN(request.sentNs) ? unsent(told) : told;
    const { subject } = request;
    this.#options.attempts.append({
      ...subject,
      user: device.user,
      device: device.device,
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
    request.settled(device, end);
    // One that a click has overtaken leaves its connection to nobody.
    if (request.connection !== device.connection) request.connection?.close();
    this.#next(device, request);
  }

  #next(device: Device, finished: Request): void {
    if (device.current === finished) device.current = undefined;
    if (device.current !== undefined) return;
    const next = device.waiting.shift();
    if (next !== undefined) this.submit(device, next);
  }
}

function lost(code: string, outcome: 'fail' | 'info', doneNs: number): RequestEnd {
  const nothing = { retryAfterMs: undefined, token: undefined, orderId: undefined };
  return { outcome, code, status: 0, doneNs, ...nothing };
}

function unsent(end: RequestEnd): RequestEnd {
  return { ...end, outcome: 'fail', code: end.code === 'timeout' ? 'timeout' : notSentCode };
}
