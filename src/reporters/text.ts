/**
 * Characters that a terminal obeys instead of showing: C0 and C1 controls (C1 has a one-byte CSI),
 * line and paragraph separators, and the marks that turn the direction of text.
 */
export const unsafeInTerminal = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/gu;

/** ESC [ parameters, intermediates and final byte (ECMA-48 §5.4). */
const controlSequence = new RegExp(`${String.fromCharCode(0x1b)}\\[[0-?]*[ -/]*[@-~]`, 'g');

const wide =
  /\p{Script=Han}|\p{Script=Hangul}|\p{Script=Hiragana}|\p{Script=Katakana}|\p{Emoji_Presentation}|[\u3000-\u303f\uff01-\uff60\uffe0-\uffe6]/u;
const zeroWidth = /\p{Mark}|\p{Default_Ignorable_Code_Point}/u;

/**
 * Text of somebody else's (a server's codes, an own server's ids, messages) made safe to print on
 * one line: whole escape sequences and control characters are taken out, and what is longer than
 * `lengthMax` characters is cut.
 */
export function plain(text: string, lengthMax = 500): string {
  const withoutSequences = text.replaceAll(controlSequence, '');
  const clean = withoutSequences.replaceAll(/[\t\n\r]+/g, ' ').replaceAll(unsafeInTerminal, '');
  const characters = Array.from(clean);
  return characters.length <= lengthMax ? clean : `${characters.slice(0, lengthMax - 1).join('')}…`;
}

/** Narrower than this nothing can be laid out; wider lines are hard to follow. */
const columnsMin = 40;
const columnsMax = 140;

/** The width to lay text out in, of a terminal that has `columns`. */
export function usableColumns(columns: number): number {
  return Math.min(Math.max(Math.floor(columns), columnsMin), columnsMax);
}

/** Columns that `text` (without colours) takes up in a terminal. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const character of text) width += characterWidth(character);
  return width;
}

function characterWidth(character: string): number {
  if (character < '\u0300') return 1;
  if (zeroWidth.test(character)) return 0;
  return wide.test(character) ? 2 : 1;
}

/** `text` cut to `columns`, an ellipsis at its end when something was cut. */
export function truncate(text: string, columns: number): string {
  if (displayWidth(text) <= columns) return text;
  let width = 0;
  let kept = '';
  for (const character of text) {
    width += characterWidth(character);
    if (width > columns - 1) break;
    kept += character;
  }
  return columns < 1 ? '' : `${kept}…`;
}

/** `text` broken at spaces into lines of at most `columns`; longer words are broken anywhere. */
export function wrap(text: string, columns: number): string[] {
  const width = Math.max(1, columns);
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ').flatMap((part) => pieces(part, width))) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (displayWidth(longer) <= width || line === '') line = longer;
    else {
      lines.push(line);
      line = word;
    }
  }
  return [...lines, line];
}

function pieces(word: string, columns: number): string[] {
  const found: string[] = [];
  let piece = '';
  for (const character of word) {
    if (piece !== '' && displayWidth(piece + character) > columns) {
      found.push(piece);
      piece = '';
    }
    piece += character;
  }
  return [...found, piece];
}

/** `label` followed by `text`, which is wrapped and hangs below itself. */
export function hanging(label: string, text: string, columns: number): string[] {
  const indent = displayWidth(label);
  return wrap(text, columns - indent).map((line, index) =>
    index === 0 ? `${label}${line}` : `${' '.repeat(indent)}${line}`,
  );
}
