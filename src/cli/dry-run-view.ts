import { type ExitCode, exitCodes } from '../core/exit-codes.ts';
import { hanging, plain, usableColumns } from '../reporters/text.ts';
import type { LoadedScenario } from '../scenarios/load.ts';
import { requireConsent } from '../targets/remote-consent.ts';
import { coloursFor } from './colours.ts';
import { checkConnections } from './connection-budget.ts';
import { type DryRun, dryRunLines, dryRunOf } from './dry-run.ts';
import type { Environment } from './environment.ts';
import type { RunOptions } from './run-options.ts';

const labelWidth = 18;

/**
 * `flashsim run --dry-run`: prints what the run would do.
 *
 * @throws FlashsimError TOO_MANY_CONNECTIONS, REMOTE_NOT_ALLOWED: what the run would be refused with
 */
export async function printDryRun(
  { stdout }: Environment,
  loaded: LoadedScenario,
  { json, allowRemote, repeat }: Pick<RunOptions, 'json' | 'allowRemote' | 'repeat'>,
): Promise<ExitCode> {
  const found = dryRunOf(loaded);
  if (json) stdout.write(`${JSON.stringify(found, null, 2)}\n`);
  else {
    const columns = usableColumns(stdout.columns);
    const title = `${found.name}, seed ${found.seed}`;
    const { bold } = coloursFor(stdout);
    const lines = [
      `${bold(plain(title))}: nothing was started, nothing was sent`,
      '',
      ...[...runsLine(found, repeat), ...dryRunLines(found)].flatMap(([label, text]) =>
        hanging(`  ${label}`.padEnd(labelWidth), plain(text, 4_096), columns),
      ),
    ];
    stdout.write(`${lines.join('\n')}\n`);
  }
  await checkConnections(loaded.scenario);
  const { allowHosts } = loaded.scenario;
  for (const { host } of found.hosts) {
    requireConsent(host, 'A server of the scenario', { allowHosts, allowRemote });
  }
  return exitCodes.pass;
}

function runsLine({ seed }: DryRun, repeat: number): [label: string, text: string][] {
  if (repeat === 1) return [];
  const last = seed + repeat - 1;
  return [['runs', `${repeat}, seeds ${seed} to ${last}; the figures are those of the first`]];
}
