import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { FlashsimError, messageOf, systemCodeOf } from '../../core/errors.ts';
import { type ExitCode, exitCodes } from '../../core/exit-codes.ts';
import { builtinNames, builtinText } from '../../scenarios/builtin.ts';
import { nearest } from '../../scenarios/suggest.ts';
import type { Environment } from '../environment.ts';

/** `flashsim init`: writes a built-in scenario, comments included, as a file to change. */
export async function initCommand(
  environment: Environment,
  template: string,
  options: { readonly out: string },
): Promise<ExitCode> {
  if (!builtinNames.includes(template)) {
    const near = nearest(template, builtinNames);
    throw new FlashsimError('USAGE', {
      what: `There is no template called ${template}.`,
      fix: `${near === undefined ? '' : `Did you mean ${near}? `}Templates: ${builtinNames.join(', ')}. The file to write is given with --out.`,
    });
  }
  const text = await builtinText(template);
  try {
    await writeFile(resolve(environment.cwd, options.out), text, { flag: 'wx' });
  } catch (error) {
    throw notWritten(error, options.out);
  }
  environment.stdout.write(
    `Wrote ${options.out}. Next:\n  flashsim validate ${options.out}\n  flashsim run ${options.out}\n`,
  );
  return exitCodes.pass;
}

function notWritten(error: unknown, file: string): FlashsimError {
  if (systemCodeOf(error) === 'EEXIST') {
    return new FlashsimError('OUTPUT_EXISTS', {
      what: `${file} exists already and was left as it is.`,
      fix: 'Name another file with --out, or move that one away.',
      cause: error,
    });
  }
  return new FlashsimError('OUTPUT_NOT_WRITABLE', {
    what: `${file} cannot be written: ${messageOf(error)}.`,
    fix: 'Name a file in a folder that exists and that you may write to with --out.',
    cause: error,
  });
}
