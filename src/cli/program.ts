import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { FlashsimError } from '../core/errors.ts';
import { type ExitCode, exitCodes } from '../core/exit-codes.ts';
import { type OrderStoreName, orderStoreNames } from '../targets/reference/stock/settings.ts';
import type { InitOptions } from './commands/init.ts';
import type { MatrixOptions } from './commands/matrix.ts';
import type { SaturateCommandOptions } from './commands/saturate.ts';
import type { ServeOptions } from './commands/serve.ts';
import type { ValidateOptions } from './commands/validate.ts';
import type { WarmUpOptions } from './commands/warm-up.ts';
import { type Environment, withoutColour } from './environment.ts';
import { exitCodeFor, renderError } from './errors-view.ts';
import {
  envFileOption,
  type Finish,
  setOption,
  several,
  wholeNumber,
} from './program/option-kinds.ts';
import { addAudit, addCompare, addReport } from './program/results.ts';
import { addRun } from './program/run.ts';
import { version } from './version.ts';

/**
 * Runs one command line and returns what to exit with. Errors are printed here, on stderr.
 *
 * @param argv the words behind `flashsim`
 */
export async function runCli(given: Environment, argv: readonly string[]): Promise<ExitCode> {
  const environment = argv.includes('--no-color') ? withoutColour(given) : given;
  const verbose = argv.includes('--verbose');
  let exitCode: ExitCode = exitCodes.pass;
  const program = buildProgram(environment, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return exitCode;
  } catch (thrown) {
    if (thrown instanceof CommanderError && thrown.exitCode === 0) return exitCodes.pass;
    if (thrown instanceof CommanderError && thrown.code === 'commander.help') {
      return exitCodes.usage;
    }
    const error = thrown instanceof CommanderError ? usageError(thrown, program, argv) : thrown;
    environment.stderr.write(renderError(error, environment.stderr, { verbose }));
    return exitCodeFor(error);
  }
}

/** Commander's complaint as an error like all others. */
function usageError(
  error: CommanderError,
  program: Command,
  argv: readonly string[],
): FlashsimError {
  const [first = '', ...hints] = error.message.replace(/^error: /, '').split('\n');
  const command = program.commands.find((entry) => argv.includes(entry.name()));
  const help = command === undefined ? 'flashsim --help' : `flashsim ${command.name()} --help`;
  const hint = hints.map((text) => text.replace(/^\((.*)\)$/, '$1 ')).join('');
  return new FlashsimError('USAGE', {
    what: `${first.charAt(0).toUpperCase()}${first.slice(1).replace(/\.$/, '')}.`,
    fix: `${hint}\`${help}\` shows what can be written.`,
  });
}

/** The command tree. Commands are imported when they are called, so that `--help` stays quick. */
export function buildProgram(environment: Environment, finish: (code: ExitCode) => void): Command {
  const program = new Command('flashsim')
    .description('Load-tests a flash sale, then judges what the server sold.')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show this help')
    .helpCommand('help [command]', 'show the help of a command')
    .option('--no-color', 'no colours (NO_COLOR and FORCE_COLOR work too)')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => environment.stdout.write(text),
      writeErr: (text) => environment.stderr.write(text),
      getOutHelpWidth: () => environment.stdout.columns,
      getErrHelpWidth: () => environment.stderr.columns,
      getOutHasColors: () => environment.stdout.colour,
      getErrHasColors: () => environment.stderr.colour,
      outputError: () => undefined,
    })
    .addHelpText('after', epilogue);
  addRun(program, environment, finish);
  addMatrix(program, environment, finish);
  addAudit(program, environment, finish);
  addReport(program, environment, finish);
  addCompare(program, environment, finish);
  addValidate(program, environment, finish);
  addInit(program, environment, finish);
  addList(program, environment, finish);
  addServe(program, environment, finish);
  addWarmUp(program, environment, finish);
  addDoctor(program, environment, finish);
  addSaturate(program, environment, finish);
  addCompletion(program, environment, finish);
  return program;
}

const epilogue = `
Start here:
  flashsim run sale-opening   a correct server: exit 0
  flashsim run sale-opening --set target.reference.stock.strategy=naive
                              a broken one, which oversells: exit 3
  flashsim init               a scenario of your own

Exit codes: 0 pass, 1 bug in flashsim, 2 usage or scenario, 3 violated,
4 unknown, 5 target or service unavailable, 130 interrupted.`;

const matrixDefaults: MatrixOptions = {
  only: [],
  quick: false,
  store: ['postgres'],
  tries: 5,
  json: false,
  quiet: false,
};

function addMatrix(program: Command, environment: Environment, finish: Finish): void {
  program
    .command('matrix')
    .description('play every stock strategy with every fault: expected against observed')
    .addOption(
      new Option(
        '--only <part>',
        'only cells of this strategy, fault or number of processes, or several with a slash; repeatable',
      ).argParser(several),
    )
    .option('--quick', 'a choice of cells that shows every strategy once')
    .addOption(
      new Option(
        '--store <name>',
        'where the orders are; repeatable (default: postgres)',
      ).argParser((value: string, earlier: string[] | undefined) =>
        several(storeName(value), earlier),
      ),
    )
    .option(
      '--tries <number>',
      'seeds for a cell whose race may not show itself at once',
      wholeNumber(1, 100),
    )
    .option('--out <folder>', 'folder for the runs; one that holds a matrix is gone on with')
    .option('--json', 'print the cells as JSON, and nothing else, on stdout')
    .option('-q, --quiet', 'no progress on stderr')
    .action(async (options: Partial<MatrixOptions>) => {
      const { matrixCommand } = await import('./commands/matrix.ts');
      finish(await matrixCommand(environment, { ...matrixDefaults, ...options }));
    });
}

