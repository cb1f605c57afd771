import { resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { FlashsimError, messageOf, systemCodeOf } from '../core/errors.ts';
import { readBounded } from '../scenarios/read-bounded.ts';
import type { Environment } from './environment.ts';

/** Longer ones hold something else. */
const envFileBytesMax = 1024 * 1024;

/**
 * The variables that a scenario's `${NAME}` can name: those of the files, a later one over an earlier,
 * and over them those that the environment has. As with Node's own
 * [`--env-file`](https://nodejs.org/api/cli.html#--env-fileconfig), whose syntax this is.
 *
 * @throws FlashsimError ENV_FILE_UNREADABLE
 */
export async function variablesWith(
  { env, cwd }: Pick<Environment, 'env' | 'cwd'>,
  files: readonly string[],
): Promise<Environment['env']> {
  const variables: Record<string, string | undefined> = {};
  for (const file of files) Object.assign(variables, await readVariables(cwd, file));
  return Object.assign(variables, env);
}

async function readVariables(cwd: string, file: string): Promise<NodeJS.Dict<string>> {
  const bytes = await readBounded(resolve(cwd, file), envFileBytesMax).catch((error: unknown) => {
    throw unreadable(file, reasons[systemCodeOf(error) ?? ''] ?? messageOf(error), error);
  });
  if (bytes.length > envFileBytesMax) throw unreadable(file, 'it is larger than 1 MiB');
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw unreadable(file, 'it is no UTF-8 text', error);
  }
  return parseEnv(text);
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  EISDIR: 'it is a folder',
  EACCES: 'permission denied',
};

function unreadable(file: string, why: string, cause?: unknown): FlashsimError {
  return new FlashsimError('ENV_FILE_UNREADABLE', {
    what: `The file of variables ${file} cannot be read: ${why}.`,
    fix: 'Name with --env-file a file of lines such as SHOP_TOKEN=…; its path counts from the current folder.',
    ...(cause === undefined ? {} : { cause }),
  });
}
