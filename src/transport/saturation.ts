import type { SecureContextOptions } from 'node:tls';
import autocannon from 'autocannon';
import { type NowNs, nsPerMs, nsPerUs } from '../core/clock.ts';
import { LatencyHistogram, type SerialisedHistogram } from '../metrics/histogram.ts';
import type { Endpoint } from './endpoint.ts';
import { defaultMaxBodyBytes, type WireResponse } from './response-parser.ts';

/**
 * The closed model: a number of connections, each of which sends its next request as soon as the last
 * was answered, so that the server sets the pace (Schroeder et al., NSDI '06). It measures what a
 * server can do and nothing else: latencies leave out what an open arrival would have waited.
 *
 * The executor is autocannon, of which only this file knows. Its rate mode is never used: it sends at
 * other times than it reports.
 */

/** What is sent, for how long, and what counts. */
export interface ClosedLoopOptions {
  readonly endpoint: Endpoint;
  readonly connections: number;
  /** Left out of all figures, in milliseconds. */
  readonly warmUpMs: number;
  readonly measureMs: number;
  /** Of one request, from 1,000 ms. */
  readonly timeoutMs: number;
  /** An answer that takes longer is no goodput, in milliseconds. */
  readonly latencyMaxMs: number;
  readonly now: NowNs;
  /** Certificates: whom the server is checked against, and who flashsim says that it is. */
  readonly tls?: Pick<SecureContextOptions, 'ca' | 'cert' | 'key'> | undefined;
  /** The bytes of the next request, each its own. */
  next(): Buffer;
  judge(response: WireResponse): ClosedLoopAnswer;
}

/** What an answer counts as. */
export interface ClosedLoopAnswer {
  /** The server did what it was asked for. */
  readonly good: boolean;
  readonly code: string;
}

/** What came of it within the measured time. Plain data: it can be sent to another process. */
export interface ClosedLoopFigures {
  readonly measuredMs: number;
  readonly answers: number;
  /** Good answers within the latency bound. */
  readonly good: number;
  /** Good answers that took longer. */
  readonly late: number;
  /** Answers by code. */
  readonly codes: Readonly<Record<string, number>>;
  /** Of all answers, in µs. */
  readonly latency: SerialisedHistogram;
  /** Connections that were refused or broke, and answers that did not come, from the beginning. */
  readonly errors: number;
  /** The server sent a body without end, and the measurement was ended. */
  readonly flooded: boolean;
}

/** autocannon looks whether it is to end at this interval. */
const sampleMs = 100;
/** More failed connections than this, and the step ends early: autocannon tries again at once. */
const errorsMax = (connections: number): number => 20 * connections + 200;

/** Loads a server with a fixed number of connections for a fixed time. */
export function runClosedLoop(options: ClosedLoopOptions): Promise<ClosedLoopFigures> {
  const { endpoint, connections, warmUpMs, measureMs, timeoutMs, now, tls } = options;
  const startNs = now() + warmUpMs * nsPerMs;
  const tally = new Tally(options, startNs, startNs + measureMs * nsPerMs);
  const job: autocannon.Options = {
    url: urlOf(endpoint),
    // autocannon verifies no server: whoever calls this has spoken to it before, and has.
    ...(tls === undefined ? {} : { tlsOptions: tls }),
    connections,
    duration: (warmUpMs + measureMs) / 1000,
    timeout: Math.max(1, timeoutMs / 1000),
    sampleInt: sampleMs,
    bailout: errorsMax(connections),
    setupClient: (client) => tally.watch(client),
    requests: [
      {
        setupRequest: (request, context) => {
          const asked = { ...request, ...partsOf(options.next()) };
          tally.begins(context);
          return asked;
        },
        onResponse: (status, body, context, headers) => {
          tally.answered(context, responseOf(status, body, headers));
        },
      },
    ],
  };
  return new Promise((resolve, reject) => {
    const run = autocannon(job, (error: unknown) => {
      if (error instanceof Error) reject(error);
      else resolve(tally.figures(now()));
    });
    run.on('reqError', () => tally.failed());
    tally.onFlood = () => run.stop();
  });
}

/** What is known of a connection that autocannon does not tell with each answer. */
class Client {
  /** Bytes of the body that comes in. */
  bodyBytes = 0;
  lastRead: Buffer | undefined;
  /** The head of an answer has come, and not yet its end. */
  inAnswer = false;
  /**
   * An answer was broken off. autocannon reads on in the next connection's bytes as if nothing had
   * happened, so that nothing it tells of this client can be believed any more.
   */
  isBroken = false;
}

