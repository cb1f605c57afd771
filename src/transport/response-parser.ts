import { ChunkedBody } from './chunked-body.ts';
import { ByteSink, byte, copyOf, isTextByte, trimBlanks } from './http-bytes.ts';
import {
  headReasons,
  mayBeStatusLine,
  ResponseHead,
  readHeaderLine,
  readStatusLine,
} from './response-head.ts';

/** An answer as it came over the wire. */
export interface WireResponse {
  readonly status: number;
  /** Value of a header, by any case of its name; repeated ones are joined by `, `. */
  header(name: string): string | undefined;
  /** Without transfer coding; a copy of its own. */
  readonly body: Buffer;
}

/** How far {@link ResponseParser} has come. */
export type ParseProgress = 'incomplete' | 'complete' | 'malformed';

/** Longest body that is accepted unless told otherwise: 1 MiB. */
export const defaultMaxBodyBytes = 1024 * 1024;

/** Longest head, and longest trailer section, that is accepted: 64 KiB. */
export const maxHeadBytes = 64 * 1024;

/** Interim answers (1xx) before the final one; a server that sends more sends them for ever. */
const maxInterimResponses = 32;

const parserReasons = {
  headTooLong: `The head is longer than ${maxHeadBytes} bytes.`,
  bodyTooLong: 'The body is longer than is accepted.',
  switchingProtocols: 'The server switched to another protocol, which nobody asked for.',
  tooManyInterim: `More than ${maxInterimResponses} interim answers (1xx) came.`,
  truncated: 'The connection ended in the middle of the answer.',
} as const;

/** Keeps the head as text and looks a header up when asked: most answers are never asked. */
class ParsedResponse implements WireResponse {
  readonly status: number;
  readonly body: Buffer;
  readonly #headers: string;

  constructor(status: number, headers: string, body: Buffer) {
    this.status = status;
    this.#headers = headers;
    this.body = body;
  }

  header(name: string): string | undefined {
    const headers = this.#headers;
    const wanted = name.toLowerCase();
    let found: string | undefined;
    let start = 0;
    while (start < headers.length) {
      const end = headers.indexOf('\r\n', start);
      const colon = start + wanted.length;
      if (
        headers.charCodeAt(colon) === byte.colon &&
        headers.slice(start, colon).toLowerCase() === wanted
      ) {
        const value = trimBlanks(headers.slice(colon + 1, end));
        found = found === undefined ? value : `${found}, ${value}`;
      }
      start = end + 2;
    }
    return found;
  }
}

type Phase = 'head' | 'fixed-body' | 'chunked-body' | 'body-until-close' | 'complete' | 'malformed';

/**
 * Incremental parser of one HTTP/1.1 response (RFC 9112): no input or clock of its own, and the
 * same result wherever the bytes were cut. It refuses what is malformed or too long; it never
 * throws on input. Answers to CONNECT, whose framing differs, are not supported.
 *
 * After `complete` or `malformed` it takes nothing more until {@link reset}.
 */
export class ResponseParser {
  #phase: Phase = 'head';
  readonly #head = new ResponseHead();
  readonly #sink = new ByteSink();
  #chunked: ChunkedBody | undefined;
  #maxBodyBytes: number;
  #toHead = false;
  #interimResponses = 0;
  /** Start of the line being read, from the start of the head. */
  #lineOffset = 0;
  /** How much of the head was searched for the end of a line. */
  #searchedBytes = 0;
  /** Length of the status line; 0 until it was read. */
  #statusLineBytes = 0;
  #headers = '';
  #consumed = 0;
  #reason = '';
  #response: WireResponse | undefined;

  constructor(maxBodyBytes: number = defaultMaxBodyBytes) {
    this.#maxBodyBytes = maxBodyBytes;
  }

  /** The answer, once {@link push} or {@link end} said `complete`. */
  get response(): WireResponse | undefined {
    return this.#response;
  }

  /** Why the answer is malformed; empty while it is not. */
  get reason(): string {
    return this.#reason;
  }

  /** Bytes of the last {@link push} that belong to the answer; what follows does not. */
  get consumed(): number {
    return this.#consumed;
  }

