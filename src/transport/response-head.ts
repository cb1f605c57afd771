import { byte, isBlank, isTokenByte, trimBlanks } from './http-bytes.ts';

/** What the head of a response says about the framing of its body and the life of its connection. */
export class ResponseHead {
  status = 0;
  /** 0 for HTTP/1.0, 1 for HTTP/1.1. */
  minorVersion = 1;
  /** Body length in bytes; -1 when the head does not say. */
  contentLength = -1;
  chunked = false;
  /** `Connection: close` was there. */
  close = false;
  /** `Connection: keep-alive` was there. */
  keepAlive = false;
  /** N of `Keep-Alive: timeout=N`, in seconds; -1 when the head does not say. */
  keepAliveTimeoutS = -1;

  reset(): void {
    this.status = 0;
    this.minorVersion = 1;
    this.contentLength = -1;
    this.chunked = false;
    this.close = false;
    this.keepAlive = false;
    this.keepAliveTimeoutS = -1;
  }
}

/** Why a head was refused. Never holds bytes of the response: those are hostile input. */
export const headReasons = {
  version: 'The answer is not HTTP/1.0 or HTTP/1.1.',
  statusLine: 'The status line is malformed.',
  bareLineFeed: 'A line of the head ends without a carriage return.',
  obsoleteFolding: 'A header is folded over several lines.',
  fieldName: 'A header has no colon, or a name with characters that are not allowed.',
  control: 'The head has control characters.',
  contentLength: 'Content-Length is not a number that can be held.',
  repeatedLength: 'Content-Length is given more than once.',
  transferEncoding: 'Transfer-Encoding is not "chunked".',
  bothFramings: 'Content-Length and Transfer-Encoding are both given.',
} as const;

const versionPrefix = 'HTTP/1.';
const statusStart = versionPrefix.length + 2;

/** Whether `bytes[start, end)`, as far as it goes, may begin a status line. */
export function mayBeStatusLine(bytes: Buffer, start: number, end: number): boolean {
  const length = Math.min(end - start, versionPrefix.length);
  for (let index = 0; index < length; index += 1) {
    if (bytes[start + index] !== versionPrefix.charCodeAt(index)) return false;
  }
  return true;
}

/**
 * Reads `HTTP/1.1 200 OK`. The caller has checked the prefix with {@link mayBeStatusLine}, and that
 * the line is text.
 *
 * @param end where the line ends, without its CRLF
 * @returns why the line is refused; undefined when it is well formed
 */
export function readStatusLine(
  bytes: Buffer,
  start: number,
  end: number,
  head: ResponseHead,
): string | undefined {
  const length = end - start;
  const minor = (bytes[start + versionPrefix.length] ?? 0) - byte.zero;
  if (length <= versionPrefix.length || (minor !== 0 && minor !== 1)) return headReasons.version;
  if (length < statusStart + 3 || bytes[start + statusStart - 1] !== byte.space) {
    return headReasons.statusLine;
  }
  let status = 0;
  for (let index = start + statusStart; index < start + statusStart + 3; index += 1) {
    const digit = (bytes[index] ?? 0) - byte.zero;
    if (digit < 0 || digit > 9) return headReasons.statusLine;
    status = status * 10 + digit;
  }
  if (status < 100) return headReasons.statusLine;
  const afterStatus = start + statusStart + 3;
  if (afterStatus < end && bytes[afterStatus] !== byte.space) return headReasons.statusLine;
  head.status = status;
  head.minorVersion = minor;
  return undefined;
}

/**
 * Reads `name: value` and keeps what {@link ResponseHead} wants. The caller has checked that the line
 * is text.
 *
 * @param end where the line ends, without its CRLF
 * @returns why the line is refused; undefined when it is well formed
 */
export function readHeaderLine(
  bytes: Buffer,
  start: number,
  end: number,
  head: ResponseHead,
): string | undefined {
  if (isBlank(bytes[start] ?? 0)) return headReasons.obsoleteFolding;
  let colon = start;
  while (colon < end && isTokenByte(bytes[colon] ?? 0)) colon += 1;
  if (colon === start || colon === end || bytes[colon] !== byte.colon) return headReasons.fieldName;
  return readKnownField(bytes, start, colon, end, head);
}

/** The fields that say something of the framing; all others are of no interest here. */
function readKnownField(
  bytes: Buffer,
  start: number,
  colon: number,
  end: number,
  head: ResponseHead,
): string | undefined {
  // Their length tells most of them apart, at no cost.
  switch (colon - start) {
    case 10:
      if (equals(bytes, start, colon, 'connection')) readConnection(bytes, colon, end, head);
      else if (equals(bytes, start, colon, 'keep-alive')) readKeepAlive(bytes, colon, end, head);
      return undefined;
    case 14:
      if (!equals(bytes, start, colon, 'content-length')) return undefined;
      return readContentLength(bytes, colon, end, head);
    case 17:
      if (!equals(bytes, start, colon, 'transfer-encoding')) return undefined;
      return readTransferEncoding(valueOf(bytes, colon, end), head);
    default:
      return undefined;
  }
}

