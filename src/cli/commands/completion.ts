import type { Command } from 'commander';
import { FlashsimError } from '../../core/errors.ts';
import { type ExitCode, exitCodes } from '../../core/exit-codes.ts';
import { reporters } from '../../reporters/registry.ts';
import { builtinNames } from '../../scenarios/builtin.ts';
import { stockStrategyNames } from '../../scenarios/names.ts';
import { shells } from '../completion/registry.ts';
import { commandWords } from '../completion/words.ts';
import type { Environment } from '../environment.ts';

/** `flashsim completion`: prints the script that completes command lines in a shell. */
export function completionCommand(
  environment: Environment,
  program: Command,
  shellName: string,
): ExitCode {
  const shell = Object.values(shells).find(({ name }) => name === shellName);
  if (shell === undefined) {
    throw new FlashsimError('USAGE', {
      what: `There is no completion for a shell called ${shellName}.`,
      fix: `Write one of: ${Object.keys(shells).join(', ')}.`,
    });
  }
  const words = commandWords(program, {
    scenarios: builtinNames,
    reports: Object.keys(reporters),
    strategies: stockStrategyNames,
    shells: Object.keys(shells),
  });
  environment.stdout.write(shell.script(words));
  return exitCodes.pass;
}
