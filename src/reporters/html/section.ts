import type { RunResult } from '../../results/result.ts';
import type { Markup } from './markup.ts';

/** A part of the page. One that a result has nothing for is left out, and so is its entry in the menu. */
export interface Section {
  /** Anchor; unique on the page. */
  readonly id: string;
  readonly title: string;
  /** What the menu calls it; the title, when left out. */
  readonly menu?: string;
  /** The content below the heading; undefined when there is none. */
  render(result: RunResult): Markup | undefined;
}
