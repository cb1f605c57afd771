import { byte, isBlank, isTextByte, isTokenByte, trimBlanks } from './http-bytes.ts';

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
  fieldValue: 'A header value has control characters.',
  contentLength: 'Content-Length is not a number that can be held.',
  repeatedLength: 'Content-Length is given more than once.',
  transferEncoding: 'Transfer-Encoding is not "chunked".',
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
 * Reads `HTTP/1.1 200 OK`. The caller has checked the prefix with {@link mayBeStatusLine}.
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
  for (let index = afterStatus; index < end; index += 1) {
    if (!isTextByte(bytes[index] ?? 0)) return headReasons.statusLine;
  }
  head.status = status;
  head.minorVersion = minor;
  return undefined;
}

/**
 * Reads `name: value` and keeps what {@link ResponseHead} wants.
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
  for (let index = colon + 1; index < end; index += 1) {
    if (!isTextByte(bytes[index] ?? 0)) return headReasons.fieldValue;
  }
  // Most headers are of no interest here; their length tells, at no cost.
  const nameLength = colon - start;
  if (nameLength !== 10 && nameLength !== 14 && nameLength !== 17) return undefined;
  const name = bytes.toString('latin1', start, colon).toLowerCase();
  if (name === 'content-length') return readContentLength(valueOf(bytes, colon, end), head);
  if (name === 'transfer-encoding') return readTransferEncoding(valueOf(bytes, colon, end), head);
  if (name === 'connection') readConnection(valueOf(bytes, colon, end), head);
  else if (name === 'keep-alive') readKeepAlive(valueOf(bytes, colon, end), head);
  return undefined;
}

function valueOf(bytes: Buffer, colon: number, end: number): string {
  return trimBlanks(bytes.toString('latin1', colon + 1, end));
}

/** 15 digits stay below 2^53; what is too long to be kept is refused by the parser's own limit. */
const lengthPattern = /^\d{1,15}$/;

function readContentLength(value: string, head: ResponseHead): string | undefined {
  // Even when both agree: the sender is broken, and Node's own parser refuses it too.
  if (head.contentLength !== -1) return headReasons.repeatedLength;
  if (!lengthPattern.test(value)) {
    return value.includes(',') ? headReasons.repeatedLength : headReasons.contentLength;
  }
  head.contentLength = Number(value);
  return undefined;
}

function readTransferEncoding(value: string, head: ResponseHead): string | undefined {
  // No request asks for compression by `TE`, so anything but one "chunked" is a broken server.
  if (head.chunked || value.toLowerCase() !== 'chunked') return headReasons.transferEncoding;
  head.chunked = true;
  return undefined;
}

function readConnection(value: string, head: ResponseHead): void {
  for (const option of value.toLowerCase().split(',')) {
    const token = option.trim();
    if (token === 'close') head.close = true;
    else if (token === 'keep-alive') head.keepAlive = true;
  }
}

const timeoutPattern = /(?:^|[,\s])timeout\s*=\s*"?(\d{1,9})(?!\d)/i;

function readKeepAlive(value: string, head: ResponseHead): void {
  const seconds = timeoutPattern.exec(value)?.[1];
  if (seconds !== undefined) head.keepAliveTimeoutS = Number(seconds);
}
