import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { FlashsimError, messageOf, systemCodeOf } from '../core/errors.ts';
import { runFiles } from '../history/run-folder.ts';
import type { RunResult } from './result.ts';
import { resultSchema } from './result-schema.ts';

/** A result of a million attempts has some 100 kB; what is this large is something else. */
const resultBytesMax = 64 * 2 ** 20;

/** A result as it was found. */
export interface FoundResult {
  readonly result: RunResult;
  /** The folder that `result.json` stands in. */
  readonly folder: string;
}

/**
 * Reads a result from a run folder or from its `result.json`. Results of older releases lack some
 * fields, and what a newer one of the same schema version has besides is let pass.
 *
 * @throws FlashsimError RUN_FOLDER_INVALID
 */
export async function readResult(path: string): Promise<FoundResult> {
  const found = await stat(path).catch((error: unknown) => {
    throw invalid(path, systemCodeOf(error) === 'ENOENT' ? 'it is not there' : messageOf(error));
  });
  if (!found.isDirectory()) return { result: await parse(path), folder: dirname(path) };
  const file = join(path, runFiles.result);
  const isThere = await exists(file);
  if (!isThere) throw await withoutResult(path);
  return { result: await parse(file), folder: path };
}

/** True when something stands at `path`. */
export async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

async function parse(path: string): Promise<RunResult> {
  const { size } = await stat(path);
  if (size > resultBytesMax) throw invalid(path, 'it is too large for a result');
  let value: unknown;
  try {
    value = JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    throw invalid(path, messageOf(error));
  }
  const version = z.object({ schemaVersion: z.number() }).safeParse(value);
  if (!version.success) throw invalid(path, `it is no ${runFiles.result}: it has no schemaVersion`);
  const { schemaVersion } = version.data;
  if (schemaVersion !== 1) {
    const age = schemaVersion > 1 ? 'a newer' : 'an older';
    throw invalid(path, `it was written by ${age} version of flashsim (schema ${schemaVersion})`);
  }
  const parsed = resultSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const field = issue?.path.map(String).join('.').slice(0, 80) ?? '';
  throw invalid(path, `"${field}" is not as it should be: ${issue?.message ?? ''}`);
}

/** Why a folder has no result, as far as its other files tell. */
async function withoutResult(folder: string): Promise<FlashsimError> {
  const wasPlayed =
    (await exists(join(folder, runFiles.manifest))) ||
    (await exists(join(folder, runFiles.journal)));
  return new FlashsimError('RUN_FOLDER_INVALID', {
    what: `${folder} has no ${runFiles.result}.`,
    why: wasPlayed
      ? 'The run was never judged: it was killed, or the file was removed.'
      : 'It is no run folder.',
    fix: wasPlayed
      ? `\`flashsim audit ${folder} --write\` judges it from its files and writes the result.`
      : `Name a folder made by \`flashsim run\`, or a ${basename(runFiles.result)}.`,
  });
}

function invalid(path: string, why: string): FlashsimError {
  return new FlashsimError('RUN_FOLDER_INVALID', {
    what: `${path} cannot be read: ${why}.`,
    fix: `Name a folder made by \`flashsim run\`, or its ${runFiles.result}.`,
  });
}
