import fc from 'fast-check';

/** Bytes of a server, well formed or not, and how they arrive. */
export interface Sample {
  readonly bytes: Buffer;
  /** Where the bytes are cut into reads, ascending. */
  readonly cuts: readonly number[];
  /** The server closes the connection behind the bytes. */
  readonly closes: boolean;
  /** The request was a HEAD. */
  readonly toHead: boolean;
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

/** A response that a correct server may send, framed in every way that there is. */
const wellFormed = fc
  .record({
    interim: fc.constantFrom(
      ...[
        '',
        '',
        '',
        'HTTP/1.1 100 Continue\r\n\r\n',
        'HTTP/1.1 102 Processing\r\nX-Early: 1\r\n\r\n',
      ],
      'HTTP/1.1 100 \r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\nContent-Length: 7\r\n\r\n',
    ),
    version: fc.constantFrom('1.1', '1.1', '1.1', '1.0'),
    status: fc.constantFrom(200, 201, 204, 304, 400, 409, 429, 500, 503, 599, 999),
    reason: text(12),
    headers: fc.array(header, { maxLength: 8 }),
    framing: fc.constantFrom('length', 'length', 'chunked', 'chunked', 'close'),
    connection: fc.constantFrom(
      '',
      '',
      '',
      'close',
      'Keep-Alive',
      'x-y, close',
      'foo',
      'keep-alive, foo',
    ),
    body,
    sizes: fc.array(fc.integer({ min: 1, max: 900 }), { maxLength: 5 }),
    extension: fc.constantFrom('', '', ';a', ';a=b;c="d"', '; a = b'),
    trailers: fc.array(header, { maxLength: 2 }),
    toHead: fc.constantFrom(false, false, false, false, true),
  })
  .map((parts) => {
    const bodiless = parts.status === 204 || parts.status === 304;
    const content = bodiless ? Buffer.alloc(0) : parts.body;
    const framing =
      bodiless || (parts.version === '1.0' && parts.framing === 'chunked')
        ? 'length'
        : parts.framing;
    const head = [
      parts.interim,
      `HTTP/${parts.version} ${parts.status} ${parts.reason}\r\n`,
      ...parts.headers,
      framing === 'length' && !bodiless ? `Content-Length: ${content.length}\r\n` : '',
      framing === 'chunked' ? 'Transfer-Encoding: chunked\r\n' : '',
      parts.connection === '' ? '' : `Connection: ${parts.connection}\r\n`,
      '\r\n',
    ].join('');
    const encoded =
      framing === 'chunked'
        ? chunked(content, parts.sizes, parts.extension, parts.trailers.join(''))
        : content;
    const bytes = Buffer.concat([
      Buffer.from(head, 'latin1'),
      parts.toHead ? Buffer.alloc(0) : encoded,
    ]);
    return { bytes, closes: framing === 'close', toHead: parts.toHead };
  });

/** Lines that a broken or hostile server puts into a head. */
const nastyLines = [
  ...[
    '5',
    '5, 5',
    '5,6',
    '+5',
    '-5',
    '0x5',
    '5 5',
    '',
    '007',
    '5;',
    '1e1',
    '5\t',
    '99999999999999999',
    '99999999999999999999',
  ].map((value) => `Content-Length: ${value}`),
  'Content-Length:5\r\nContent-Length:5',
  'Content-Length: 4\r\ncontent-length: 5',
  ...[
    'gzip',
    'gzip, chunked',
    'chunked, chunked',
    'chunked, gzip',
    'identity',
    'xchunked',
    '\tchunked ',
    'CHUNKED',
    '',
  ].map((value) => `Transfer-Encoding: ${value}`),
  'Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked',
  'Transfer-Encoding: chunked\r\nContent-Length: 3',
  'Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked',
  ...[
    'close',
    'keep-alive',
    'keep-alive, close',
    'Close',
    'close, x',
    'upgrade',
    ' close ',
    '',
    'cloſe',
    ',close',
    'closed',
  ].map((value) => `Connection: ${value}`),
  'Connection: upgrade\r\nUpgrade: websocket',
  'Proxy-Connection: close',
  'Keep-Alive: timeout=5',
  ' folded',
  '\tfolded',
  'X: a\r\n b',
  'no colon',
  ': no name',
  'Bad Name: x',
  'Blank : x',
  'X: a\0b',
  'X: a\rb',
  'X: a\x7fb',
  'X: \x01',
  'X\0: a',
  'X: a\nY: b',
  'X: é',
  'É: x',
  'X:',
  `X: ${'a'.repeat(20_000)}`,
  `X: ${'a'.repeat(70_000)}`,
  `${'X: a\r\n'.repeat(3000)}Y: b`,
] as const;

const startLines = [
  ...[
    'HTTP/1.0',
    'HTTP/0.9',
    'HTTP/2.0',
    'HTTP/1.2',
    'HTTP/11',
    'http/1.1',
    'HTP/1.1',
    'HTTP /1.1',
    'HTTP/1.',
    '',
    'ICE/1.0',
  ].map((version) => `${version} 200 OK`),
  ...[
    '99',
    '1000',
    '2x0',
    '000',
    '100',
    '101',
    '199',
    '600',
    '999',
    '-20',
    '20',
    '',
    '0200',
    '200.5',
  ].map((status) => `HTTP/1.1 ${status} OK`),
  ...['HTTP/1.1 200', 'HTTP/1.1 200 ', 'HTTP/1.1  200 OK', 'HTTP/1.1\t200 OK', ' HTTP/1.1 200 OK'],
  ...['\r\nHTTP/1.1 200 OK', '\nHTTP/1.1 200 OK', '\r\n\r\nHTTP/1.1 200 OK', 'HTTP/1.1 200\tOK'],
  ...[
    'HTTP/1.1 200 O\0K',
    'HTTP/1.1 200 O\rK',
    'HTTP/1.1 200 O\x7fK',
    'HTTP/1.1 200OK',
    'HTTP/1.1 200\r',
  ],
  ...['GET / HTTP/1.1', 'SSH-2.0-OpenSSH_9.2', `HTTP/1.1 200 ${'a'.repeat(70_000)}`],
  // Often enough that a few thousand samples have some.
  ...Array<string>(4).fill(`${'HTTP/1.1 100 Continue\r\n\r\n'.repeat(40)}HTTP/1.1 200 OK`),
] as const;

const nastyChunks = [
  ...[
    '5 \r\nhello\r\n',
    ' 5\r\nhello\r\n',
    '5\t\r\nhello\r\n',
    '0x5\r\nhello\r\n',
    '-5\r\nhello\r\n',
    '+5\r\nhello\r\n',
  ],
  ...[
    '05\r\nhello\r\n',
    '00000000005\r\nhello\r\n',
    'g\r\n',
    '\r\n',
    '5\nhello\r\n',
    '5\r\nhello\n',
    '5\rhello\r\n',
  ],
  ...[
    '5\r\nhell\r\n',
    '5\r\nhelloo\r\n',
    '5\r\nhello',
    '5\r\n',
    'A\r\n0123456789\r\n',
    'a\r\n0123456789\r\n',
  ],
  ...[
    '5;\r\nhello\r\n',
    '5;=\r\nhello\r\n',
    '5;a=\r\nhello\r\n',
    '5;a="\r\nhello\r\n',
    '5;a="b\\""\r\nhello\r\n',
  ],
  ...[
    '5;a="b"c\r\nhello\r\n',
    '5 ;a\r\nhello\r\n',
    '5; a\r\nhello\r\n',
    '5;a b\r\nhello\r\n',
    '5;\0\r\nhello\r\n',
  ],
  ...[
    '5;a\nhello\r\n',
    '5;a\r\r\nhello\r\n',
    '5,\r\nhello\r\n',
    '5 5\r\nhello\r\n',
    '5;é\r\nhello\r\n',
    '5;a=\xff\r\nhello\r\n',
  ],
  ...[
    'FFFFFFFFFFFFFFFF\r\n',
    'FFFFFFFFFFFFFFFFF\r\n',
    '80000000\r\n',
    `${'0'.repeat(2000)}5\r\nhello\r\n`,
  ],
  ...[`5;${'x'.repeat(2000)}\r\nhello\r\n`, `5;${'x'.repeat(20_000)}\r\nhello\r\n`],
  ...[
    '0\r\nA: b\r\n\r\n',
    '0\r\n: b\r\n\r\n',
    '0\r\nA\r\n\r\n',
    '0\r\nA: b\n\n',
    '0\r\n\n',
    '0\n\n',
    '0\r\n b\r\n\r\n',
  ],
  ...[
    '0\r\nA: b\r\n c\r\n\r\n',
    '0\r\nA: \0\r\n\r\n',
    '0\r\nContent-Length: 5\r\n\r\n',
    '0\r\nA : b\r\n\r\n',
    '0\r\n\rX',
  ],
] as const;

/** A short response with one or more nasty parts, put together by hand. */
const assembled = fc
  .record({
    start: fc.oneof(
      { weight: 4, arbitrary: fc.constant('HTTP/1.1 200 OK') },
      { weight: 1, arbitrary: fc.constantFrom(...startLines) },
    ),
    lines: fc.array(fc.constantFrom(...nastyLines), { maxLength: 2 }),
    framing: fc.constantFrom('', 'Content-Length: 5', 'Transfer-Encoding: chunked'),
    chunks: fc.array(fc.constantFrom(...nastyChunks), { maxLength: 2 }),
    lineEnd: fc.constantFrom(...Array<string>(10).fill('\r\n'), '\n', '\r'),
    rest: fc.constantFrom('', '', 'hell', 'hello', 'hello again', 'hello\r\nHTTP/1.1 200 OK\r\n'),
    closes: fc.boolean(),
    toHead: fc.constantFrom(false, false, false, true),
  })
  .map(({ start, lines, framing, chunks, lineEnd, rest, closes, toHead }) => {
    const isChunked = framing.startsWith('T');
    const fields = framing === '' ? lines : [...lines, framing];
    const content = isChunked ? `${chunks.join('')}0\r\n\r\n` : rest;
    const head = [start, ...fields, '', ''].join(lineEnd);
    return { bytes: Buffer.from(`${head}${content}`, 'latin1'), closes, toHead };
  });

type Damage =
  | { readonly kind: 'set' | 'insert'; readonly at: number; readonly code: number }
  | {
      readonly kind: 'delete' | 'repeat' | 'truncate';
      readonly at: number;
      readonly length: number;
    };

const place = fc.nat({ max: 4000 });
const damage: fc.Arbitrary<Damage> = fc.oneof(
  fc.record({
    kind: fc.constantFrom('set' as const, 'insert' as const),
    at: place,
    code: fc.oneof(
      fc.integer({ min: 0, max: 255 }),
      fc.constantFrom(...Buffer.from('\r\n\t :;,0"\0')),
    ),
  }),
  fc.record({
    kind: fc.constantFrom('delete' as const, 'repeat' as const, 'truncate' as const),
    at: place,
    length: fc.integer({ min: 1, max: 30 }),
  }),
);

function damaged(bytes: Buffer, what: Damage): Buffer {
  if (bytes.length === 0) return bytes;
  // Most of the grammar is in the head, so most damages are put there.
  const at = what.at % Math.min(bytes.length, 400);
  const [before, after] = [bytes.subarray(0, at), bytes.subarray(at)];
  switch (what.kind) {
    case 'set':
      return Buffer.concat([before, Buffer.from([what.code]), after.subarray(1)]);
    case 'insert':
      return Buffer.concat([before, Buffer.from([what.code]), after]);
    case 'delete':
      return Buffer.concat([before, after.subarray(what.length)]);
    case 'repeat':
      return Buffer.concat([before, after.subarray(0, what.length), after]);
    case 'truncate':
      return before;
  }
}

const broken = fc
  .record({
    whole: fc.oneof(wellFormed, assembled),
    damages: fc.array(damage, { minLength: 1, maxLength: 2 }),
    closes: fc.boolean(),
  })
  .map(({ whole, damages, closes }) => ({
    ...whole,
    bytes: damages.reduce(damaged, whole.bytes),
    closes: closes || whole.closes,
  }));

function cutSomewhere(whole: fc.Arbitrary<Omit<Sample, 'cuts'>>): fc.Arbitrary<Sample> {
  return fc.tuple(whole, fc.array(fc.nat(), { maxLength: 5 })).map(([sample, places]) => ({
    ...sample,
    cuts: places.map((cut) => cut % (sample.bytes.length + 1)).sort((a, b) => a - b),
  }));
}

/** Responses of correct servers, cut at random places. */
export const validSamples = cutSomewhere(wellFormed);

/** Responses of broken and hostile servers, cut at random places. */
export const hostileSamples = cutSomewhere(fc.oneof(assembled, broken));

/** The reads that a sample arrives in. */
export function piecesOf({ bytes, cuts }: Sample): Buffer[] {
  const places = [0, ...cuts, bytes.length];
  return places
    .slice(1)
    .map((end, index) => bytes.subarray(places[index], end))
    .filter(({ length }) => length > 0);
}