/** The context that autocannon hands through: the connection's, and new for each request. */
interface RequestContext {
  client?: Client | undefined;
  /** autocannon's own start times go wrong when a server closes connections. */
  sentNs?: number;
}

/** Counts what happens between two instants. */
class Tally {
  readonly #options: ClosedLoopOptions;
  readonly #fromNs: number;
  readonly #toNs: number;
  readonly #latency = new LatencyHistogram();
  readonly #codes = new Map<string, number>();
  #answers = 0;
  #good = 0;
  #late = 0;
  #errors = 0;
  #flooded = false;
  /** Whose request is being set up. */
  #asking: Client | undefined;
  onFlood: () => void = () => undefined;

  constructor(options: ClosedLoopOptions, fromNs: number, toNs: number) {
    this.#options = options;
    this.#fromNs = fromNs;
    this.#toNs = toNs;
  }

  /** A request is about to be written. */
  begins(context: RequestContext): void {
    context.client = this.#asking;
    context.sentNs = this.#options.now();
  }

  answered({ client, sentNs }: RequestContext, response: WireResponse): void {
    const nowNs = this.#options.now();
    if (client?.isBroken === true) {
      this.failed();
      return;
    }
    const { good, code } = this.#options.judge(response);
    if (nowNs < this.#fromNs || nowNs > this.#toNs || sentNs === undefined) return;
    this.#answers += 1;
    this.#codes.set(code, (this.#codes.get(code) ?? 0) + 1);
    const tookNs = nowNs - sentNs;
    this.#latency.record(tookNs / nsPerUs);
    if (!good) return;
    if (tookNs <= this.#options.latencyMaxMs * nsPerMs) this.#good += 1;
    else this.#late += 1;
  }

  /** Counted from the beginning: too many end the step before anything was measured. */
  failed(): void {
    this.#errors += 1;
  }

  watch(emitter: autocannon.Client): void {
    const client = new Client();
    // Told right before the request is set up; the declarations leave it out.
    (emitter as NodeJS.EventEmitter).on('request', () => {
      this.#asking = client;
      if (client.inAnswer) {
        client.isBroken = true;
        this.failed();
      }
      client.inAnswer = false;
    });
    emitter.on('headers', () => {
      client.inAnswer = true;
      client.bodyBytes = 0;
    });
    emitter.on('body', (read) => this.#watchBody(client, read));
    emitter.on('response', () => {
      client.inAnswer = false;
    });
  }

  /** autocannon keeps a body until it is whole; one that never is must not fill the memory. */
  #watchBody(client: Client, read: Buffer): void {
    // It tells of the whole read for every chunk in it.
    if (read !== client.lastRead) client.bodyBytes += read.length;
    client.lastRead = read;
    if (client.bodyBytes <= defaultMaxBodyBytes || this.#flooded) return;
    this.#flooded = true;
    this.onFlood();
  }

  figures(endedNs: number): ClosedLoopFigures {
    const untilNs = Math.min(this.#toNs, endedNs);
    return {
      measuredMs: Math.max(1, (untilNs - this.#fromNs) / nsPerMs),
      answers: this.#answers,
      good: this.#good,
      late: this.#late,
      codes: Object.fromEntries(this.#codes),
      latency: this.#latency.serialise(),
      errors: this.#errors,
      flooded: this.#flooded,
    };
  }
}

function urlOf({ host, port, tls }: Endpoint): string {
  return `${tls ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** A request of ours as autocannon wants it: it puts the bytes together again. */
function partsOf(bytes: Buffer): autocannon.Request {
  const headBytes = bytes.indexOf('\r\n\r\n');
  const [requestLine = '', ...lines] = bytes.toString('latin1', 0, headBytes).split('\r\n');
  const [method = '', path = ''] = requestLine.split(' ');
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const colon = line.indexOf(':');
    headers[line.slice(0, colon)] = line.slice(colon + 1).trim();
  }
  const body = bytes.subarray(headBytes + 4);
  return { method: method as NonNullable<autocannon.Request['method']>, path, headers, body };
}

function responseOf(
  status: number,
  body: string,
  headers: autocannon.Request['headers'],
): WireResponse {
  return {
    status,
    header: (name) => {
      const found = Object.entries(headers ?? {}).find(([key]) => key.toLowerCase() === name);
      return found?.[1]?.toString();
    },
    body: Buffer.from(body),
  };
}
