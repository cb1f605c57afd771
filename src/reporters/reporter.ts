import type { RunResult } from '../results/result.ts';

/** How a result is to be rendered. */
export interface RenderOptions {
  /** Whether ANSI colours may be used. Nothing is said by colour alone. */
  readonly colour: boolean;
  /** Width to fit into, in columns. */
  readonly columns: number;
  /** Where the run's files stand; left out when there are none. */
  readonly folder?: string;
  /** The page for browsers that was made of the result; left out when there is none. */
  readonly page?: string;
}

/** Renders a result as text: a function of the result, so that goldens can hold it. */
export interface Reporter {
  /** Name in the registry and on the command line. */
  readonly name: string;
  /** What it is for, in a few words. */
  readonly describe: string;
  /** What its file in the run folder is called; left out when it belongs on stdout. */
  readonly fileName?: string;
  /** Text that goes, besides, at the end of the file that an environment variable names. */
  readonly appends?: {
    readonly variable: string;
    render(result: RunResult, options: RenderOptions): string;
  };
  /** The whole text, ending with a newline; empty when there is nothing to say. */
  render(result: RunResult, options: RenderOptions): string;
}
