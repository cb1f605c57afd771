import { plain } from './text.ts';

/** What Markdown, or HTML within it, would obey. */
const obeyed = /[\\`*_{}[\]<>#|~&!$]/g;
const longestText = 500;

/**
 * Somebody else's text for GitHub Flavored Markdown, on one line: nothing in it is markup, a link, or a
 * mention that would call a person.
 */
export function markdownText(text: string): string {
  return plain(text, longestText)
    .trim()
    .replaceAll(obeyed, (sign) => `\\${sign}`)
    .replace(/^[-+]/, (sign) => `\\${sign}`)
    .replaceAll('://', String.raw`\://`)
    .replaceAll(/www\./gi, (www) => `${www.slice(0, 3)}\\.`)
    .replaceAll('@', '@\u2060');
}

/** Somebody else's text as code. In a table, a `|` would end the cell all the same. */
export function codeSpan(text: string): string {
  const clean = plain(text, 4_096);
  const ticks = Math.max(0, ...(clean.match(/`+/g) ?? []).map((run) => run.length));
  const fence = '`'.repeat(ticks + 1);
  const pad = clean.startsWith('`') || clean.endsWith('`') || clean.trim() === '' ? ' ' : '';
  return `${fence}${pad}${clean}${pad}${fence}`;
}

/** A table. Cells are Markdown already. */
export function markdownTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  align: readonly ('left' | 'right')[],
): string {
  const rule = align.map((side) => (side === 'right' ? '--:' : '---'));
  return [head, rule, ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
