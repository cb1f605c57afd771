/** A word as a shell takes it. */
export function quoted(word: string): string {
  return /^[\w@%+=:,./[\]-]+$/.test(word) && !/[[\]]/.test(word)
    ? word
    : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
