import type { Command, Option } from 'commander';

/** What can be written behind `flashsim`, as every shell's script needs it. */
export interface CommandWords {
  readonly name: string;
  readonly description: string;
  readonly options: readonly OptionWords[];
  /** Names that its first argument may be; files can be named everywhere. */
  readonly names: readonly string[];
}

/** An option of a command. */
export interface OptionWords {
  /** `--set`. */
  readonly long: string;
  /** `-q`. */
  readonly short?: string;
  readonly description: string;
  readonly takesValue: boolean;
  /** Values that it may have; empty when they cannot be listed: files then. */
  readonly values: readonly string[];
}

/** Names that only flashsim knows. */
export interface KnownNames {
  readonly scenarios: readonly string[];
  readonly reports: readonly string[];
  readonly strategies: readonly string[];
  readonly shells: readonly string[];
}

/** The commands of the program with all that can stand behind them. */
export function commandWords(program: Command, known: KnownNames): CommandWords[] {
  return program.commands.map((command) => ({
    name: command.name(),
    description: command.description(),
    options: command
      .createHelp()
      .visibleOptions(command)
      .map((option) => optionWords(option, known)),
    names: namesFor(command.registeredArguments[0]?.name(), known),
  }));
}

function optionWords(option: Option, known: KnownNames): OptionWords {
  return {
    long: option.long ?? '',
    ...(option.short === undefined ? {} : { short: option.short }),
    description: option.description,
    takesValue: option.required || option.optional,
    values: option.argChoices ?? valuesFor(option.long, known),
  };
}

function namesFor(argument: string | undefined, known: KnownNames): readonly string[] {
  switch (argument) {
    case 'scenario':
    case 'scenario|url':
    case 'template':
    case 'file':
      return known.scenarios;
    case 'shell':
      return known.shells;
    case undefined:
    default:
      return [];
  }
}

function valuesFor(long: string | undefined, known: KnownNames): readonly string[] {
  switch (long) {
    case '--report':
    case '--format':
      return known.reports;
    case '--strategy':
      return known.strategies;
    case undefined:
    default:
      return [];
  }
}
