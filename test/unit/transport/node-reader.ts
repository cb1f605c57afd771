import { Agent, type IncomingMessage, request } from 'node:http';
import { Duplex } from 'node:stream';
import { maxHeadBytes } from '../../../src/transport/response-parser.ts';
import { piecesOf, type Sample } from './response-samples.ts';

/** What a client made of the bytes of a server. */
export type Reading =
  | {
      readonly kind: 'complete';
      readonly status: number;
      /** By lower-case name, repeated ones joined. */
      readonly headers: ReadonlyMap<string, string>;
      readonly body: string;
      readonly keepAlive: boolean;
    }
  /** It refused them; `reason` is its own word for why. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** It waits for more. */
  | { readonly kind: 'incomplete' };

/** A connection whose server is the sample: no socket, so that a campaign needs no ports. */
class Wire extends Duplex {
  override _read(): void {
    // Bytes are pushed when they are due.
  }

  override _write(_chunk: Buffer, _encoding: string, done: () => void): void {
    done();
  }

  // What node:http asks of a socket.
  setTimeout(): this {
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }
}

/** Keeps connections alive, so that Node decides at each answer whether it may. */
class WireAgent extends Agent {
  readonly #wire: Wire;

  constructor(wire: Wire) {
    super({ keepAlive: true });
    this.#wire = wire;
  }

  override createConnection(): Wire {
    return this.#wire;
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Turns of the event loop in which a client that has all bytes must come to its end. */
const turnsMax = 20;

/** What Node's own client makes of a sample. */
export async function readByNode(sample: Sample): Promise<Reading> {
  const wire = new Wire();
  let told: Reading | undefined;
  const refuse = (error: NodeJS.ErrnoException): void => {
    told ??= { kind: 'refused', reason: error.code ?? error.message };
  };
  const asking = request({
    host: 'server.test',
    path: '/',
    method: sample.toHead ? 'HEAD' : 'POST',
    agent: new WireAgent(wire),
    maxHeaderSize: maxHeadBytes,
  });
  asking.maxHeadersCount = 0;
  asking.on('error', refuse);
  asking.on('response', (message: IncomingMessage) => {
    const pieces: Buffer[] = [];
    message.on('data', (piece: Buffer) => pieces.push(piece));
    message.on('error', refuse);
    message.on('end', () => {
      if (!message.complete) return;
      told ??= {
        kind: 'complete',
        status: message.statusCode ?? 0,
        headers: headersOf(message.rawHeaders),
        body: Buffer.concat(pieces).toString('latin1'),
        keepAlive: asking.shouldKeepAlive,
      };
    });
  });
  asking.end();
  await turn();
  for (const piece of piecesOf(sample)) {
    if (wire.destroyed) break;
    wire.push(piece);
    await turn();
  }
  if (sample.closes && !wire.destroyed) wire.push(null);
  for (let count = 0; count < turnsMax && told === undefined; count += 1) await turn();
  asking.destroy();
  wire.destroy();
  return told ?? { kind: 'incomplete' };
}

function headersOf(raw: readonly string[]): Map<string, string> {
  const headers = new Map<string, string>();
  for (let index = 0; index < raw.length; index += 2) {
    const name = (raw[index] ?? '').toLowerCase();
    const value = raw[index + 1] ?? '';
    const earlier = headers.get(name);
    headers.set(name, earlier === undefined ? value : `${earlier}, ${value}`);
  }
  return headers;
}
