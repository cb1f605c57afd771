import type { CommandWords } from './words.ts';

/** A shell that flashsim can be completed in. */
export interface Shell {
  readonly name: string;
  /** How to have it in every session. */
  readonly install: string;
  /** The script that the shell reads. */
  script(commands: readonly CommandWords[]): string;
}

/** A word in single quotes; each of the shells takes what stands in them as it is. */
export function singleQuoted(text: string, quote = String.raw`'\''`): string {
  return `'${text.replaceAll("'", quote)}'`;
}
