import { type Command, Option } from 'commander';
import { historyFormats } from '../../imports/history-formats.ts';
import type { AuditOptions } from '../commands/audit.ts';
import type { CompareCommandOptions } from '../commands/compare.ts';
import type { ReportOptions } from '../commands/report.ts';
import type { Environment } from '../environment.ts';
import { envFileOption, type Finish, repeatable } from './option-kinds.ts';

const auditDefaults = {
  settled: false,
  exclusive: false,
  threshold: [],
  envFile: [],
  write: false,
  json: false,
  quiet: false,
} satisfies AuditOptions;

/** `flashsim audit`. */
export function addAudit(program: Command, environment: Environment, finish: Finish): void {
  program
    .command('audit')
    .description('judge again from files alone: a run folder, or the history of another tool')
    .argument('[folder]', 'a folder that `flashsim run` made, also of a run that was killed')
    .option('--history <file>', 'judge this history: NDJSON, CSV, Parquet, k6 or JMeter')
    .option('--contract <file>', 'what the server promised, or a scenario that says so')
    .option('--mapping <file>', 'how to read the records of another tool')
    .addOption(
      new Option('--format <name>', 'format of the history (default: look)').choices([
        ...historyFormats,
      ]),
    )
    .option('--truth <file>', 'judge with this snapshot of the store (a truth.json)')
    .option('--settled', 'that snapshot was taken after everything had come to rest')
    .option('--exclusive', 'nobody but the imported test can have reached the stock')
    .addOption(
      repeatable(
        '--threshold <name=limit>',
        'a limit beside those of the scenario, such as oversell=0; repeatable',
      ),
    )
    .addOption(envFileOption())
    .option('--write', 'replace result.json and the witnesses in the run folder')
    .option('--json', 'print the result as JSON, and nothing else, on stdout')
    .option('-q, --quiet', 'nothing on stderr')
    .option('-v, --verbose', 'stack traces for bugs')
    .action(async (folder: string | undefined, options: Partial<AuditOptions>) => {
      const { auditCommand } = await import('../commands/audit.ts');
      finish(await auditCommand(environment, folder, { ...auditDefaults, ...options }));
    });
}

/** `flashsim report`. */
export function addReport(program: Command, environment: Environment, finish: Finish): void {
  program
    .command('report')
    .description('render the result of a run again, in any format')
    .argument('<run>', 'a run folder, or a result.json')
    .option('--format <name>', 'format of the report (`flashsim list`)', 'html')
    .option(
      '--out <file>',
      'where to write it; - is stdout (default: html into the run folder, others to stdout)',
    )
    .option('-q, --quiet', 'nothing on stderr')
    .option('-v, --verbose', 'stack traces for bugs')
    .action(async (run: string, options: Partial<ReportOptions>) => {
      const { reportCommand } = await import('../commands/report.ts');
      finish(await reportCommand(environment, run, { format: 'html', quiet: false, ...options }));
    });
}

const compareDefaults: CompareCommandOptions = {
  gate: [],
  force: false,
  json: false,
  markdown: false,
};

/** `flashsim compare`. */
export function addCompare(program: Command, environment: Environment, finish: Finish): void {
  program
    .command('compare')
    .description('compare runs or series, and say whether anything got worse')
    .argument('<runs...>', 'run folders, result.json files or series; the baseline first')
    .option('--baseline <run>', 'compare all of the others with this one')
    .option('--tolerance <share>', 'how far a gated metric may be off, such as 10%')
    .addOption(
      repeatable(
        '--gate <metric[=share]>',
        'gate on this metric too, or with another tolerance; repeatable',
      ),
    )
    .option('--force', 'compare runs of different sales all the same')
    .option('--json', 'print the comparison as JSON, and nothing else, on stdout')
    .option('--markdown', 'print it as Markdown, for pull requests')
    .option('-v, --verbose', 'stack traces for bugs')
    .action(async (runs: readonly string[], options: Partial<CompareCommandOptions>) => {
      const { compareCommand } = await import('../commands/compare.ts');
      finish(await compareCommand(environment, runs, { ...compareDefaults, ...options }));
    });
}
