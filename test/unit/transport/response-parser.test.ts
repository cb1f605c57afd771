import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { maxHeadBytes, ResponseParser } from '../../../src/transport/response-parser.ts';

interface Outcome {
  readonly progress: string;
  readonly reason: string;
  readonly status: number | undefined;
  readonly body: string | undefined;
  readonly probe: string | undefined;
  readonly consumed: number;
  readonly keepAlive: boolean | undefined;
  readonly keepAliveTimeoutS: number | undefined;
}

const bodyLimit = 1000;

/** Feeds `pieces` one after the other, then the end of the connection if `closes`. */
function parse(pieces: readonly Buffer[], closes = false): Outcome {
  const parser = new ResponseParser(bodyLimit);
  let progress = 'incomplete';
  let consumed = 0;
  for (const piece of pieces) {
    // The socket reads into one buffer again and again: the parser must keep nothing of it.
    const shared = Buffer.from(piece);
    progress = parser.push(shared);
    consumed += parser.consumed;
    shared.fill('#');
    if (progress !== 'incomplete') break;
  }
  if (closes && progress === 'incomplete') progress = parser.end();
  const complete = progress === 'complete';
  return {
    progress,
    reason: parser.reason,
    status: parser.response?.status,
    body: parser.response?.body.toString('latin1'),
    probe: parser.response?.header('x-Probe'),
    consumed: complete ? consumed : 0,
    keepAlive: complete ? parser.keepAlive : undefined,
    keepAliveTimeoutS: complete ? parser.keepAliveTimeoutS : undefined,
  };
}

function whole(text: string): readonly Buffer[] {
  return [Buffer.from(text, 'latin1')];
}

function byteByByte(text: string): readonly Buffer[] {
  return [...Buffer.from(text, 'latin1')].map((code) => Buffer.from([code]));
}

function cutAt(text: string, cuts: readonly number[]): readonly Buffer[] {
  const bytes = Buffer.from(text, 'latin1');
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length];
  places.sort((a, b) => a - b);
  return places.slice(1).map((end, index) => bytes.subarray(places[index], end));
}

function lines(...parts: readonly string[]): string {
  return parts.join('\r\n');
}

const ok = 'HTTP/1.1 200 OK';
const chunkedHead = lines(ok, 'Transfer-Encoding: chunked', '', '');

/** [title, text, closes, what is expected] */
type Row = readonly [string, string, boolean, Partial<Outcome>];

const wellFormed: readonly Row[] = [
  [
    'Content-Length',
    lines(ok, 'Content-Length: 5', 'X-Probe: yes ', '', 'hello'),
    false,
    { status: 200, body: 'hello', probe: 'yes', keepAlive: true, keepAliveTimeoutS: -1 },
  ],
  ['an empty body', lines(ok, 'content-length:0', '', ''), false, { body: '', keepAlive: true }],
  ['no reason phrase', lines('HTTP/1.1 200', 'Content-Length: 0', '', ''), false, { status: 200 }],
  [
    'an empty reason phrase',
    lines('HTTP/1.1 201 ', 'Content-Length: 0', '', ''),
    false,
    { status: 201 },
  ],
  [
    'repeated headers',
    lines(ok, 'X-Probe: a', 'Content-Length: 0', 'x-probe:b', '', ''),
    false,
    { probe: 'a, b' },
  ],
  [
    'a value that ends with a no-break space',
    lines(ok, 'X-Probe: a\u00a0\t ', 'Content-Length: 0', '', ''),
    false,
    { probe: 'a\u00a0' },
  ],
  ['204 without a body', lines('HTTP/1.1 204 No Content', '', ''), false, { body: '' }],
  [
    '304 with the length of what it stands for',
    lines('HTTP/1.1 304 Not Modified', 'Content-Length: 5000', '', ''),
    false,
    { status: 304, body: '', keepAlive: true },
  ],
  [
    'interim answers before the final one',
    lines(
      'HTTP/1.1 100 Continue',
      '',
      'HTTP/1.1 103 Early Hints',
      'X-Probe: early',
      'Content-Length: 7',
      '',
      'HTTP/1.1 201 Created',
      'Content-Length: 2',
      '',
      'ok',
    ),
    false,
    { status: 201, body: 'ok', probe: undefined },
  ],
  [
    'chunks with extensions and trailers',
    `${chunkedHead}4;a=b;c="d e"\r\nWiki\r\n0A ; x\r\npedia\r\nend\r\n000\r\nX-Probe: late\r\nB:\r\n\r\n`,
    false,
    { body: 'Wikipedia\r\nend', probe: undefined, keepAlive: true },
  ],
  ['a padded chunk size', `${chunkedHead}2  \r\nhi\r\n0\r\n\r\n`, false, { body: 'hi' }],
  ['no chunks at all', `${chunkedHead}0\r\n\r\n`, false, { body: '' }],
  ['a body until close', lines(ok, '', 'hello'), true, { body: 'hello', keepAlive: false }],
  ['an empty body until close', lines(ok, '', ''), true, { body: '', keepAlive: false }],
  [
    'Connection: close',
    lines(ok, 'Connection: foo, Close', 'Content-Length: 0', '', ''),
    false,
    { keepAlive: false },
  ],
  [
    'Keep-Alive: timeout',
    lines(ok, 'Keep-Alive: max=3, timeout=72', 'Content-Length: 0', '', ''),
    false,
    { keepAlive: true, keepAliveTimeoutS: 72 },
  ],
  [
    'HTTP/1.0, which closes',
    lines('HTTP/1.0 200 OK', 'Content-Length: 0', '', ''),
    false,
    { keepAlive: false },
  ],
  [
    'HTTP/1.0 with keep-alive',
    lines('HTTP/1.0 200 OK', 'Connection: keep-alive', 'Content-Length: 0', '', ''),
    false,
    { keepAlive: true },
  ],
  [
    'the longest body allowed',
    lines(ok, `Content-Length: ${bodyLimit}`, '', 'x'.repeat(bodyLimit)),
    false,
    { body: 'x'.repeat(bodyLimit) },
  ],
];

