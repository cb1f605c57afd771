import type { ExitCode } from '../core/exit-codes.ts';
import { Secrets } from '../core/secrets.ts';

/** A place to print to. */
export interface Output {
  /** Whether a person is likely to be watching. */
  readonly isTTY: boolean;
  /** Width in columns; 80 when nobody can tell. */
  readonly columns: number;
  /** Whether ANSI colours may be written. */
  readonly colour: boolean;
  write(text: string): void;
}

/** Signals that ask for an orderly end. */
export type StopSignal = 'SIGINT' | 'SIGTERM';

/**
 * All that commands know of the process they run in, so that tests can run them in-process. Results
 * go to `stdout`, progress and errors to `stderr`.
 */
export interface Environment {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** What neither `stdout` nor `stderr` shows, as far as it is known by then. */
  readonly secrets: Secrets;
  setExitCode(code: ExitCode): void;
  /** Calls `listener` at every SIGINT and SIGTERM until the returned function is called. */
  onStopSignal(listener: (signal: StopSignal) => void): () => void;
}

/**
 * Whether to colour: `FORCE_COLOR` and `NO_COLOR` (no-color.org) decide when they are set and not
 * empty, `NO_COLOR` first; otherwise a terminal that is not dumb is coloured.
 */
export function wantsColour(env: Environment['env'], isTTY: boolean): boolean {
  if (isSet(env['NO_COLOR'])) return false;
  const forced = env['FORCE_COLOR'];
  if (isSet(forced)) return forced !== '0' && forced !== 'false';
  return isTTY && env['TERM'] !== 'dumb';
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== '';
}

/** The same environment with colour off, for `--no-color`. */
export function withoutColour(environment: Environment): Environment {
  return {
    ...environment,
    stdout: colourless(environment.stdout),
    stderr: colourless(environment.stderr),
  };
}

function colourless(output: Output): Output {
  return {
    isTTY: output.isTTY,
    get columns() {
      return output.columns;
    },
    colour: false,
    write: (text) => output.write(text),
  };
}

function output(
  stream: NodeJS.WriteStream,
  { env, secrets }: Pick<Environment, 'env' | 'secrets'>,
): Output {
  // A reader that went away (`| head`) ends the output, not the program: its exit code still counts.
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
  const isTTY = stream.isTTY;
  return {
    isTTY,
    // Asked anew each time: the window may be resized.
    get columns() {
      return isTTY && stream.columns > 0 ? stream.columns : 80;
    },
    colour: wantsColour(env, isTTY),
    write: (text) => void stream.write(secrets.text(text)),
  };
}

/** The environment of the real process. */
export function processEnvironment(): Environment {
  const secrets = new Secrets();
  const shared = { env: process.env, secrets };
  return {
    stdout: output(process.stdout, shared),
    stderr: output(process.stderr, shared),
    ...shared,
    cwd: process.cwd(),
    setExitCode: (code) => {
      process.exitCode = code;
    },
    onStopSignal: (listener) => {
      process.on('SIGINT', listener);
      process.on('SIGTERM', listener);
      return () => {
        process.off('SIGINT', listener);
        process.off('SIGTERM', listener);
      };
    },
  };
}
