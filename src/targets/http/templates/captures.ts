import { compileJsonPath } from '../../../core/json-path.ts';
import type { Capture } from '../options.ts';
import type { Answer } from './answer.ts';

/** Finds a value in an answer; undefined when it is not there or no plain text. */
export type Finder = (answer: Answer) => string | undefined;

const valueBytesMax = 4_096;
/** What goes back into requests must not end a line there. */
const controls = /\p{Cc}/u;

/** Compiles a capture of a valid scenario. */
export function compileCapture({ json, header, cookie, regex }: Capture): Finder {
  const find = finderOf({ json, header, cookie });
  const pattern = regex === undefined ? undefined : new RegExp(regex);
  return (answer) => {
    const found = find(answer);
    if (found === undefined || pattern === undefined) return plain(found);
    const match = pattern.exec(found);
    return plain(match?.[1] ?? match?.[0]);
  };
}

function finderOf({ json, header, cookie }: Pick<Capture, 'json' | 'header' | 'cookie'>): Finder {
  if (json !== undefined) {
    const path = compileJsonPath(json);
    return (answer) => textOf(path?.(answer.json)[0]);
  }
  if (header !== undefined) return (answer) => answer.response.header(header);
  if (cookie !== undefined) return (answer) => answer.cookies.get(cookie);
  return (answer) => answer.text;
}

/** A scalar as text; undefined for what is none. */
function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}

function plain(value: string | undefined): string | undefined {
  if (value === undefined || value === '' || value.length > valueBytesMax) return undefined;
  return controls.test(value) ? undefined : value;
}

/** Where a capture looks, in words. */
export function describeCapture({ json, header, cookie, regex }: Capture): string {
  const where =
    json ??
    (header === undefined ? undefined : `the header ${header}`) ??
    (cookie === undefined ? undefined : `the cookie ${cookie}`);
  if (regex === undefined) return where ?? 'the body';
  return `${where ?? 'the body'} by /${regex}/`;
}