const version = 'The answer is not HTTP/1.0 or HTTP/1.1.';
const statusLine = 'The status line is malformed.';
const name = 'A header has no colon, or a name with characters that are not allowed.';
const control = 'The head has control characters.';
const length = 'Content-Length is not a number that can be held.';
const twice = 'Content-Length is given more than once.';
const coding = 'Transfer-Encoding is not "chunked".';
const both = 'Content-Length and Transfer-Encoding are both given.';
const chunkSize = 'A chunk size is not a hexadecimal number.';
const sizeLine = 'A chunk-size line is malformed.';
const tooLong = 'The body is longer than is accepted.';
const truncated = 'The connection ended in the middle of the answer.';

const malformed: readonly (readonly [string, string, string])[] = [
  ['garbage', 'SSH-2.0-OpenSSH_9.2\r\n', version],
  ['garbage without a line end', 'no http', version],
  ['a blank line first', `\r\n${ok}\r\n\r\n`, version],
  ['HTTP/2', lines('HTTP/2.0 200 OK', '', ''), version],
  ['HTTP/1.2', lines('HTTP/1.2 200 OK', '', ''), version],
  ['no status', lines('HTTP/1.1 ', '', ''), statusLine],
  ['a short status', lines('HTTP/1.1 20', '', ''), statusLine],
  ['a long status', lines('HTTP/1.1 2000 OK', '', ''), statusLine],
  ['a status that is no number', lines('HTTP/1.1 2x0 OK', '', ''), statusLine],
  ['status 099', lines('HTTP/1.1 099 OK', '', ''), statusLine],
  ['a control character in the reason phrase', lines('HTTP/1.1 200 O\0K', '', ''), control],
  ['bare line feeds', `${ok}\n\n`, 'A line of the head ends without a carriage return.'],
  [
    'a folded header',
    lines(ok, 'X-Probe: a', ' b', '', ''),
    'A header is folded over several lines.',
  ],
  ['a header without colon', lines(ok, 'X-Probe', '', ''), name],
  ['a header without name', lines(ok, ': a', '', ''), name],
  ['a blank before the colon', lines(ok, 'Content-Length : 5', '', 'hello'), name],
  ['a NUL in a value', lines(ok, 'X-Probe: a\0b', '', ''), control],
  ['a bare carriage return in a value', lines(ok, 'X-Probe: a\rb', '', ''), control],
  ['a negative length', lines(ok, 'Content-Length: -5', '', 'hello'), length],
  ['a signed length', lines(ok, 'Content-Length: +5', '', 'hello'), length],
  ['a hexadecimal length', lines(ok, 'Content-Length: 0x5', '', 'hello'), length],
  ['an empty length', lines(ok, 'Content-Length:', '', ''), length],
  ['a length of 400 digits', lines(ok, `Content-Length: ${'9'.repeat(400)}`, '', ''), length],
  ['a huge length', lines(ok, 'Content-Length: 999999999999999', '', ''), tooLong],
  ['conflicting lengths', lines(ok, 'Content-Length: 5', 'Content-Length: 6', '', 'hello'), twice],
  ['equal lengths', lines(ok, 'Content-Length: 5', 'Content-Length: 5', '', 'hello'), twice],
  ['a list of lengths', lines(ok, 'Content-Length: 5, 5', '', 'hello'), twice],
  [
    'Transfer-Encoding behind Content-Length',
    lines(ok, 'Content-Length: 3', 'Transfer-Encoding: chunked', '', '0', '', ''),
    both,
  ],
  [
    'Content-Length behind Transfer-Encoding',
    lines(ok, 'Transfer-Encoding: chunked', 'Content-Length: 3', '', '0', '', ''),
    both,
  ],
  ['carriage returns alone', `${ok}\rContent-Length: 0\r\r`, control],
  ['an unknown transfer coding', lines(ok, 'Transfer-Encoding: gzip', '', ''), coding],
  ['several transfer codings', lines(ok, 'Transfer-Encoding: gzip, chunked', '', ''), coding],
  [
    'a repeated transfer coding',
    lines(ok, 'Transfer-Encoding: chunked', 'Transfer-Encoding: chunked', '', ''),
    coding,
  ],
  ['a chunk size that is no number', `${chunkedHead}xyz\r\n`, chunkSize],
  ['a negative chunk size', `${chunkedHead}-1\r\n`, chunkSize],
  ['an empty chunk size', `${chunkedHead}\r\n`, chunkSize],
  ['a chunk size with a prefix', `${chunkedHead}0x5\r\nhello\r\n`, chunkSize],
  ['two chunk sizes', `${chunkedHead}5 5\r\nhello\r\n`, chunkSize],
  ['a chunk size after a bare line feed', `${chunkedHead}5\nhello\r\n`, chunkSize],
  ['a huge chunk size', `${chunkedHead}FFFFFFFFFFFFFFFF\r\n`, tooLong],
  [
    'chunks that are too much together',
    `${chunkedHead}1F4\r\n${'x'.repeat(500)}\r\n1f5\r\n`,
    tooLong,
  ],
  [
    'a chunk size of endless zeros',
    `${chunkedHead}${'0'.repeat(2000)}`,
    'A chunk-size line is longer than 1024 bytes.',
  ],
  [
    'an endless chunk extension',
    `${chunkedHead}5;${'x'.repeat(2000)}`,
    'A chunk-size line is longer than 1024 bytes.',
  ],
  ['a control character in a chunk extension', `${chunkedHead}5;a\0\r\nhello\r\n`, sizeLine],
  ['a carriage return alone after a chunk size', `${chunkedHead}5\rhello`, sizeLine],
  [
    'a chunk that is longer than its size',
    `${chunkedHead}4\r\nhello\r\n0\r\n\r\n`,
    'A chunk does not end where its size says.',
  ],
  ['a trailer without name', `${chunkedHead}0\r\n: a\r\n\r\n`, 'A trailer is malformed.'],
  ['a folded trailer', `${chunkedHead}0\r\nA: a\r\n b\r\n\r\n`, 'A trailer is malformed.'],
  [
    'endless trailers',
    `${chunkedHead}0\r\n${'A: a\r\n'.repeat(maxHeadBytes / 5)}`,
    'The trailers are longer than a head may be.',
  ],
  [
    'an endless head',
    `${ok}\r\n${'A: a\r\n'.repeat(maxHeadBytes / 5)}`,
    `The head is longer than ${maxHeadBytes} bytes.`,
  ],
  [
    'an endless header',
    `${ok}\r\nA: ${'a'.repeat(maxHeadBytes)}`,
    `The head is longer than ${maxHeadBytes} bytes.`,
  ],
  ['an endless body until close', lines(ok, '', 'x'.repeat(bodyLimit + 1)), tooLong],
  [
    'a switch of protocols',
    lines('HTTP/1.1 101 Switching Protocols', '', ''),
    'The server switched to another protocol, which nobody asked for.',
  ],
  [
    'endless interim answers',
    lines('HTTP/1.1 100 Continue', '', '').repeat(33),
    'More than 32 interim answers (1xx) came.',
  ],
];