function storeName(text: string): OrderStoreName {
  const name = orderStoreNames.find((candidate) => candidate === text);
  if (name !== undefined) return name;
  throw new InvalidArgumentError(`Write one of: ${orderStoreNames.join(', ')}.`);
}

const validateDefaults: ValidateOptions = { set: [], envFile: [], json: false };

function addValidate(program: Command, environment: Environment, finish: Finish): void {
  program
    .command('validate')
    .description('check scenario files and show every mistake with its place')
    .argument('<file...>', 'scenario files, or names of built-ins')
    .addOption(setOption())
    .addOption(envFileOption())
    .option('--json', 'print the findings as JSON on stdout')
    .action(async (files: readonly string[], options: Partial<ValidateOptions>) => {
      const { validateCommand } = await import('./commands/validate.ts');
      finish(await validateCommand(environment, files, { ...validateDefaults, ...options }));
    });
}

function addInit(program: Command, environment: Environment, finish: Finish): void {
  program
    .command('init')
    .description('write a commented scenario file to start from')
    .argument('[template]', 'name of a built-in scenario (default: sale-opening)')
    .option('--from <file>', 'draft it from an OpenAPI file of your own server')
    .option('--out <file>', 'where to write it; nothing is ever overwritten', 'scenario.yaml')
    .action(async (template: string | undefined, options: InitOptions) => {
      const { initCommand } = await import('./commands/init.ts');
      finish(await initCommand(environment, template, options));
    });
}

function addList(program: Command, environment: Environment, finish: Finish): void {
  program
    .command('list')
    .description('show built-in scenarios and every name that a scenario can use')
    .option('--json', 'as JSON')
    .action(async ({ json = false }: { json?: boolean }) => {
      const { listCommand } = await import('./commands/list.ts');
      finish(listCommand(environment, { json }));
    });
}

function addDoctor(program: Command, environment: Environment, finish: Finish): void {
  program
    .command('doctor')
    .description('show what this machine has, what it lacks, and what the lack costs')
    .option('--json', 'as JSON')
    .action(async ({ json = false }: { json?: boolean }) => {
      const { doctorCommand } = await import('./commands/doctor.ts');
      finish(await doctorCommand(environment, { json }));
    });
}

function addCompletion(program: Command, environment: Environment, finish: Finish): void {
  program
    .command('completion')
    .description('print the script that completes command lines in bash, zsh or fish')
    .argument('<shell>', 'bash, zsh or fish')
    .action(async (shell: string) => {
      const { completionCommand } = await import('./commands/completion.ts');
      finish(completionCommand(environment, program, shell));
    });
}

function addServe(program: Command, environment: Environment, finish: Finish): void {
  program
    .command('serve')
    .description('run the bundled order server alone, until Ctrl-C')
    .option(
      '--port <number>',
      'port on 127.0.0.1; 0 takes a free one',
      wholeNumber(0, 65_535),
      8080,
    )
    .option('--processes <number>', 'server processes behind the port', wholeNumber(1, 16), 2)
    .option(
      '--strategy <name>',
      'how stock is counted down (`flashsim list`)',
      'conditional-update',
    )
    .option('--stock <number>', 'units of the one product', wholeNumber(1, 10_000_000), 500)
    .option('--opens-in <duration>', 'time from the start to the opening', '0s')
    .option(
      '--warm-up <when>',
      'when cached counts are loaded: none (by the first request), manual, or so long before the opening',
      'none',
    )
    .option('--recovery <policy>', 'what cached counts are loaded with (`flashsim list`)', 'none')
    .action(async (options: ServeOptions) => {
      const { serveCommand } = await import('./commands/serve.ts');
      finish(await serveCommand(environment, options));
    });
}

function addSaturate(program: Command, environment: Environment, finish: Finish): void {
  program
    .command('saturate')
    .description('find the highest goodput that a server holds')
    .argument('<scenario|url>', 'a scenario, whose target is loaded, or a URL to GET')
    .addOption(setOption())
    .addOption(envFileOption())
    .option('--operation <name>', 'what a scenario is asked for: order or page', 'order')
    .option('--max-connections <number>', 'most connections', wholeNumber(1, 60_000), 512)
    .option('--step <duration>', 'measured time of each number of connections', '3s')
    .option('--latency <duration>', 'an answer that takes longer is no goodput', '500ms')
    .option('--json', 'print the result as JSON, and nothing else, on stdout')
    .option('-q, --quiet', 'no progress on stderr')
    .option('-v, --verbose', 'stack traces for bugs')
    .option('--allow-remote', 'consent to load the hosts in allowHosts of the scenario')
    .action(async (named: string, options: Partial<SaturateCommandOptions>) => {
      const { saturateCommand } = await import('./commands/saturate.ts');
      finish(await saturateCommand(environment, named, { ...saturateDefaults, ...options }));
    });
}

const saturateDefaults: SaturateCommandOptions = {
  set: [],
  envFile: [],
  operation: 'order',
  maxConnections: 512,
  step: '3s',
  latency: '500ms',
  json: false,
  quiet: false,
  allowRemote: false,
};

function addWarmUp(program: Command, environment: Environment, finish: Finish): void {
  program
    .command('warm-up')
    .description('have a server that `flashsim serve` started load its cached stock anew')
    .requiredOption('--url <url>', 'its admin URL, as it prints it')
    .option('--product <id>', 'of this product alone')
    .option('--allow-remote', 'consent to reach a host other than this one')
    .action(async (options: Omit<WarmUpOptions, 'allowRemote'> & Partial<WarmUpOptions>) => {
      const { warmUpCommand } = await import('./commands/warm-up.ts');
      finish(await warmUpCommand(environment, { allowRemote: false, ...options }));
    });
}
