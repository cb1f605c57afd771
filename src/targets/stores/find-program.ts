import { execFile } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';

/** A server program that was found. */
export interface FoundProgram {
  /** The name that it was found by. */
  readonly name: string;
  /** Absolute. */
  readonly path: string;
  /** Such as `7.0.15`. */
  readonly version: string;
}

/** What is looked for. */
export interface ProgramQuery {
  /** Names that the program may have, the one to be preferred first. */
  readonly names: readonly string[];
  /** Arguments that make it tell its version; `--version` unless told. */
  readonly versionArguments?: readonly string[];
  /** Finds the version in what it says, as its first group. */
  readonly version: RegExp;
}

/** Where distributions keep servers, which the PATH of an ordinary user often leaves out. */
const serverFolders = ['/usr/local/sbin', '/usr/sbin'] as const;
const versionTimeoutMs = 10_000;

/**
 * Finds the first of several program names that is on the search path and tells its version. A name
 * that comes earlier wins, wherever in the path it is.
 *
 * @param path folders as in `PATH`; that of this process, and where distributions keep servers, unless told
 */
export async function findProgram(
  { names, versionArguments = ['--version'], version }: ProgramQuery,
  path?: string,
): Promise<FoundProgram | undefined> {
  for (const name of names) {
    for (const program of programsCalled(name, path)) {
      const found = version.exec(await outputOf(program, versionArguments))?.[1];
      if (found !== undefined) return { name, path: program, version: found };
    }
  }
  return undefined;
}

/**
 * Every program of that name on the search path, the first that a shell would take first; not run.
 *
 * @param path as in {@link findProgram}
 */
export function programsCalled(
  name: string,
  path: string = [process.env['PATH'] ?? '', ...serverFolders].join(delimiter),
): readonly string[] {
  return path
    .split(delimiter)
    .filter((folder) => isAbsolute(folder)) // a relative one depends on where flashsim is called
    .map((folder) => join(folder, name))
    .filter(isProgram);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** Both streams; empty when the program cannot be run, is broken, or hangs. */
function outputOf(program: string, args: readonly string[]): Promise<string> {
  const options = { timeout: versionTimeoutMs, killSignal: 'SIGKILL', cwd: '/' } as const;
  return new Promise((resolve) => {
    execFile(program, args, options, (error, stdout, stderr) => {
      resolve(error === null ? stdout + stderr : '');
    });
  });
}
