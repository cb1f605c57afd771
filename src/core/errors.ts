import { type ExitCode, exitCodes } from './exit-codes.ts';

/**
 * Every error flashsim reports on purpose: what it means and what the process exits with.
 * `docs/reference/errors.md` lists the same codes (a test keeps it in step).
 */
export const errorCodes = {
  USAGE: { exitCode: exitCodes.usage, meaning: 'The command line is not valid.' },
  SCENARIO_NOT_FOUND: { exitCode: exitCodes.usage, meaning: 'No such file or built-in scenario.' },
  SCENARIO_UNREADABLE: { exitCode: exitCodes.usage, meaning: 'The scenario file cannot be read.' },
  SCENARIO_INVALID: {
    exitCode: exitCodes.usage,
    meaning: 'The scenario has mistakes; each is listed with its place and what to write instead.',
  },
  ENV_FILE_UNREADABLE: {
    exitCode: exitCodes.usage,
    meaning: 'A file of environment variables (`--env-file`) cannot be read.',
  },
  OPENAPI_INVALID: {
    exitCode: exitCodes.usage,
    meaning: 'An OpenAPI file given to `flashsim init` cannot be used.',
  },
  OUTPUT_EXISTS: { exitCode: exitCodes.usage, meaning: 'A file to be written exists already.' },
  OUTPUT_NOT_WRITABLE: {
    exitCode: exitCodes.usage,
    meaning: 'The folder for the results cannot be created or written.',
  },
  RUN_FOLDER_INVALID: {
    exitCode: exitCodes.usage,
    meaning: 'A run folder is incomplete, corrupt, or of a newer version of flashsim.',
  },
  RUNS_NOT_COMPARABLE: {
    exitCode: exitCodes.usage,
    meaning: 'Runs of different sales were to be compared.',
  },
  AUDIT_INPUT_INVALID: {
    exitCode: exitCodes.usage,
    meaning: 'A history, contract, mapping or snapshot given to `flashsim audit` cannot be used.',
  },
  TOO_MANY_CONNECTIONS: {
    exitCode: exitCodes.usage,
    meaning: 'The run needs more connections than this machine allows.',
  },
  REMOTE_NOT_ALLOWED: {
    exitCode: exitCodes.usage,
    meaning: 'A host outside loopback was named without both consents.',
  },
  OPENING_MISSED: {
    exitCode: exitCodes.unavailable,
    meaning: 'The opening instant has passed, or will have before every device is ready.',
  },
  PORT_IN_USE: { exitCode: exitCodes.unavailable, meaning: 'The port to listen on is taken.' },
  STORE_UNAVAILABLE: {
    exitCode: exitCodes.unavailable,
    meaning: 'A database could not be started or reached.',
  },
  STORE_REFUSED: {
    exitCode: exitCodes.unavailable,
    meaning: 'A database refused the login or lacks a right that flashsim needs.',
  },
  TARGET_UNAVAILABLE: {
    exitCode: exitCodes.unavailable,
    meaning: 'The server under test could not be started or reached.',
  },
  WARM_UP_FAILED: {
    exitCode: exitCodes.unavailable,
    meaning: 'Too few devices could connect and log in before the opening.',
  },
  ENGINE_FAILED: {
    exitCode: exitCodes.bug,
    meaning: 'A load-generating process ended before its work was done.',
  },
  INTERRUPTED: { exitCode: exitCodes.interrupted, meaning: 'The run was stopped by a signal.' },
  INTERNAL: { exitCode: exitCodes.bug, meaning: 'A bug in flashsim.' },
} as const satisfies Record<string, { exitCode: ExitCode; meaning: string }>;

export type ErrorCode = keyof typeof errorCodes;

/** A place in a file, counted from 1 as editors do. */
export interface SourceLocation {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** One of several mistakes reported together, as `validate` does. */
export interface Problem {
  readonly location?: SourceLocation;
  /** Path of the offending key, such as `sale.products[0].stock`. */
  readonly path?: string;
  readonly what: string;
  readonly fix: string;
}

/** What a {@link FlashsimError} tells, beside its code. */
export interface ErrorDetails {
  /** What went wrong, in one sentence. */
  readonly what: string;
  /** Why it matters or how it came about. */
  readonly why?: string;
  /** What to do about it. */
  readonly fix: string;
  readonly location?: SourceLocation;
  readonly problems?: readonly Problem[];
  readonly cause?: unknown;
}

/** An error that a user can act on. Printed without a stack trace. */
export class FlashsimError extends Error {
  override readonly name = 'FlashsimError';
  readonly code: ErrorCode;
  readonly what: string;
  readonly why: string | undefined;
  readonly fix: string;
  readonly location: SourceLocation | undefined;
  readonly problems: readonly Problem[];

  constructor(code: ErrorCode, details: ErrorDetails) {
    super(details.what, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.what = details.what;
    this.why = details.why;
    this.fix = details.fix;
    this.location = details.location;
    this.problems = details.problems ?? [];
  }

  get exitCode(): ExitCode {
    return errorCodes[this.code].exitCode;
  }
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** `error.code` of Node's system errors (`ECONNREFUSED`), else undefined. */
export function systemCodeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
