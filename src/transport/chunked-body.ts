import { type ByteSink, byte, hexDigitOf, isBlank, isTextByte, isTokenByte } from './http-bytes.ts';

/** Longest chunk-size line, extensions included. Real ones have under 20 bytes. */
const maxSizeLineBytes = 1024;

/** Why a chunked body was refused. */
const chunkReasons = {
  size: 'A chunk size is not a hexadecimal number.',
  sizeLine: 'A chunk-size line is malformed.',
  sizeLineTooLong: `A chunk-size line is longer than ${maxSizeLineBytes} bytes.`,
  dataEnd: 'A chunk does not end where its size says.',
  trailer: 'A trailer is malformed.',
  trailersTooLong: 'The trailers are longer than a head may be.',
  tooLong: 'The body is longer than is accepted.',
} as const;

type TrailerState =
  | 'trailer-start'
  | 'trailer-name'
  | 'trailer-value'
  | 'trailer-line-feed'
  | 'last-line-feed';

type State =
  | 'size'
  | 'extension'
  | 'size-line-feed'
  | 'data'
  | 'data-carriage-return'
  | 'data-line-feed'
  | TrailerState
  | 'done'
  | 'refused';

/** Decoder of `Transfer-Encoding: chunked` (RFC 9112 §7.1). Extensions and trailers are dropped. */
export class ChunkedBody {
  #state: State = 'size';
  #chunkBytes = 0;
  #digits = 0;
  #lineBytes = 0;
  #trailerBytes = 0;
  #padded = false;
  #reason = '';
  readonly #sink: ByteSink;
  readonly #maxBodyBytes: number;
  readonly #maxTrailerBytes: number;

  /** Decoded bytes go to `sink`, which starts empty. */
  constructor(sink: ByteSink, maxBodyBytes: number, maxTrailerBytes: number) {
    this.#sink = sink;
    this.#maxBodyBytes = maxBodyBytes;
    this.#maxTrailerBytes = maxTrailerBytes;
  }

  get done(): boolean {
    return this.#state === 'done';
  }

  /** Why the body was refused; empty while it was not. */
  get reason(): string {
    return this.#reason;
  }

  /** Takes `bytes[start, end)` in. Returns where it stopped: at `end` unless done or refused. */
  push(bytes: Buffer, start: number, end: number): number {
    let at = start;
    while (at < end && this.#state !== 'done' && this.#state !== 'refused') {
      if (this.#state === 'data') {
        const taken = Math.min(end - at, this.#chunkBytes);
        this.#sink.append(bytes, at, at + taken);
        this.#chunkBytes -= taken;
        at += taken;
        if (this.#chunkBytes === 0) this.#state = 'data-carriage-return';
      } else {
        this.#step(bytes[at] ?? 0);
        at += 1;
      }
    }
    return at;
  }

  #refuse(reason: string): void {
    this.#state = 'refused';
    this.#reason = reason;
  }

  #step(code: number): void {
    switch (this.#state) {
      case 'size':
      case 'extension':
        this.#stepSizeLine(code);
        break;
      case 'size-line-feed':
        if (code !== byte.lineFeed) this.#refuse(chunkReasons.sizeLine);
        else this.#state = this.#chunkBytes === 0 ? 'trailer-start' : 'data';
        break;
      case 'data-carriage-return':
        if (code !== byte.carriageReturn) this.#refuse(chunkReasons.dataEnd);
        else this.#state = 'data-line-feed';
        break;
      case 'data-line-feed':
        if (code !== byte.lineFeed) this.#refuse(chunkReasons.dataEnd);
        else this.#beginSizeLine();
        break;
      case 'data':
      case 'done':
      case 'refused':
        break;
      case 'trailer-start':
      case 'trailer-name':
      case 'trailer-value':
      case 'trailer-line-feed':
      case 'last-line-feed':
        this.#stepTrailer(this.#state, code);
    }
  }

  #beginSizeLine(): void {
    this.#state = 'size';
    this.#digits = 0;
    this.#lineBytes = 0;
    this.#padded = false;
  }

  #stepSizeLine(code: number): void {
    this.#lineBytes += 1;
    if (this.#lineBytes > maxSizeLineBytes) {
      this.#refuse(chunkReasons.sizeLineTooLong);
      return;
    }
    if (this.#state === 'extension') {
      if (code === byte.carriageReturn) this.#state = 'size-line-feed';
      else if (!isTextByte(code)) this.#refuse(chunkReasons.sizeLine);
      return;
    }
    const digit = hexDigitOf(code);
    if (digit !== -1 && !this.#padded) {
      this.#chunkBytes = this.#chunkBytes * 16 + digit;
      this.#digits += 1;
      // Refused while it is read: a size of a thousand digits never becomes a number.
      if (this.#sink.length + this.#chunkBytes > this.#maxBodyBytes) {
        this.#refuse(chunkReasons.tooLong);
      }
    } else if (this.#digits === 0) this.#refuse(chunkReasons.size);
    else if (code === byte.carriageReturn) this.#state = 'size-line-feed';
    else if (code === byte.semicolon) this.#state = 'extension';
    // Some servers pad the size with blanks.
    else if (isBlank(code)) this.#padded = true;
    else this.#refuse(chunkReasons.size);
  }

  #stepTrailer(state: TrailerState, code: number): void {
    this.#trailerBytes += 1;
    if (this.#trailerBytes > this.#maxTrailerBytes) {
      this.#refuse(chunkReasons.trailersTooLong);
      return;
    }
    const next = trailerStateAfter(state, code);
    if (next === undefined) this.#refuse(chunkReasons.trailer);
    else this.#state = next;
  }
}

/** The state after `code`; undefined when it may not stand there. */
function trailerStateAfter(state: TrailerState, code: number): State | undefined {
  switch (state) {
    case 'trailer-start':
      if (code === byte.carriageReturn) return 'last-line-feed';
      return isTokenByte(code) ? 'trailer-name' : undefined;
    case 'trailer-name':
      if (code === byte.colon) return 'trailer-value';
      return isTokenByte(code) ? state : undefined;
    case 'trailer-value':
      if (code === byte.carriageReturn) return 'trailer-line-feed';
      return isTextByte(code) ? state : undefined;
    case 'trailer-line-feed':
      return code === byte.lineFeed ? 'trailer-start' : undefined;
    case 'last-line-feed':
      return code === byte.lineFeed ? 'done' : undefined;
  }
}
