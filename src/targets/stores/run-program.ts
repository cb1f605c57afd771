import { spawn } from 'node:child_process';
import { messageOf } from '../../core/errors.ts';
import type { Reaper } from './reaper.ts';
import { type ServerAccount, type StartFailure, spawnAs } from './server-account.ts';

/** How a program that prepares a server is run. */
export interface ProgramContext {
  readonly account: ServerAccount;
  readonly reaper: Reaper;
  readonly env: NodeJS.ProcessEnv;
  /** Makes the error of a program that cannot be run, or says that it failed. */
  readonly unavailable: StartFailure;
}

/** What is kept of a program's stderr, in characters. */
const stderrTailLength = 2_000;

/** Runs a program as the server's account and waits for it. */
export function runProgram(
  command: string,
  args: readonly string[],
  { account, reaper, env, unavailable }: ProgramContext,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: '/',
      env,
      detached: true,
      stdio: ['ignore', 'ignore', 'pipe'],
      ...spawnAs(account),
    });
    const { pid } = child;
    if (pid !== undefined) reaper.watchProcess(pid, { signal: 'SIGKILL' });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-stderrTailLength);
    });
    child.on('error', (error) => {
      reject(unavailable(`${command} cannot be run: ${messageOf(error)}.`, error));
    });
    child.on('close', (code, signal) => {
      if (pid !== undefined) reaper.forgetProcess(pid);
      if (code === 0) resolve();
      else reject(unavailable(`${command} ended with ${code ?? signal}: ${said.trim()}`));
    });
  });
}
