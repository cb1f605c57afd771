import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { FlashsimError, messageOf, systemCodeOf } from '../../core/errors.ts';
import { type ExitCode, exitCodes } from '../../core/exit-codes.ts';
import { hanging, plain, usableColumns } from '../../reporters/text.ts';
import { builtinNames, builtinText } from '../../scenarios/builtin.ts';
import { parseScenario } from '../../scenarios/load.ts';
import { nearest } from '../../scenarios/suggest.ts';
import type { Environment } from '../environment.ts';

/** What `flashsim init` was asked for, beside the template. */
export interface InitOptions {
  readonly out: string;
  /** An OpenAPI file to draft a scenario from. */
  readonly from?: string;
}

/**
 * `flashsim init`: writes a scenario as a file to change, comments included: a built-in one, or one
 * drafted from an OpenAPI file.
 */
export async function initCommand(
  environment: Environment,
  named: string | undefined,
  options: InitOptions,
): Promise<ExitCode> {
  if (options.from !== undefined) {
    if (named === undefined) return initFrom(environment, options.from, options.out);
    throw new FlashsimError('USAGE', {
      what: `A template (${named}) and --from are two things to start from.`,
      fix: 'Keep one of them.',
    });
  }
  const template = named ?? 'sale-opening';
  if (!builtinNames.includes(template)) {
    const near = nearest(template, builtinNames);
    throw new FlashsimError('USAGE', {
      what: `There is no template called ${template}.`,
      fix: `${near === undefined ? '' : `Did you mean ${near}? `}Templates: ${builtinNames.join(', ')}. The file to write is given with --out.`,
    });
  }
  await writeNew(environment, options.out, await builtinText(template));
  environment.stdout.write(
    `Wrote ${options.out}. Next:\n  flashsim validate ${options.out}\n  flashsim run ${options.out}\n`,
  );
  return exitCodes.pass;
}

async function initFrom(environment: Environment, from: string, out: string): Promise<ExitCode> {
  const { stdout, cwd } = environment;
  const { readOpenApi } = await import('../openapi/document.ts');
  const { draftFrom } = await import('../openapi/draft.ts');
  const { text, guesses, todos } = draftFrom(await readOpenApi(cwd, from), from);
  // A draft that does not validate is flashsim's mistake, and is not handed on.
  parseScenario(text, out, { overrides: [], env: {}, cwd });
  await writeNew(environment, out, text);
  const columns = usableColumns(stdout.columns);
  const lines = [
    `Wrote ${out} from ${from}. Guessed:`,
    ...guesses.flatMap(([label, said]) => hanging(`  ${label}`.padEnd(13), plain(said), columns)),
    'To do:',
    ...todos.flatMap((todo) => hanging('  - ', plain(todo), columns)),
    `Next:\n  flashsim validate ${out}\n  flashsim run ${out} --dry-run`,
  ];
  stdout.write(`${lines.join('\n')}\n`);
  return exitCodes.pass;
}

async function writeNew({ cwd }: Environment, file: string, text: string): Promise<void> {
  try {
    await writeFile(resolve(cwd, file), text, { flag: 'wx' });
  } catch (error) {
    throw notWritten(error, file);
  }
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
