import type { Json } from '../../core/json.ts';

/** A scenario has a few hundred lines; a file that somebody made up may hold any number. */
const linesMax = 2_000;
const depthMax = 20;

/** JSON as indented lines in the manner of YAML, to be read and not to be parsed. */
export function outline(value: Json): string[] {
  const lines = linesOf(value, 0);
  return lines.length <= linesMax ? lines : [...lines.slice(0, linesMax), '…'];
}

function linesOf(value: Json, depth: number): string[] {
  const indent = '  '.repeat(depth);
  if (typeof value !== 'object' || value === null || depth > depthMax) {
    return [`${indent}${scalar(value)}`];
  }
  if (isList(value)) {
    return value.flatMap((item: Json) => {
      const [first = '', ...rest] = linesOf(item, depth + 1);
      return [`${indent}- ${first.trimStart()}`, ...rest];
    });
  }
  return Object.entries(value).flatMap(([key, member]) => {
    if (typeof member !== 'object' || member === null || isEmpty(member)) {
      return [`${indent}${key}: ${scalar(member)}`];
    }
    return [`${indent}${key}:`, ...linesOf(member, depth + 1)];
  });
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

function isEmpty(value: object): boolean {
  return Object.keys(value).length === 0;
}

function scalar(value: Json): string {
  if (typeof value === 'object' && value !== null) return isList(value) ? '[]' : '{}';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
