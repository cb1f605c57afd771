import { type ExitCode, exitCodes } from '../../core/exit-codes.ts';
import { styleFor } from '../../reporters/terminal/style.ts';
import { hanging } from '../../reporters/text.ts';
import type { Finding } from '../doctor/finding.ts';
import { inspectMachine } from '../doctor/machine.ts';
import { inspectStores } from '../doctor/stores.ts';
import type { Environment, Output } from '../environment.ts';
import { version } from '../version.ts';

/** `flashsim doctor`: what this machine has, what it lacks, and what the lack costs. */
export async function doctorCommand(
  { stdout }: Environment,
  { json }: { readonly json: boolean },
): Promise<ExitCode> {
  const findings = [...(await inspectMachine()), ...(await inspectStores())];
  stdout.write(
    json
      ? `${JSON.stringify({ schemaVersion: 1, flashsim: version, findings }, null, 2)}\n`
      : render(findings, stdout),
  );
  // Without a PostgreSQL of ours the main job does not run; everything else is a choice.
  const isFit = findings.every(({ name, state }) => name !== 'PostgreSQL' || state === 'ok');
  return isFit ? exitCodes.pass : exitCodes.unavailable;
}

const nameWidth = 12;
const marks = { ok: '✓', warning: '!', missing: '–' } as const;

function render(findings: readonly Finding[], { columns, colour }: Output): string {
  const style = styleFor(colour);
  const paint = { ok: style.pass, warning: style.unknown, missing: style.unknown } as const;
  const indent = ' '.repeat(nameWidth + 4);
  const lines = findings.flatMap(({ name, state, detail, enables, install }) => {
    const [first = '', ...rest] = hanging(
      `  ${marks[state]} ${name.padEnd(nameWidth)}`,
      detail,
      columns,
    );
    const coloured = first.replace(marks[state], paint[state](marks[state]));
    return [
      coloured,
      ...rest,
      ...(enables === undefined ? [] : hanging(`${indent}enables  `, enables, columns)),
      ...(install === undefined ? [] : [install.apt, install.brew, install.docker]).map(
        (command, index) =>
          style.faint(`${indent}${index === 0 ? 'install' : '     or'}  ${command}`),
      ),
    ];
  });
  return [style.heading(`flashsim ${version}`), '', ...lines, ''].join('\n');
}
