import { open } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { z } from 'zod';
import { FlashsimError, messageOf, type Problem, systemCodeOf } from '../core/errors.ts';
import {
  formatPath,
  locate,
  type Path,
  parseSource,
  plainValues,
  type SourceDocument,
  scenarioBytesMax,
} from '../scenarios/document.ts';

/** A YAML file (JSON is YAML) that still knows where everything was written. */
export interface YamlInput {
  readonly source: SourceDocument;
  /** Its plain values, unchecked. */
  readonly value: unknown;
}

/**
 * Reads a YAML file given to a command.
 *
 * @param what what it is, such as `contract`
 * @throws FlashsimError AUDIT_INPUT_INVALID
 */
export async function readYaml(cwd: string, file: string, what: string): Promise<YamlInput> {
  const text = await readBounded(resolve(cwd, file), file, what);
  try {
    const source = parseSource(text, file);
    return { source, value: plainValues(source) };
  } catch (error) {
    if (error instanceof FlashsimError) throw invalidInput(file, what, error.problems);
    if (error instanceof RangeError) {
      throw invalidInput(file, what, [{ what: 'it is nested too deeply', fix: 'nest less' }]);
    }
    throw error;
  }
}

async function readBounded(path: string, file: string, what: string): Promise<string> {
  try {
    const handle = await open(path, 'r');
    try {
      const buffer = Buffer.alloc(scenarioBytesMax + 1);
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, 0);
      if (bytesRead > scenarioBytesMax) {
        throw invalidInput(file, what, [{ what: 'it is larger than 1 MiB', fix: 'shorten it' }]);
      }
      return new TextDecoder('utf-8', { fatal: true }).decode(buffer.subarray(0, bytesRead));
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (error instanceof FlashsimError) throw error;
    const missing = systemCodeOf(error) === 'ENOENT';
    throw new FlashsimError('AUDIT_INPUT_INVALID', {
      what: `The ${what} ${file} cannot be read: ${missing ? 'there is no such file' : messageOf(error)}.`,
      fix: 'Name a file that you may read.',
      cause: error,
    });
  }
}

/** Checks the values of a YAML file; every mistake is told with its place. */
export function checkedYaml<T>(input: YamlInput, schema: z.ZodType<T>, what: string): T {
  const parsed = schema.safeParse(input.value);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((found): Problem => {
    const issue = tellingIssue(found);
    const path = issue.path as Path;
    const { location } = locate(input.source, path, 'value');
    return {
      ...(location === undefined ? {} : { location }),
      ...(path.length === 0 ? {} : { path: formatPath(path) }),
      what: issue.message,
      fix: 'see docs/reference/history-format.md',
    };
  });
  throw invalidInput(input.source.file, what, problems);
}

/** Of a union the mistake within the choice that was evidently meant: the one that lies deepest. */
function tellingIssue(issue: z.core.$ZodIssue): z.core.$ZodIssue {
  if (issue.code !== 'invalid_union') return issue;
  const [deepest] = issue.errors
    .flat()
    .map(tellingIssue)
    .sort((a, b) => b.path.length - a.path.length);
  if (deepest === undefined || deepest.path.length === 0) return issue;
  return { ...deepest, path: [...issue.path, ...deepest.path] };
}

function invalidInput(file: string, what: string, problems: readonly Problem[]): FlashsimError {
  const count = problems.length === 1 ? 'a mistake' : `${problems.length} mistakes`;
  return new FlashsimError('AUDIT_INPUT_INVALID', {
    what: `The ${what} ${file} has ${count}.`,
    fix: `Correct ${problems.length === 1 ? 'it' : 'them'}: docs/reference/history-format.md has the format.`,
    problems,
  });
}
