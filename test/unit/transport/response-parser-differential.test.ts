import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ResponseParser } from '../../../src/transport/response-parser.ts';
import { testScale } from '../../helpers/test-scale.ts';
import { type Reading, readByNode } from './node-reader.ts';
import { hostileSamples, piecesOf, type Sample, validSamples } from './response-samples.ts';

/**
 * The parser beside Node's own (llhttp, through node:http) on generated responses. `npm run
 * fuzz:responses` reads 100,000; another seed with `FLASHSIM_FUZZ_SEED=7`.
 */

const seed = Number(process.env['FLASHSIM_FUZZ_SEED'] ?? 42);
const bodyMax = 1024 * 1024;

/** What our parser made of a sample. */
interface OwnReading {
  readonly reading: Reading;
  /** Value of a header of a complete answer. */
  readonly header: (name: string) => string | undefined;
  /** Bytes came behind the answer. */
  readonly bytesLeft: boolean;
}

function readByParser({ toHead, closes }: Sample, pieces: readonly Buffer[]): OwnReading {
  const parser = new ResponseParser();
  parser.reset(bodyMax, toHead);
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
  if (progress === 'incomplete' && closes) progress = parser.end();
  const bytesLeft = progress === 'complete' && consumed < sizeOf(pieces);
  return { reading: readingOf(parser, progress, bytesLeft), header: headerOf(parser), bytesLeft };
}

function sizeOf(pieces: readonly Buffer[]): number {
  return pieces.reduce((sum, { length }) => sum + length, 0);
}

function readingOf(parser: ResponseParser, progress: string, bytesLeft: boolean): Reading {
  const { response, reason, keepAlive } = parser;
  if (progress === 'incomplete') return { kind: 'incomplete' };
  if (response === undefined) return { kind: 'refused', reason };
  return {
    kind: 'complete',
    status: response.status,
    headers: new Map(),
    body: response.body.toString('latin1'),
    // A connection that has more to say than was asked is closed.
    keepAlive: keepAlive && !bytesLeft,
  };
}

function headerOf({ response }: ResponseParser): OwnReading['header'] {
  return (name) => response?.header(name);
}

interface Pair {
  readonly sample: Sample;
  readonly own: OwnReading;
  readonly node: Reading;
}

/** Whether both came to the same end: refusing for whatever reason is one. */
function agree({ own, node }: Pair): boolean {
  const { reading, header, bytesLeft } = own;
  if (reading.kind !== 'complete' || node.kind !== 'complete') return reading.kind === node.kind;
  return (
    reading.status === node.status &&
    reading.body === node.body &&
    // Node may read on within what follows, before it decides.
    (bytesLeft || reading.keepAlive === node.keepAlive) &&
    [...node.headers].every(([name, value]) => header(name) === value)
  );
}

/** We refuse for `reason` what Node takes, or goes on waiting for. */
const refusedHere =
  (...reasons: readonly string[]) =>
  ({ own: { reading } }: Pair): boolean =>
    reading.kind === 'refused' && reasons.some((reason) => reading.reason.includes(reason));

/** We take what Node refuses with one of `codes`. */
const refusedByNode =
  (...codes: readonly string[]) =>
  ({ own: { reading }, node }: Pair): boolean =>
    reading.kind === 'complete' && node.kind === 'refused' && codes.includes(node.reason);

const bothTookIt = ({ own, node }: Pair): boolean =>
  own.reading.kind === 'complete' && node.kind === 'complete';

const textOf = ({ sample }: Pair): string => sample.bytes.toString('latin1');

/** What we refuse on purpose, whatever Node does; docs/reference/http-client.md says why. */
const refusals: Readonly<Record<string, (pair: Pair) => boolean>> = {
  'other versions and protocols, blank lines before the answer': refusedHere('not HTTP/1.0 or'),
  'a status below 100': refusedHere('The status line is malformed'),
  'control characters in a reason phrase or at the end of the head': refusedHere(
    'The head has control characters',
    'ends without a carriage return',
  ),
  'transfer codings that were not asked for': refusedHere('Transfer-Encoding is not "chunked"'),
  'a switch of protocols': refusedHere('switched to another protocol'),
  'endless interim answers': refusedHere('interim answers'),
  'heads, bodies, chunk-size lines and trailers beyond their limits': refusedHere('longer than'),
  'a Content-Length of more than 15 digits': (pair) =>
    refusedHere('not a number that can be held')(pair) &&
    /^content-length:[ \t]*\d{16,}/im.test(textOf(pair)),
};

