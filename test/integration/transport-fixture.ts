import { once } from 'node:events';
import type { Server as HttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { runClock, takeEpoch } from '../../src/core/clock.ts';
import {
  Connection,
  type ConnectionSettings,
  type ExchangeHandler,
} from '../../src/transport/connection.ts';
import type { WireResponse } from '../../src/transport/response-parser.ts';

/** The clock of every connection under test. */
export const now = runClock(takeEpoch());
/** What the test has to undo. */
export const cleanups: (() => void)[] = [];

/** Undoes what the test has made. */
export function cleanUp(): void {
  for (const cleanup of cleanups.splice(0)) cleanup();
}

/** Writes down what a request is told. */
export class Recorder implements ExchangeHandler {
  readonly events: string[] = [];
  readonly atNs: number[] = [];
  response: WireResponse | undefined;
  #settle: () => void = () => undefined;
  readonly done = new Promise<void>((resolve) => {
    this.#settle = resolve;
  });
  readonly #sent: Promise<void>;
  #first: () => void = () => undefined;

  constructor() {
    this.#sent = new Promise((resolve) => {
      this.#first = resolve;
    });
  }

  get firstByte(): Promise<void> {
    return this.#sent;
  }

  onSent(atNs: number): void {
    this.#note('sent', atNs);
  }

  onFirstByte(atNs: number): void {
    this.#note('first byte', atNs);
    this.#first();
  }

  onResponse(response: WireResponse, atNs: number): void {
    this.response = response;
    this.#note(`response ${response.status}`, atNs);
    this.#settle();
  }

  onFailure(kind: string, atNs: number): void {
    this.#note(kind, atNs);
    this.#settle();
  }

  #note(event: string, atNs: number): void {
    this.events.push(event);
    this.atNs.push(atNs);
  }
}

export async function portOf(server: Server | HttpServer): Promise<number> {
  cleanups.push(() => server.close());
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return (server.address() as AddressInfo).port;
}

/** A server that does `answer` with each request's socket. */
export function rawServer(answer: (socket: Socket) => void): Promise<number> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', () => answer(socket));
  });
  return portOf(server);
}

export function settingsFor(
  port: number,
  more: Partial<ConnectionSettings> = {},
): ConnectionSettings {
  return { endpoint: { host: '127.0.0.1', port, tls: false }, now, ...more };
}

export async function openTo(
  port: number,
  more?: Partial<ConnectionSettings>,
): Promise<Connection> {
  const connection = new Connection(settingsFor(port, more));
  await connection.connect();
  cleanups.push(() => connection.close());
  return connection;
}

export const request = Buffer.from(
  'POST /orders HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}',
);

export async function exchange(connection: Connection): Promise<Recorder> {
  const recorder = new Recorder();
  connection.send(request, recorder);
  await recorder.done;
  return recorder;
}

/** Resolves once the connection has noticed that it is closed. */
export async function closed(connection: Connection): Promise<void> {
  while (connection.open) await new Promise((resolve) => setImmediate(resolve));
}

/** What a request that is answered is told. */
export const answered = ['sent', 'first byte', 'response 201'];
