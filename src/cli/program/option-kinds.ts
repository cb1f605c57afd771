import { InvalidArgumentError, Option } from 'commander';
import type { ExitCode } from '../../core/exit-codes.ts';

/** Tells what the process is to exit with. */
export type Finish = (code: ExitCode) => void;

/** An option that may be given several times. */
export const repeatable = (flags: string, description: string): Option =>
  new Option(flags, description).argParser(several);

/** Adds a value to those that an option had already. */
export const several = (value: string, earlier: string[] | undefined): string[] => [
  ...(earlier ?? []),
  value,
];

/** `--set`, as every command that reads a scenario has it. */
export const setOption = (): Option =>
  repeatable(
    '--set <path=value>',
    'override a value, such as sale.products[0].stock=10; repeatable',
  );

/** `--env-file`, as every command that expands variables has it. */
export const envFileOption = (): Option =>
  repeatable(
    '--env-file <file>',
    'variables for ${NAME} in the scenario; those of the environment win; repeatable',
  );

/** Reads a whole number from `min` to `max`, or says what to write. */
export function wholeNumber(min: number, max = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= min && value <= max) return value;
    throw new InvalidArgumentError(`Write a whole number from ${min} to ${max}.`);
  };
}
