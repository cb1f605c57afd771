import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { PostgresBinaries } from './postgres-binaries.ts';
import { countEntries, discard, makePrivateFolder, publish } from './private-folders.ts';
import type { Reaper } from './reaper.ts';
import { type ProgramContext, runProgram } from './run-program.ts';
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
      await runProgram('cp', ['-Rp', join(template, 'data'), data], programs(context));
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
    await runProgram(binaries.initdb, [...initdbArguments, `--pgdata=${data}`], programs(context));
    writeFileSync(join(staging, 'entries'), String(countEntries(data)), { mode: 0o644 });
    await publish(staging, template);
  } catch (error) {
    await rm(staging, { recursive: true, force: true });
    throw error;
  } finally {
    reaper.forgetDirectory(staging);
  }
}

function programs({ account, reaper }: ServerContext): ProgramContext {
  return { account, reaper, env: serverEnvironment, unavailable: noEmbeddedServer };
}
