import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../../core/errors.ts';
import type { PostgresBinaries } from './postgres-binaries.ts';
import { countEntries, discard, makePrivateFolder, publish } from './private-folders.ts';
import type { Reaper } from './reaper.ts';
import { noEmbeddedServer, type ServerAccount } from './server-account.ts';

/** Superuser of the embedded server. */
export const embeddedUser = 'flashsim';

/** Part of the template's name: to be raised with every change of {@link initdbArguments}. */
const templateRevision = 1;

/** `trust` is safe here: the only way in is a socket in a folder of mode 0700. */
const initdbArguments = [
  `--username=${embeddedUser}`,
  '--auth=trust',
  '--encoding=UTF8',
  '--locale=C',
  '--no-sync',
  '--no-instructions',
] as const;

/**
 * Environment of PostgreSQL's programs: of the caller's only PATH (for `cp`), since PGDATA or
 * LD_LIBRARY_PATH would change what they do.
 */
export const serverEnvironment: NodeJS.ProcessEnv = {
  PATH: `/usr/bin:/bin:${process.env['PATH'] ?? ''}`,
  LC_ALL: 'C',
  TZ: 'UTC',
};

/** How the server's programs are started. */
export interface ServerContext {
  readonly account: ServerAccount;
  readonly cache: string;
  readonly reaper: Reaper;
}

/**
 * Fills the empty folder `data` with a fresh database cluster: a copy of a template, which the first
 * caller on this machine makes and publishes by an atomic rename.
 */
export async function makeDataDirectory(
  binaries: PostgresBinaries,
  data: string,
  context: ServerContext,
): Promise<void> {
  const { account, cache } = context;
  const name = `template-${binaries.packageVersion}-uid${account.uid}-${templateRevision}`;
  const template = join(cache, name);
  for (let attempt = 1; ; attempt += 1) {
    if (!existsSync(template)) await makeTemplate(binaries, template, context);
    try {
      await run('cp', ['-Rp', join(template, 'data'), data], context);
      if (countEntries(data) === entriesOf(template)) return;
      throw noEmbeddedServer(`Files are missing in ${template}.`);
    } catch (error) {
      // A cleaner of temporary folders got at it: make it anew, once.
      if (attempt === 2) throw error;
      await discard(template);
      await rm(data, { recursive: true, force: true });
    }
  }
}

function entriesOf(template: string): number {
  return Number(readFileSync(join(template, 'entries'), 'utf8'));
}

async function makeTemplate(
  binaries: PostgresBinaries,
  template: string,
  context: ServerContext,
): Promise<void> {
  const { account, cache, reaper } = context;
  const staging = makePrivateFolder(join(cache, 'flashsim-staging'), account, reaper);
  try {
    const data = join(staging, 'data');
    await run(binaries.initdb, [...initdbArguments, `--pgdata=${data}`], context);
    writeFileSync(join(staging, 'entries'), String(countEntries(data)), { mode: 0o644 });
    await publish(staging, template);
  } catch (error) {
    await rm(staging, { recursive: true, force: true });
    throw error;
  } finally {
    reaper.forgetDirectory(staging);
  }
}

/** Uid and gid for `spawn`, when the server runs as another account. */
export function spawnAs(account: ServerAccount): { uid?: number; gid?: number } {
  return account.isOther ? { uid: account.uid, gid: account.gid } : {};
}

/** Runs a program as the server's account and waits for it. */
function run(command: string, args: readonly string[], context: ServerContext): Promise<void> {
  const { account, reaper } = context;
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: '/',
      env: serverEnvironment,
      detached: true,
      stdio: ['ignore', 'ignore', 'pipe'],
      ...spawnAs(account),
    });
    const { pid } = child;
    if (pid !== undefined) reaper.watchProcess(pid, { signal: 'SIGKILL' });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-2_000);
    });
    child.on('error', (error) => {
      reject(noEmbeddedServer(`${command} cannot be run: ${messageOf(error)}.`, error));
    });
    child.on('close', (code, signal) => {
      if (pid !== undefined) reaper.forgetProcess(pid);
      if (code === 0) resolve();
      else reject(noEmbeddedServer(`${command} ended with ${code ?? signal}: ${said.trim()}`));
    });
  });
}
