import { once } from 'node:events';
import { Agent, get, type IncomingMessage } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ResponseParser } from '../../../src/transport/response-parser.ts';

/** A well-formed response, and whether its server closes the connection after it. */
interface Sample {
  readonly bytes: Buffer;
  readonly closes: boolean;
}

const tokenChars = "!#$%&'*+-.^_`|~019abzABZ".split('');
const textChars = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code)).filter(
  (char) => char === '\t' || (char >= ' ' && char !== '\x7f'),
);
const text = (maxLength: number) =>
  fc.string({ unit: fc.constantFrom(...textChars), maxLength }).map((value) => value.trim());
const fieldName = fc
  .string({ unit: fc.constantFrom(...tokenChars), minLength: 1, maxLength: 20 })
  .map((name) => `X${name}`);
const header = fc
  .tuple(fieldName, fc.constantFrom('', ' ', '  '), text(40), fc.constantFrom('', ' '))
  .map(([name, before, value, after]) => `${name}:${before}${value}${after}\r\n`);

const body = fc.uint8Array({ maxLength: 3000 }).map((bytes) => Buffer.from(bytes));

function chunked(content: Buffer, sizes: readonly number[], extension: string, trailers: string) {
  const parts: Buffer[] = [];
  let at = 0;
  for (const size of [...sizes, content.length]) {
    const piece = content.subarray(at, at + size);
    if (piece.length === 0) break;
    at += piece.length;
    parts.push(Buffer.from(`${piece.length.toString(16)}${extension}\r\n`));
    parts.push(piece, Buffer.from('\r\n'));
  }
  return Buffer.concat([...parts, Buffer.from(`0${extension}\r\n${trailers}\r\n`, 'latin1')]);
}

const sample: fc.Arbitrary<Sample> = fc
  .record({
    interim: fc.constantFrom('', '', '', 'HTTP/1.1 102 Processing\r\nX-Early: 1\r\n\r\n'),
    version: fc.constantFrom('1.1', '1.1', '1.1', '1.0'),
    status: fc.constantFrom(200, 201, 204, 304, 400, 409, 429, 500, 503, 599),
    reason: text(12),
    headers: fc.array(header, { maxLength: 8 }),
    framing: fc.constantFrom('length', 'length', 'chunked', 'close'),
    connectionClose: fc.constantFrom(false, false, false, true),
    body,
    sizes: fc.array(fc.integer({ min: 1, max: 900 }), { maxLength: 5 }),
    extension: fc.constantFrom('', '', ';a', ';a=b;c="d"'),
    trailers: fc.array(header, { maxLength: 2 }),
  })
  .map((parts) => {
    const bodiless = parts.status === 204 || parts.status === 304;
    const framing =
      bodiless || (parts.version === '1.0' && parts.framing === 'chunked')
        ? 'length'
        : parts.framing;
    const content = bodiless ? Buffer.alloc(0) : parts.body;
    const head = [
      parts.interim,
      `HTTP/${parts.version} ${parts.status} ${parts.reason}\r\n`,
      ...parts.headers,
      framing === 'length' && !bodiless ? `Content-Length: ${content.length}\r\n` : '',
      framing === 'chunked' ? 'Transfer-Encoding: chunked\r\n' : '',
      parts.connectionClose ? 'Connection: close\r\n' : '',
      '\r\n',
    ].join('');
    const encoded =
      framing === 'chunked'
        ? chunked(content, parts.sizes, parts.extension, parts.trailers.join(''))
        : content;
    return {
      bytes: Buffer.concat([Buffer.from(head, 'latin1'), encoded]),
      closes: parts.connectionClose || framing === 'close' || parts.version === '1.0',
    };
  });

/** Status, headers (by lower-case name, repeated ones joined) and body. */
interface Reading {
  readonly status: number | undefined;
  readonly headers: ReadonlyMap<string, string | undefined>;
  readonly body: string;
}

async function readingOf(message: IncomingMessage): Promise<Reading> {
  const headers = new Map<string, string>();
  for (let index = 0; index < message.rawHeaders.length; index += 2) {
    const name = (message.rawHeaders[index] ?? '').toLowerCase();
    const value = message.rawHeaders[index + 1] ?? '';
    const earlier = headers.get(name);
    headers.set(name, earlier === undefined ? value : `${earlier}, ${value}`);
  }
  const pieces: Buffer[] = [];
  for await (const piece of message) pieces.push(piece as Buffer);
  return {
    status: message.statusCode,
    headers,
    body: Buffer.concat(pieces).toString('latin1'),
  };
}

/** What Node's own client makes of each sample, over connections kept alive. */
async function readByNode(samples: readonly Sample[]): Promise<Reading[]> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (request) => {
      const index = Number(/^GET \/(\d+)/.exec(request.toString('latin1'))?.[1]);
      const answer = samples[index];
      if (answer === undefined) socket.destroy();
      else if (answer.closes) socket.end(answer.bytes);
      else socket.write(answer.bytes);
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const agent = new Agent({ keepAlive: true, maxSockets: 8 });
  const readings = await Promise.all(
    samples.map(
      (_, index) =>
        new Promise<Reading>((resolve, reject) => {
          get({ host: '127.0.0.1', port, path: `/${index}`, agent }, (message) => {
            readingOf(message).then(resolve, reject);
          }).on('error', reject);
        }),
    ),
  );
  agent.destroy();
  server.close();
  return readings;
}

describe('ResponseParser beside Node’s own parser', () => {
  it('reads 3,000 generated responses alike', async () => {
    const samples = fc.sample(sample, { numRuns: 3000, seed: 42 });
    const readings = await readByNode(samples);
    const parser = new ResponseParser();
    let closing = 0;
    for (const [index, { bytes, closes }] of samples.entries()) {
      const expected = readings[index];
      parser.reset();
      const progress = parser.push(bytes);
      const { response } = progress === 'incomplete' ? (parser.end(), parser) : parser;
      const what = `response ${index}: ${JSON.stringify(bytes.toString('latin1').slice(0, 400))}`;
      expect(response, `${what}: ${parser.reason}`).toBeDefined();
      expect(response?.status, what).toBe(expected?.status);
      expect(response?.body.toString('latin1'), what).toBe(expected?.body);
      expect(parser.keepAlive, what).toBe(!closes);
      for (const [name, value] of expected?.headers ?? []) {
        expect(response?.header(name), `${what}: ${name}`).toBe(value);
      }
      if (closes) closing += 1;
    }
    expect(closing).toBeGreaterThan(500);
    expect(closing).toBeLessThan(2500);
  });
});