/** What we take on purpose, though some version of Node does not; the same page says why. */
const allowances: Readonly<Record<string, (pair: Pair) => boolean>> = {
  'bytes behind the answer: it is taken, and the connection closed': ({ own, node }) =>
    own.reading.kind === 'complete' && own.bytesLeft && node.kind === 'refused',
  'chunk extensions and blanks behind a chunk size, which mean nothing': (pair) =>
    /^transfer-encoding:[ \t]*chunked/im.test(textOf(pair)) &&
    refusedByNode('HPE_STRICT', 'HPE_INVALID_CHUNK_SIZE')(pair),
  'Content-Length in a trailer': refusedByNode('HPE_INVALID_CONTENT_LENGTH'),
  'tabs beside the value of a header that frames the answer': (pair) =>
    pair.own.reading.kind === 'complete' &&
    /^(?:content-length|transfer-encoding|connection):.*\t/im.test(textOf(pair)),
  'Proxy-Connection, which is for proxies': (pair) =>
    bothTookIt(pair) && /^proxy-connection:/im.test(textOf(pair)),
  'close and keep-alive at once: close counts': (pair) =>
    bothTookIt(pair) &&
    pair.own.reading.kind === 'complete' &&
    !pair.own.reading.keepAlive &&
    /^connection:.*close/im.test(textOf(pair)),
  'an interim answer of HTTP/1.0': (pair) =>
    refusedByNode('HPE_CLOSED_CONNECTION')(pair) && /^HTTP\/1\.0 1\d\d/m.test(textOf(pair)),
};

/** Everything else is a bug of ours. */
const differences = Object.entries({ ...refusals, ...allowances });

function shown({ sample, own, node }: Pair): string {
  const { toHead, bytes, cuts, closes } = sample;
  const text = JSON.stringify(bytes.toString('latin1').slice(0, 600));
  const what = `${toHead ? 'HEAD ' : ''}${text} cut at ${cuts.join()}${closes ? ', closed' : ''}`;
  const readings = [own.reading, node].map((reading) =>
    JSON.stringify({ ...reading, headers: undefined }).slice(0, 300),
  );
  return [what, ...readings].join('\n  ');
}

async function readByBoth(sample: Sample): Promise<Pair> {
  const own = readByParser(sample, piecesOf(sample));
  const whole = readByParser(sample, [sample.bytes]);
  expect(own.reading, `cut at ${sample.cuts.join()}`).toEqual(whole.reading);
  return { sample, own, node: await readByNode(sample) };
}

/** One of the two waits for more before it judges: whether it comes to the same shows at the end. */
async function readToTheEnd(pair: Pair): Promise<Pair> {
  const { sample, own, node } = pair;
  if (own.reading.kind !== 'incomplete' && node.kind !== 'incomplete') return pair;
  return readByBoth({ ...sample, closes: true });
}

/** Reads all samples by both, ours first; counts how often they agree and differ in which way. */
async function compare(samples: readonly Sample[]): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  const unexplained: string[] = [];
  const count = (what: string): void => void counts.set(what, (counts.get(what) ?? 0) + 1);
  for (const sample of samples) {
    const first = await readByBoth(sample);
    const pair = agree(first) ? first : await readToTheEnd(first);
    if (agree(pair)) count(pair.own.reading.kind);
    else {
      const difference = differences.find(([, explains]) => explains(pair));
      if (difference === undefined) unexplained.push(shown(pair));
      else count(difference[0]);
    }
  }
  expect(unexplained).toEqual([]);
  return counts;
}

describe('ResponseParser beside Node’s own parser', () => {
  const timeoutMs = 30_000 * testScale;

  it(
    'reads responses of correct servers alike, wherever they are cut',
    async () => {
      const numRuns = 3000 * testScale;
      const counts = await compare(fc.sample(validSamples, { numRuns, seed }));
      const refused = [...counts.keys()].filter((what) => Object.hasOwn(refusals, what));
      expect([...refused, counts.get('refused'), counts.get('incomplete')]).toEqual([
        undefined,
        undefined,
      ]);
      expect(counts.get('complete')).toBeGreaterThan(numRuns * 0.9);
    },
    timeoutMs,
  );

  it(
    'refuses what broken and hostile servers send as Node does, or for a stated reason',
    async () => {
      const numRuns = 7000 * testScale;
      const counts = await compare(fc.sample(hostileSamples, { numRuns, seed }));
      // Every refusal of ours is a real one, and the samples are of all kinds.
      for (const what of [...Object.keys(refusals), 'complete', 'refused', 'incomplete']) {
        expect(counts.get(what) ?? 0, what).toBeGreaterThan(0);
      }
    },
    timeoutMs,
  );
});
