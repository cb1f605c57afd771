import { copyTemplate } from './data-template.ts';
import type { PostgresBinaries } from './postgres-binaries.ts';
import type { Reaper } from './reaper.ts';
import { runProgram } from './run-program.ts';
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

/** Makes the folder `data` with a fresh database cluster, by {@link copyTemplate}. */
export function makeDataDirectory(
  binaries: PostgresBinaries,
  data: string,
  { account, cache, reaper }: ServerContext,
): Promise<void> {
  const context = {
    account,
    cache,
    reaper,
    env: serverEnvironment,
    unavailable: noEmbeddedServer,
  };
  const template = {
    name: `template-${binaries.packageVersion}-uid${account.uid}-${templateRevision}`,
    make: (path: string) =>
      runProgram(binaries.initdb, [...initdbArguments, `--pgdata=${path}`], context),
  };
  return copyTemplate(template, data, context);
}