/** Whether `bytes[start, end)` are `lowerCase` but for the case of letters. No text is made of them. */
function equals(bytes: Buffer, start: number, end: number, lowerCase: string): boolean {
  if (end - start !== lowerCase.length) return false;
  for (let index = 0; index < lowerCase.length; index += 1) {
    const wanted = lowerCase.charCodeAt(index);
    const code = bytes[start + index] ?? 0;
    if (code !== wanted && (code < byte.upperA || code > byte.upperZ || code + 32 !== wanted)) {
      return false;
    }
  }
  return true;
}

function valueOf(bytes: Buffer, colon: number, end: number): string {
  return trimBlanks(bytes.toString('latin1', colon + 1, end));
}

/** 15 digits stay below 2^53; what is too long to be kept is refused by the parser's own limit. */
const lengthDigitsMax = 15;

function readContentLength(
  bytes: Buffer,
  colon: number,
  end: number,
  head: ResponseHead,
): string | undefined {
  // Even when both agree: the sender is broken, and Node's own parser refuses it too.
  if (head.contentLength !== -1) return headReasons.repeatedLength;
  const start = skipBlanks(bytes, colon + 1, end);
  let at = start;
  let length = 0;
  while (at < end && isDigit(bytes[at] ?? 0)) {
    length = length * 10 + (bytes[at] ?? 0) - byte.zero;
    at += 1;
  }
  if (at === start || at - start > lengthDigitsMax || skipBlanks(bytes, at, end) !== end) {
    const isList = valueOf(bytes, colon, end).includes(',');
    return isList ? headReasons.repeatedLength : headReasons.contentLength;
  }
  head.contentLength = length;
  return head.chunked ? headReasons.bothFramings : undefined;
}

function skipBlanks(bytes: Buffer, start: number, end: number): number {
  let at = start;
  while (at < end && isBlank(bytes[at] ?? 0)) at += 1;
  return at;
}

function isDigit(code: number): boolean {
  return code >= byte.zero && code <= byte.nine;
}

function readTransferEncoding(value: string, head: ResponseHead): string | undefined {
  // No request asks for compression by `TE`, so anything but one "chunked" is a broken server.
  if (head.chunked || value.toLowerCase() !== 'chunked') return headReasons.transferEncoding;
  head.chunked = true;
  // One of the two lies; a server that can be made to send both can be made to send anything
  // (RFC 9112 §6.3). Node's own parser refuses it too.
  return head.contentLength === -1 ? undefined : headReasons.bothFramings;
}

function readConnection(bytes: Buffer, colon: number, end: number, head: ResponseHead): void {
  const start = skipBlanks(bytes, colon + 1, end);
  // As nearly always: one option, and nothing behind it.
  if (equals(bytes, start, end, 'keep-alive')) head.keepAlive = true;
  else if (equals(bytes, start, end, 'close')) head.close = true;
  else readConnectionList(valueOf(bytes, colon, end), head);
}

function readConnectionList(value: string, head: ResponseHead): void {
  for (const option of value.toLowerCase().split(',')) {
    const token = trimBlanks(option);
    if (token === 'close') head.close = true;
    else if (token === 'keep-alive') head.keepAlive = true;
  }
}

const timeoutPattern = /(?:^|[,\s])timeout\s*=\s*"?(\d{1,9})(?!\d)/i;
const timeoutPrefix = 'timeout=';

function readKeepAlive(bytes: Buffer, colon: number, end: number, head: ResponseHead): void {
  const start = skipBlanks(bytes, colon + 1, end);
  const digits = start + timeoutPrefix.length;
  // As nearly always: `timeout=5` and nothing else.
  if (end - digits <= 9 && equals(bytes, start, Math.min(digits, end), timeoutPrefix)) {
    let at = digits;
    let seconds = 0;
    while (at < end && isDigit(bytes[at] ?? 0)) {
      seconds = seconds * 10 + (bytes[at] ?? 0) - byte.zero;
      at += 1;
    }
    if (at === end && at > digits) {
      head.keepAliveTimeoutS = seconds;
      return;
    }
  }
  const seconds = timeoutPattern.exec(valueOf(bytes, colon, end))?.[1];
  if (seconds !== undefined) head.keepAliveTimeoutS = Number(seconds);
}
