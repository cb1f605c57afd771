import type { ChalkInstance } from 'chalk';
import { FlashsimError, messageOf, type Problem, type SourceLocation } from '../core/errors.ts';
import { type ExitCode, exitCodes } from '../core/exit-codes.ts';
import { coloursFor } from './colours.ts';
import type { Output } from './environment.ts';
import { version } from './version.ts';

/** `scenario.yaml:8:3`, as editors and terminals make it clickable. */
function formatLocation({ file, line, column }: SourceLocation): string {
  return `${file}:${line}:${column}`;
}

/** What the process exits with after `error`. */
export function exitCodeFor(error: unknown): ExitCode {
  return error instanceof FlashsimError ? error.exitCode : exitCodes.bug;
}

/**
 * An error for people: what, why and what to do, each on its own line, and every problem with its
 * place. Anything but a FlashsimError is a bug of flashsim's and says so; its stack trace is shown
 * when `verbose`.
 */
export function renderError(
  error: unknown,
  output: Pick<Output, 'colour'>,
  options: { readonly verbose: boolean },
): string {
  const colours = coloursFor(output);
  if (!(error instanceof FlashsimError)) return renderBug(error, colours, options.verbose);
  const lines = [`${colours.red.bold('error')}${colours.dim(`[${error.code}]`)}: ${error.what}`];
  if (error.location !== undefined) {
    lines.push(`  ${colours.dim('at:')}  ${colours.cyan(formatLocation(error.location))}`);
  }
  if (error.why !== undefined) lines.push(`  ${colours.dim('why:')} ${error.why}`);
  for (const problem of error.problems) lines.push('', ...renderProblem(problem, colours));
  if (error.problems.length > 0) lines.push('');
  lines.push(`  ${colours.green('fix:')} ${error.fix}`);
  const isBug = error.exitCode === exitCodes.bug;
  if (isBug) lines.push(...reportLines(colours));
  if (options.verbose) lines.push(...stackLines(isBug ? error : error.cause, colours));
  return `${lines.join('\n')}\n`;
}

function renderProblem(problem: Problem, colours: ChalkInstance): string[] {
  const { location, path, what, fix } = problem;
  const place = location === undefined ? undefined : colours.cyan(formatLocation(location));
  const key = path === undefined ? undefined : colours.dim(path);
  const head = [place, key].filter((part) => part !== undefined).join('  ');
  return [
    ...(head === '' ? [] : [`  ${head}`]),
    `    ${colours.bold(what)}`,
    `    ${colours.green('fix:')} ${fix}`,
  ];
}

function renderBug(error: unknown, colours: ChalkInstance, verbose: boolean): string {
  const lines = [
    `${colours.red.bold('error')}${colours.dim('[INTERNAL]')}: this is a bug in flashsim: ${messageOf(error)}`,
    ...reportLines(colours),
    ...(verbose ? stackLines(error, colours) : []),
  ];
  return `${lines.join('\n')}\n`;
}

function reportLines(colours: ChalkInstance): string[] {
  return [
    `  ${colours.green('fix:')} Please report it with the command, the scenario, and what --verbose prints (flashsim ${version}).`,
  ];
}

function stackLines(error: unknown, colours: ChalkInstance): string[] {
  if (!(error instanceof Error) || error.stack === undefined) return [];
  return ['', colours.dim(error.stack)];
}
