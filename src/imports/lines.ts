import { createReadStream } from 'node:fs';
import { messageOf, systemCodeOf } from '../core/errors.ts';
import { importError } from './import-error.ts';

/** Longer lines are no records: a file without line ends must not fill the memory. */
const lineBytesMax = 1024 * 1024;

const readBytes = 64 * 1024;
const newline = 0x0a;

/** Some consecutive lines of a text, without their line ends. */
export interface LineBatch {
  readonly lines: readonly string[];
  /** Number of the first of them, from 1. */
  readonly first: number;
  /** True for the last line of a file that does not end with a line end. */
  readonly unterminated: boolean;
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const plainTextFix = 'Name a text file in UTF-8 with one record a line.';

/**
 * Reads the lines of a UTF-8 file as a stream, some thousand at a time. Of a file of any size only the
 * lines at hand are in memory.
 *
 * @throws FlashsimError AUDIT_INPUT_INVALID for a file that cannot be read, is empty, is no UTF-8 text,
 * or has a line longer than 1 MiB
 */
export async function* readLines(path: string): AsyncGenerator<LineBatch> {
  let carry: Buffer[] = [];
  let carried = 0;
  let first = 1;
  for await (const chunk of chunksOf(path)) {
    const end = chunk.lastIndexOf(newline);
    if (end < 0) {
      carry.push(chunk);
      carried += chunk.length;
      if (carried > lineBytesMax) throw tooLong(path, first);
      continue;
    }
    const text = decoded(path, Buffer.concat([...carry, chunk.subarray(0, end)]), first);
    carry = [chunk.subarray(end + 1)];
    carried = chunk.length - end - 1;
    const lines = text.split('\n');
    // Only the line that began in an earlier chunk can be too long.
    if ((lines[0] ?? '').length > lineBytesMax) throw tooLong(path, first);
    yield { lines, first, unterminated: false };
    first += lines.length;
  }
  if (carried > 0) {
    yield { lines: [decoded(path, Buffer.concat(carry), first)], first, unterminated: true };
  } else if (first === 1) {
    throw importError(path, 'the file is empty', 'Export the load test again.');
  }
}

function decoded(path: string, bytes: Buffer, first: number): string {
  let text: string;
  try {
    text = decoder.decode(bytes);
  } catch (cause) {
    throw importError(path, `it is no UTF-8 text from line ${first} on`, plainTextFix, { cause });
  }
  if (text.includes('\0')) throw importError(path, 'it is no text, but binary', plainTextFix);
  return first === 1 && text.startsWith('\uFEFF') ? text.slice(1) : text;
}

function tooLong(path: string, line: number): Error {
  return importError(path, 'the line is longer than 1 MiB', plainTextFix, { line });
}

async function* chunksOf(path: string): AsyncGenerator<Buffer> {
  const stream = createReadStream(path, { highWaterMark: readBytes });
  try {
    for await (const chunk of stream) yield chunk as Buffer;
  } catch (cause) {
    throw unreadable(path, cause);
  } finally {
    stream.destroy();
  }
}

/** Why a file cannot be opened, in words. */
export function unreadable(path: string, cause: unknown): Error {
  const reasons: Readonly<Record<string, string>> = {
    ENOENT: 'there is no such file',
    EISDIR: 'it is a folder',
    EACCES: 'permission denied',
  };
  const why = reasons[systemCodeOf(cause) ?? ''] ?? messageOf(cause);
  return importError(path, why, 'Name a file that you may read.', { cause });
}
