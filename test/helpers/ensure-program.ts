import { spawnSync } from 'node:child_process';
import type { FoundProgram } from '../../src/targets/stores/find-program.ts';

/** A server program that a test cannot do without. */
export interface NeededProgram {
  /** Looks for it; undefined when there is none. */
  readonly find: () => Promise<FoundProgram | undefined>;
  /** Package of Debian and Ubuntu that brings it. */
  readonly aptPackage: string;
}

const aptTimeoutMs = 300_000;

/**
 * The program, installed with apt when it is missing and this is root. A test that cannot have its
 * server fails and says how to get it: skipping would pass for testing.
 */
export async function ensureProgram({ find, aptPackage }: NeededProgram): Promise<FoundProgram> {
  const found = await find();
  if (found !== undefined) return found;
  const install = `apt-get install -y ${aptPackage}`;
  if (process.getuid?.() !== 0) throw new Error(`This test needs a server: ${install}`);
  const said = apt('update') + apt('install', '-y', '--no-install-recommends', aptPackage);
  const installed = await find();
  if (installed !== undefined) return installed;
  throw new Error(`\`apt-get update && ${install}\` did not bring the server:\n${said}`);
}

/** Waits for whoever else is installing something. What it said, shortened. */
function apt(...args: readonly string[]): string {
  const { stdout, stderr } = spawnSync('apt-get', ['-o', 'DPkg::Lock::Timeout=240', ...args], {
    encoding: 'utf8',
    timeout: aptTimeoutMs,
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
  return `${stdout}${stderr}`.slice(-2_000);
}
