import { randomBytes, randomUUID } from 'node:crypto';
import { chmodSync, chownSync, lstatSync, mkdirSync, readdirSync, realpathSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf, systemCodeOf } from '../../core/errors.ts';
import { temporaryRoots } from './cleanup.ts';
import type { Reaper } from './reaper.ts';
import {
  isReachable,
  noEmbeddedServer,
  type ServerAccount,
  type StartFailure,
} from './server-account.ts';

/**
 * A Unix socket's path holds 103 bytes on macOS and 107 on Linux; `/flashsim-pg-XXXXXX/.s.PGSQL.5432`
 * takes 34 of them. Sockets of other servers must not be longer.
 */
const maxRootBytes = 103 - 34;

/** The temporary folder to work in: the first that the server's account can reach. */
export function temporaryRootFor(
  account: ServerAccount,
  unavailable: StartFailure = noEmbeddedServer,
): string {
  const roots = temporaryRoots().filter((root) => Buffer.byteLength(root) <= maxRootBytes);
  const usable = roots.find((root) => {
    try {
      return isReachable(realpathSync(root), account);
    } catch {
      return false;
    }
  });
  if (usable !== undefined) return usable;
  throw unavailable(
    `Its account (uid ${account.uid}) can reach no temporary folder with a short path: ${temporaryRoots().join(', ')}.`,
  );
}

/** Makes a fresh folder of mode 0700 that belongs to `account`, and has it removed should we die. */
export function makePrivateFolder(
  prefix: string,
  account: ServerAccount,
  reaper: Reaper,
  unavailable: StartFailure = noEmbeddedServer,
): string {
  // Watched before it is there: a SIGKILL between the two would leave it behind.
  const folder = `${prefix}-${randomBytes(6).toString('base64url').slice(0, 6)}`;
  reaper.watchDirectory(folder);
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    reaper.forgetDirectory(folder);
    throw unavailable(`${folder} cannot be created: ${messageOf(error)}.`, error);
  }
  if (account.isOther) chownSync(folder, account.uid, account.gid);
  return folder;
}

/**
 * The folder for what is kept between runs, `<root>/flashsim-cache-<uid>`. In a shared temporary
 * folder anybody may have made one of that name: only a real folder of our own is taken.
 */
export function ensureCacheDirectory(path: string): string {
  try {
    mkdirSync(path, { mode: 0o755 });
  } catch (error) {
    if (systemCodeOf(error) !== 'EEXIST') {
      throw noEmbeddedServer(`The cache cannot be created: ${messageOf(error)}.`, error);
    }
  }
  const stats = lstatSync(path);
  const isOurs = stats.isDirectory() && stats.uid === process.getuid?.();
  if (!isOurs || (stats.mode & 0o022) !== 0) {
    throw noEmbeddedServer(
      `${path} belongs to somebody else or can be written by others; remove it or set TMPDIR to a folder of your own.`,
    );
  }
  // The umask may have taken bits away that the server's account needs.
  if ((stats.mode & 0o777) !== 0o755) chmodSync(path, 0o755);
  return path;
}

/** Moves a finished folder to its final name in one step. When another process was first, its folder stands. */
export async function publish(staging: string, final: string): Promise<void> {
  try {
    await rename(staging, final);
  } catch (error) {
    if (systemCodeOf(error) !== 'ENOTEMPTY' && systemCodeOf(error) !== 'EEXIST') throw error;
    await rm(staging, { recursive: true, force: true });
  }
}

/** Takes a damaged folder out of the way in one step, then removes it. */
export async function discard(path: string): Promise<void> {
  const aside = `${path}.${randomUUID()}`;
  try {
    await rename(path, aside);
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return; // another process was first
    throw error;
  }
  await rm(aside, { recursive: true, force: true });
}

/**
 * Files and folders below `folder`. Cleaners of temporary folders remove old files one by one, empty
 * folders included; a count taken when it was complete tells.
 */
export function countEntries(folder: string): number {
  return readdirSync(folder, { withFileTypes: true }).reduce(
    (count, entry) =>
      count + 1 + (entry.isDirectory() ? countEntries(join(folder, entry.name)) : 0),
    0,
  );
}