  /** Whether another request may be sent on the connection. Meaningful once complete. */
  get keepAlive(): boolean {
    const head = this.#head;
    if (head.close || (head.minorVersion === 0 && (head.chunked || !head.keepAlive))) return false;
    return head.chunked || head.contentLength !== -1 || isBodiless(head.status);
  }

  /** `Keep-Alive: timeout=N`, in seconds; -1 when the server did not say. */
  get keepAliveTimeoutS(): number {
    return this.#head.keepAliveTimeoutS;
  }

  /**
   * Makes the parser as new.
   *
   * @param toHead the request is a HEAD: its answer has no body, whatever its head says
   */
  reset(maxBodyBytes: number = this.#maxBodyBytes, toHead = false): void {
    this.#maxBodyBytes = maxBodyBytes;
    this.#toHead = toHead;
    this.#phase = 'head';
    this.#beginHead();
    this.#chunked = undefined;
    this.#interimResponses = 0;
    this.#headers = '';
    this.#consumed = 0;
    this.#reason = '';
    this.#response = undefined;
  }

  /** Takes `bytes[0, end)` in; nothing of `bytes` is kept. */
  push(bytes: Buffer, end: number = bytes.length): ParseProgress {
    let at = 0;
    while (this.#phase === 'head' && at < end) at = this.#pushHead(bytes, at, end);
    if (at < end) {
      if (this.#phase === 'fixed-body') at = this.#pushFixedBody(bytes, at, end);
      else if (this.#phase === 'chunked-body') at = this.#pushChunkedBody(bytes, at, end);
      else if (this.#phase === 'body-until-close') at = this.#pushBodyUntilClose(bytes, at, end);
    }
    this.#consumed = at;
    return this.#progress();
  }

  /** The connection was closed by the server: some bodies end that way, others are cut short. */
  end(): ParseProgress {
    this.#consumed = 0;
    if (this.#phase === 'body-until-close') this.#completeFromSink();
    else if (this.#phase !== 'complete' && this.#phase !== 'malformed') {
      this.#refuse(parserReasons.truncated);
    }
    return this.#progress();
  }

  /** Whether the answer has no body, whatever its head says (RFC 9112 §6.3). */
  get #isBodiless(): boolean {
    return this.#toHead || isBodiless(this.#head.status);
  }

  #progress(): ParseProgress {
    return this.#phase === 'complete' || this.#phase === 'malformed' ? this.#phase : 'incomplete';
  }

  #refuse(reason: string): void {
    this.#phase = 'malformed';
    this.#reason = reason;
    this.#sink.clear();
  }

  #complete(body: Buffer): void {
    this.#phase = 'complete';
    this.#response = new ParsedResponse(this.#head.status, this.#headers, body);
  }

  #completeFromSink(): void {
    this.#complete(this.#sink.view());
    this.#sink.clear();
  }

