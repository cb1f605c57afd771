import { lstatSync, readdirSync, readFileSync, type Stats, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { FlashsimError } from '../../core/errors.ts';

/** Makes the error of a server that cannot be started, from the reason. */
export type StartFailure = (why: string, cause?: unknown) => FlashsimError;

/** The account that a server of our own runs as. */
export interface ServerAccount {
  readonly uid: number;
  readonly gid: number;
  /** All groups of the account. */
  readonly groups: readonly number[];
  /** True when it is another account than that of this process. */
  readonly isOther: boolean;
}

/** Accounts that exist on most systems for such a purpose, the better one first. */
const unprivilegedNames = ['postgres', 'nobody'] as const;

/** The account of this process, for servers that do not mind being run by root. */
export function ownAccount(unavailable: StartFailure): ServerAccount {
  const uid = process.getuid?.();
  const gid = process.getgid?.();
  if (uid === undefined || gid === undefined) throw unavailable('It is not available on Windows.');
  return { uid, gid, groups: process.getgroups?.() ?? [gid], isOther: false };
}

/**
 * The account of this process, or an unprivileged one when it is root, for servers that refuse to run
 * as root. No account is created.
 */
export function serverAccount(unavailable: StartFailure = noEmbeddedServer): ServerAccount {
  const own = ownAccount(unavailable);
  if (own.uid !== 0) return own;
  const account = unprivilegedAccount(readFileSync('/etc/passwd', 'utf8'));
  if (account === undefined) {
    throw unavailable(
      `It refuses to run as root, and /etc/passwd has none of: ${unprivilegedNames.join(', ')}.`,
    );
  }
  return { ...account, groups: [account.gid], isOther: true };
}

/** Uid and gid of the first of `postgres` and `nobody` in `passwd` (format of passwd(5)). */
export function unprivilegedAccount(passwd: string): { uid: number; gid: number } | undefined {
  const entries = passwd.split('\n').map((line) => line.split(':'));
  for (const name of unprivilegedNames) {
    const [, , uid = '', gid = ''] = entries.find((fields) => fields[0] === name) ?? [];
    if (/^\d+$/.test(uid) && /^\d+$/.test(gid) && uid !== '0') {
      return { uid: Number(uid), gid: Number(gid) };
    }
  }
  return undefined;
}

/** Uid and gid for `spawn`, when the server runs as another account. */
export function spawnAs(account: ServerAccount): { uid?: number; gid?: number } {
  return account.isOther ? { uid: account.uid, gid: account.gid } : {};
}

/** The error of an embedded server that cannot be used here, with the way out. */
export function noEmbeddedServer(why: string, cause?: unknown): FlashsimError {
  return new FlashsimError('STORE_UNAVAILABLE', {
    what: 'The embedded PostgreSQL could not be started.',
    why,
    fix: 'Give the URL of a PostgreSQL of your own in target.reference.stores.postgres.',
    ...(cause === undefined ? {} : { cause }),
  });
}

const read = 4;
const execute = 1;

function allows(stats: Stats, { uid, gid, groups }: ServerAccount, bits: number): boolean {
  const shift = stats.uid === uid ? 6 : stats.gid === gid || groups.includes(stats.gid) ? 3 : 0;
  return ((stats.mode >> shift) & bits) === bits;
}

/** Whether `account` may pass through every folder above `path`, and `path` itself. */
export function isReachable(path: string, account: ServerAccount): boolean {
  for (let folder = path; ; folder = dirname(folder)) {
    if (!allows(statSync(folder), account, execute)) return false;
    if (dirname(folder) === folder) return true;
  }
}

/** Whether `account` may read everything below `folder`, and run what `isProgram` picks. */
export function isReadableTree(
  folder: string,
  account: ServerAccount,
  isProgram: (path: string) => boolean,
): boolean {
  if (!allows(statSync(folder), account, read | execute)) return false;
  return readdirSync(folder).every((name) => {
    const path = join(folder, name);
    const stats = lstatSync(path);
    if (stats.isDirectory()) return isReadableTree(path, account, isProgram);
    if (stats.isSymbolicLink()) return true;
    return allows(stats, account, isProgram(path) ? read | execute : read);
  });
}
