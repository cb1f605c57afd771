import { Chalk, type ChalkInstance } from 'chalk';
import type { Output } from './environment.ts';

/** Colours for one stream: plain text where the stream takes none. */
export function coloursFor(output: Pick<Output, 'colour'>): ChalkInstance {
  return new Chalk({ level: output.colour ? 1 : 0 });
}