  #beginHead(): void {
    this.#head.reset();
    this.#sink.clear();
    this.#lineOffset = 0;
    this.#searchedBytes = 0;
    this.#statusLineBytes = 0;
  }

  /** Reads the head in place when it came in one piece, as nearly always; else from the sink. */
  #pushHead(bytes: Buffer, at: number, end: number): number {
    const earlier = this.#sink.length;
    if (earlier === 0) {
      const headBytes = this.#readHead(bytes, at, end);
      if (headBytes > 0) return at + headBytes;
      if (this.#phase === 'head') this.#sink.append(bytes, at, end);
      return end;
    }
    const taken = Math.min(end - at, maxHeadBytes - earlier);
    this.#sink.append(bytes, at, at + taken);
    const headBytes = this.#readHead(this.#sink.view(), 0, this.#sink.length);
    return headBytes === 0 ? at + taken : at + headBytes - earlier;
  }

  /**
   * Reads the lines of the head that starts at `start`, from where it stopped last time.
   * Returns the length of the head once it is whole, else 0.
   */
  #readHead(bytes: Buffer, start: number, end: number): number {
    if (!mayBeStatusLine(bytes, start, end)) {
      this.#refuse(headReasons.version);
      return 0;
    }
    const limit = Math.min(end, start + maxHeadBytes);
    let at = start + this.#searchedBytes;
    while (at < limit) {
      const code = bytes[at] ?? 0;
      if (isTextByte(code)) {
        at += 1;
        continue;
      }
      if (code !== byte.carriageReturn) {
        this.#refuse(code === byte.lineFeed ? headReasons.bareLineFeed : headReasons.control);
        return 0;
      }
      // What follows the carriage return decides, once it is there.
      if (at + 1 === limit) break;
      const headBytes = this.#endLine(bytes, start, at);
      if (headBytes > 0 || this.#phase !== 'head') return headBytes;
      at += 2;
    }
    this.#searchedBytes = at - start;
    if (limit - start === maxHeadBytes) this.#refuse(parserReasons.headTooLong);
    return 0;
  }

  /**
   * Reads the line that ends with the carriage return at `lineEnd`: it is text up to there. Returns
   * the length of the head that starts at `start` once it is whole, else 0.
   */
  #endLine(bytes: Buffer, start: number, lineEnd: number): number {
    const lineStart = start + this.#lineOffset;
    this.#lineOffset = lineEnd + 2 - start;
    let reason: string | undefined;
    if (bytes[lineEnd + 1] !== byte.lineFeed) reason = headReasons.control;
    else if (this.#statusLineBytes === 0) {
      this.#statusLineBytes = lineEnd + 2 - lineStart;
      reason = readStatusLine(bytes, lineStart, lineEnd, this.#head);
    } else if (lineEnd > lineStart) {
      reason = readHeaderLine(bytes, lineStart, lineEnd, this.#head);
    } else {
      this.#headers = bytes.toString('latin1', start + this.#statusLineBytes, lineEnd);
      this.#beginBody();
      return lineEnd + 2 - start;
    }
    if (reason !== undefined) this.#refuse(reason);
    return 0;
  }

  /** Decides by RFC 9112 §6.3 how the body is framed. */
  #beginBody(): void {
    const head = this.#head;
    this.#sink.clear();
    if (head.status === 101) this.#refuse(parserReasons.switchingProtocols);
    else if (head.status < 200) {
      this.#interimResponses += 1;
      if (this.#interimResponses > maxInterimResponses) this.#refuse(parserReasons.tooManyInterim);
      else this.#beginHead();
    } else if (this.#isBodiless) this.#completeFromSink();
    else if (head.chunked) {
      this.#chunked = new ChunkedBody(this.#sink, this.#maxBodyBytes, maxHeadBytes);
      this.#phase = 'chunked-body';
    } else if (head.contentLength > this.#maxBodyBytes) this.#refuse(parserReasons.bodyTooLong);
    else if (head.contentLength === 0) this.#completeFromSink();
    else this.#phase = head.contentLength === -1 ? 'body-until-close' : 'fixed-body';
  }

  #pushFixedBody(bytes: Buffer, at: number, end: number): number {
    const sink = this.#sink;
    const length = this.#head.contentLength;
    const stop = Math.min(end, at + length - sink.length);
    if (sink.length === 0 && stop - at === length) {
      this.#complete(copyOf(bytes, at, stop));
      return stop;
    }
    sink.append(bytes, at, stop);
    if (sink.length === length) this.#completeFromSink();
    return stop;
  }

  #pushChunkedBody(bytes: Buffer, at: number, end: number): number {
    const chunked = this.#chunked;
    if (chunked === undefined) return end;
    const stop = chunked.push(bytes, at, end);
    if (chunked.done) this.#completeFromSink();
    else if (chunked.reason !== '') this.#refuse(chunked.reason);
    return stop;
  }

  #pushBodyUntilClose(bytes: Buffer, at: number, end: number): number {
    if (this.#sink.length + end - at > this.#maxBodyBytes) {
      this.#refuse(parserReasons.bodyTooLong);
      return end;
    }
    this.#sink.append(bytes, at, end);
    return end;
  }
}

/** Whether answers of this status never have a body, whatever their head says. */
function isBodiless(status: number): boolean {
  return status === 204 || status === 304;
}
