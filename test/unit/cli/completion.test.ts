import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { shells } from '../../../src/cli/completion/registry.ts';
import { buildProgram, runCli } from '../../../src/cli/program.ts';
import { fakeEnvironment } from './fake-environment.ts';

async function completion(shell: string) {
  const environment = fakeEnvironment();
  const code = await runCli(environment, ['completion', shell]);
  return { code, out: environment.out(), err: environment.err() };
}

/** What a real bash offers behind `line`. */
async function offered(line: string): Promise<string[]> {
  const { out } = await completion('bash');
  const words = line.split(' ');
  const ask = `COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _flashsim; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const printed = execFileSync('bash', ['--norc', '-c', `${out}\n${ask}`, 'bash', ...words], {
    encoding: 'utf8',
    cwd: fileURLToPath(new URL('../../../src', import.meta.url)),
  });
  return printed.split('\n').filter((word) => word !== '');
}

describe('completion', () => {
  const program = buildProgram(fakeEnvironment(), () => undefined);

  it.each(Object.keys(shells))('of %s knows every command and every option', async (shell) => {
    const { code, out } = await completion(shell);
    expect(code).toBe(0);
    expect(out).toContain(shells[shell]?.install);
    for (const command of program.commands) {
      expect(out).toMatch(new RegExp(`\\b${command.name()}\\b`));
      for (const { long } of command.options) {
        expect(out).toMatch(new RegExp(`(?:-l |--)${long?.slice(2)}\\b`));
      }
    }
  });

  it.each([
    ['flashsim comp', ['compare', 'completion']],
    ['flashsim run sale', ['sale-opening']],
    ['flashsim run sale-opening --dry', ['--dry-run']],
    ['flashsim run x --report j', ['json', 'junit']],
    ['flashsim serve --strategy condi', ['conditional-update', 'conditional-update-split']],
    ['flashsim completion f', ['fish']],
    ['flashsim audit imp', ['imports']],
    ['flashsim run --out imp', ['imports']],
    ['flashsim --no', ['--no-color']],
    ['flashsim warm-up --dry', []],
  ])('in bash, behind `%s`, offers %j', async (line, words) => {
    expect(await offered(line)).toEqual(words);
  });

  it('does not know every shell', async () => {
    const { code, err } = await completion('tcsh');
    expect(code).toBe(2);
    expect(err).toContain('Write one of: bash, zsh, fish.');
  });
});
