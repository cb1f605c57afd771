import { FlashsimError } from '../../core/errors.ts';
import { type ExitCode, exitCodes } from '../../core/exit-codes.ts';
import { parsePercent } from '../../core/units.ts';
import { metricNames } from '../../metrics/names.ts';
import { comparisonMarkdown } from '../../reporters/comparison/markdown.ts';
import { comparisonText } from '../../reporters/comparison/terminal.ts';
import type { Comparison } from '../../results/comparison/comparison.ts';
import { policyOf } from '../../results/comparison/policy.ts';
import { nearest } from '../../scenarios/suggest.ts';
import { comparisonOf, mustBeComparable, readSide } from '../comparisons.ts';
import type { Environment } from '../environment.ts';

/** What `flashsim compare` was asked for, beside the runs. */
export interface CompareCommandOptions {
  readonly baseline?: string;
  /** Such as `10%`. */
  readonly tolerance?: string;
  /** `metric` or `metric=tolerance`, in the order given. */
  readonly gate: readonly string[];
  readonly force: boolean;
  readonly json: boolean;
  readonly markdown: boolean;
}

/** `flashsim compare`: what changed between runs, and whether it is for the worse. */
export async function compareCommand(
  environment: Environment,
  runs: readonly string[],
  options: CompareCommandOptions,
): Promise<ExitCode> {
  if (options.json && options.markdown) {
    throw usage('--json and --markdown are two outputs', 'Leave one of them out.');
  }
  const named = options.baseline === undefined ? runs : [options.baseline, ...runs];
  if (named.length < 2) {
    throw usage('There is nothing to compare with', 'Name two runs or more, the baseline first.');
  }
  const tolerance =
    options.tolerance === undefined ? undefined : shareOf('--tolerance', options.tolerance);
  const gates = gatesOf(options.gate);
  const sides = await Promise.all(named.map((path) => readSide(path, environment.cwd)));
  const [baseline, ...candidates] = sides;
  if (baseline === undefined) return exitCodes.usage;
  if (!options.force) mustBeComparable(baseline, candidates);
  const comparison = comparisonOf({
    baseline,
    candidates,
    gates,
    ...(tolerance === undefined ? {} : { tolerance }),
  });
  print(environment, comparison, options);
  return exitCodes[comparison.verdict];
}

function print(
  { stdout }: Environment,
  comparison: Comparison,
  { json, markdown }: CompareCommandOptions,
): void {
  const { colour, columns } = stdout;
  if (json) stdout.write(`${JSON.stringify(comparison, undefined, 2)}\n`);
  else if (markdown) stdout.write(comparisonMarkdown(comparison));
  else stdout.write(comparisonText(comparison, { colour, columns }));
}

/** `order.p99`, `order.p99=20%` → what gates besides. */
function gatesOf(written: readonly string[]): Map<string, number | undefined> {
  const gates = new Map<string, number | undefined>();
  for (const text of written) {
    const [name = '', tolerance] = text.split('=');
    if (!metricNames().includes(name)) {
      const near = nearest(name, metricNames());
      const hint = near === undefined ? '' : `Did you mean ${near}? `;
      throw usage(
        `--gate ${text} names no metric`,
        `${hint}Write a metric, or a metric and a tolerance, such as order.p99=20%.`,
      );
    }
    const unit = /^(login|page|order)\./.test(name) ? 'µs' : '';
    if (policyOf({ name, unit }).better === undefined) {
      throw usage(
        `--gate ${text} names a metric that is neither better nor worse`,
        'Gate on a latency, amplification, timeouts, unresolved, answers.peak or sellOut.',
      );
    }
    gates.set(name, tolerance === undefined ? undefined : shareOf(`--gate ${name}`, tolerance));
  }
  return gates;
}

function shareOf(option: string, written: string): number {
  const share = parsePercent(written);
  if (share !== undefined) return share;
  throw usage(`${option} ${written} is no percentage`, 'Write a tolerance such as 10%.');
}

function usage(what: string, fix: string): FlashsimError {
  return new FlashsimError('USAGE', { what: `${what}.`, fix });
}