const cutShort: readonly (readonly [string, string])[] = [
  ['nothing', ''],
  ['a piece of the status line', 'HTTP/1.1 2'],
  ['a piece of the head', lines(ok, 'Content-Le')],
  ['a piece of the body', lines(ok, 'Content-Length: 5', '', 'hell')],
  ['a piece of a chunk', `${chunkedHead}5\r\nhel`],
  ['chunks without the last', `${chunkedHead}5\r\nhello\r\n`],
  ['an interim answer alone', lines('HTTP/1.1 100 Continue', '', '')],
];

const rows: readonly Row[] = [
  ...wellFormed.map(([title, text, closes, expected]): Row => {
    return [title, text, closes, { progress: 'complete', reason: '', ...expected }];
  }),
  ...malformed.map(([title, text, reason]): Row => {
    return [title, text, false, { progress: 'malformed', reason, status: undefined }];
  }),
  ...cutShort.map(([title, text]): Row => {
    return [`${title}, then the end`, text, true, { progress: 'malformed', reason: truncated }];
  }),
];

describe('ResponseParser', () => {
  it.each(rows)('reads %s in one piece', (_title, text, closes, expected) => {
    const outcome = parse(whole(text), closes);
    expect(outcome).toMatchObject(expected);
    if (outcome.progress === 'complete') expect(outcome.consumed).toBe(text.length);
  });

  it.each(rows)('reads %s byte by byte', (_title, text, closes) => {
    expect(parse(byteByByte(text), closes)).toEqual(parse(whole(text), closes));
  });

  it('gives the same result wherever the bytes are cut', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...rows),
        fc.array(fc.nat(), { maxLength: 6 }),
        ([, text, closes], cuts) => {
          expect(parse(cutAt(text, cuts), closes)).toEqual(parse(whole(text), closes));
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('gives the same result for damaged bytes wherever they are cut, and never throws', () => {
    const texts = rows.map(([, text]) => text).filter((text) => text.length < 500);
    fc.assert(
      fc.property(
        fc.constantFrom(...texts),
        fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 3 }),
        fc.array(fc.nat(), { maxLength: 6 }),
        (text, damages, cuts) => {
          const bytes = Buffer.from(text, 'latin1');
          for (const [place, code] of damages) {
            if (bytes.length > 0) bytes[place % bytes.length] = code;
          }
          const damaged = bytes.toString('latin1');
          expect(parse(cutAt(damaged, cuts), true)).toEqual(parse(whole(damaged), true));
        },
      ),
      { numRuns: 3000 },
    );
  });

  it('leaves what follows the answer', () => {
    const text = lines(ok, 'Content-Length: 5', '', 'hello');
    fc.assert(
      fc.property(fc.array(fc.nat(), { maxLength: 4 }), (cuts) => {
        expect(parse(cutAt(`${text}HTTP/1.1`, cuts)).consumed).toBe(text.length);
      }),
    );
  });

  it('takes nothing after the end until it is reset', () => {
    const parser = new ResponseParser(bodyLimit);
    const bytes = Buffer.from(lines(ok, 'Content-Length: 1', 'Connection: close', '', 'a'));
    expect(parser.push(bytes)).toBe('complete');
    expect(parser.push(bytes)).toBe('complete');
    expect(parser.consumed).toBe(0);
    parser.reset();
    expect(parser.response).toBeUndefined();
    expect(parser.push(Buffer.from(lines(ok, 'Content-Length: 1', '', 'b')))).toBe('complete');
    expect(parser.response?.body.toString()).toBe('b');
    expect(parser.keepAlive).toBe(true);
  });

  it('reads no further than it is told to', () => {
    const parser = new ResponseParser();
    const text = lines(ok, 'Content-Length: 5', '', 'hello');
    expect(parser.push(Buffer.from(`${text}old bytes`), text.length - 1)).toBe('incomplete');
    expect(parser.push(Buffer.from('o and old bytes'), 1)).toBe('complete');
    expect(parser.response?.body.toString()).toBe('hello');
  });

  it('finds no header by a part of its name or by what is in a value', () => {
    const parser = new ResponseParser();
    parser.push(Buffer.from(lines(ok, 'X-Long-Name: X-Other: 1', 'Content-Length: 0', '', '')));
    expect(parser.response?.header('X-Long')).toBeUndefined();
    expect(parser.response?.header('Long-Name')).toBeUndefined();
    expect(parser.response?.header('X-Other')).toBeUndefined();
    expect(parser.response?.header('X-LONG-NAME')).toBe('X-Other: 1');
  });
});
