import type { Command } from 'commander';
import type { Environment } from '../environment.ts';
import type { RunOptions } from '../run-options.ts';
import { envFileOption, type Finish, repeatable, setOption, wholeNumber } from './option-kinds.ts';

/** A campaign of more runs is a matter for a script. */
const runsMax = 1_000;

const runDefaults: RunOptions = {
  set: [],
  envFile: [],
  report: [],
  repeat: 1,
  dryRun: false,
  json: false,
  control: true,
  quiet: false,
  verbose: false,
  allowRemote: false,
};

/** `flashsim run`. */
export function addRun(program: Command, environment: Environment, finish: Finish): void {
  program
    .command('run')
    .description('play a scenario against its target and judge the outcome')
    .argument('<scenario>', 'a scenario file, or the name of a built-in (`flashsim list`)')
    .addOption(setOption())
    .addOption(envFileOption())
    .option('--seed <number>', 'play another plan of the same kind', wholeNumber(0))
    .option('--out <folder>', 'folder for the results (default: reports/<time>-<name>)')
    .option(
      '--repeat <number>',
      'play so many runs, seed by seed, and sum them up',
      wholeNumber(1, runsMax),
    )
    .option('--baseline <run>', 'compare with this run or series in the end')
    .addOption(
      repeatable(
        '--report <format[=file]>',
        'another report, such as junit=out.xml; repeatable (`flashsim list`)',
      ),
    )
    .option('--dry-run', 'show requests, connections, duration and hosts; start and send nothing')
    .option('--json', 'print the result as JSON, and nothing else, on stdout')
    .option('--no-control', 'leave the positive control out: a pass then proves less')
    .option('-q, --quiet', 'no progress on stderr')
    .option('-v, --verbose', 'more detail, and stack traces for bugs')
    .option('--allow-remote', 'consent to load the hosts in allowHosts of the scenario')
    .action(async (scenario: string, options: Partial<RunOptions>) => {
      const { runCommand } = await import('../commands/run.ts');
      finish(await runCommand(environment, scenario, { ...runDefaults, ...options }));
    });
}
