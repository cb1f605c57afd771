import { FlashsimError } from '../../core/errors.ts';
import { type ExitCode, exitCodes } from '../../core/exit-codes.ts';
import { formatCount, formatDurationMs } from '../../core/units.ts';
import { type LoadedScenario, loadScenario } from '../../scenarios/load.ts';
import type { Scenario } from '../../scenarios/schema.ts';
import { expectedDevices, expectedPurchases, sessionOptions } from '../../scenarios/sessions.ts';
import { coloursFor } from '../colours.ts';
import { variablesWith } from '../env-files.ts';
import type { Environment } from '../environment.ts';
import { renderError } from '../errors-view.ts';

/** What `flashsim validate` was asked for, beside the files. */
export interface ValidateOptions {
  readonly set: readonly string[];
  readonly envFile: readonly string[];
  readonly json: boolean;
}

type Outcome =
  | { readonly file: string; readonly loaded: LoadedScenario }
  | { readonly file: string; readonly error: FlashsimError };

/**
 * `flashsim validate`: checks every file, also after one that failed. Exits with the first failed
 * file's code.
 */
export async function validateCommand(
  environment: Environment,
  files: readonly string[],
  options: ValidateOptions,
): Promise<ExitCode> {
  const env = await variablesWith(environment, options.envFile);
  const outcomes: Outcome[] = [];
  for (const file of files) {
    outcomes.push(await check({ ...environment, env }, file, options));
  }
  if (options.json) {
    const report = { schemaVersion: 1, files: outcomes.map(asJson) };
    environment.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
  } else {
    for (const outcome of outcomes) print(environment, outcome);
  }
  const failed = outcomes.find((outcome) => 'error' in outcome);
  return failed === undefined ? exitCodes.pass : failed.error.exitCode;
}

async function check(
  environment: Environment,
  file: string,
  options: ValidateOptions,
): Promise<Outcome> {
  try {
    const { env, cwd, secrets } = environment;
    const overrides = options.set;
    return { file, loaded: await loadScenario(file, { overrides, env, cwd, secrets }) };
  } catch (error) {
    // A malformed --set is about the command line, not about this file.
    if (!(error instanceof FlashsimError) || error.code === 'USAGE') throw error;
    return { file, error };
  }
}

function print(environment: Environment, outcome: Outcome): void {
  if ('error' in outcome) {
    const view = renderError(outcome.error, environment.stderr, { verbose: false });
    environment.stderr.write(view);
    return;
  }
  const colours = coloursFor(environment.stdout);
  const { file, loaded } = outcome;
  environment.stdout.write(`${colours.green('ok')} ${colours.bold(file)}\n`);
  for (const line of summaryLines(loaded.scenario)) environment.stdout.write(`   ${line}\n`);
}

/** A scenario in a few lines: who comes when for what. */
function summaryLines(scenario: Scenario): readonly string[] {
  const { sale, workload, target, faults } = scenario;
  const units = sale.products.reduce((sum, { stock }) => sum + stock, 0);
  const strategy = target.reference?.stock.strategy;
  const products = `${sale.products.length} product${sale.products.length === 1 ? '' : 's'}`;
  return [
    `${formatCount(workload.users)} users on ${formatCount(expectedDevices(workload))} devices, ${formatCount(units)} units of ${products}`,
    `arrivals ${arrivalsText(scenario)}${modelText(scenario)}; opens at ${instantText(sale.opensAt)}, ends at ${shortDuration(workload.endsAt)}`,
    strategy === undefined
      ? `target http ${new URL(target.http?.baseUrl ?? 'http://localhost').host}`
      : `target reference, ${strategy}, ${target.reference?.processes ?? 0} processes${faultsText(faults.length)}`,
  ];
}

function faultsText(count: number): string {
  return count === 0 ? '' : `; ${count} fault${count === 1 ? '' : 's'}`;
}

function arrivalsText({ workload }: Scenario): string {
  return workload.arrivals
    .map(({ type, users }) =>
      users === undefined ? `${type} (the rest)` : `${type} ${Number((users * 100).toFixed(2))}%`,
    )
    .join(' + ');
}

/** How often a device comes back, unless it never does. */
function modelText({ workload }: Scenario): string {
  const { model } = workload;
  if (model === 'open') return '';
  const { maxPurchases } = sessionOptions(workload);
  if (model === 'closed') return `; closed, up to ${maxPurchases} purchases a device`;
  const mean = Number(expectedPurchases(workload).toPrecision(2));
  return `; partly-open, ${mean} purchases a device on average`;
}

function instantText(instant: number | string): string {
  return typeof instant === 'string' ? instant : shortDuration(instant);
}

function shortDuration(ms: number): string {
  return formatDurationMs(ms).replace(/\.0+ /, ' ');
}

function asJson(outcome: Outcome): unknown {
  if ('loaded' in outcome) {
    const { scenario, hash, builtIn } = outcome.loaded;
    return {
      file: outcome.file,
      valid: true,
      name: scenario.name,
      hash,
      builtIn,
      users: scenario.workload.users,
      devices: expectedDevices(scenario.workload),
      units: scenario.sale.products.reduce((sum, { stock }) => sum + stock, 0),
      arrivals: scenario.workload.arrivals.map(({ type }) => type),
      endsAtMs: scenario.workload.endsAt,
      problems: [],
    };
  }
  const { code, what, why, fix, location, problems } = outcome.error;
  return { file: outcome.file, valid: false, code, what, why, fix, location, problems };
}
