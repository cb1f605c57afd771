import { join, resolve } from 'node:path';
import { type ExitCode, exitCodes } from '../../core/exit-codes.ts';
import { readResult } from '../../results/result-file.ts';
import { mustNotBeSeries } from '../comparisons.ts';
import type { Environment } from '../environment.ts';
import { reporterNamed, writeReport } from '../report-outputs.ts';

/** What `flashsim report` was asked for, beside the run. */
export interface ReportOptions {
  readonly format: string;
  /** Where to write; `-` is stdout. */
  readonly out?: string;
  readonly quiet: boolean;
}

/**
 * `flashsim report`: renders a result again. Pages go into the run folder when nobody says otherwise,
 * all other formats to stdout. Rendering judges nothing: it exits 0 whatever the verdict was.
 */
export async function reportCommand(
  environment: Environment,
  run: string,
  options: ReportOptions,
): Promise<ExitCode> {
  const reporter = reporterNamed(options.format, '--format');
  const side = resolve(environment.cwd, run);
  await mustNotBeSeries(side, run);
  const { result, folder } = await readResult(side);
  const isPage = reporter.fileName?.endsWith('.html') === true;
  const path = options.out ?? (isPage ? join(folder, reporter.fileName) : '-');
  const { stdout } = environment;
  const file = await writeReport({ reporter, path }, result, { environment, folder, stdout });
  if (file !== undefined && !options.quiet) environment.stderr.write(`wrote ${file}\n`);
  return exitCodes.pass;
}
