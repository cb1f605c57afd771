import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { assert } from './assert.ts';

/** Where what is shipped stands below the package's folder; see scripts/build.js. */
const shipped = 'bundle';

/**
 * Folder of the package, the one with package.json. Looked for upwards, because this module runs from
 * src/ under the test runner, from dist/ in benchmarks, and from a bundle in the package.
 */
const packageFolder = nearestPackage(dirname(fileURLToPath(import.meta.url)));

function nearestPackage(folder: string): string {
  if (existsSync(join(folder, 'package.json'))) return folder;
  const parent = dirname(folder);
  assert(parent !== folder, 'flashsim runs from a package');
  return nearestPackage(parent);
}

/** Path of a file of the package, given from the package's folder. */
export function packageFile(path: string): string {
  return join(packageFolder, path);
}

/**
 * Path of a file that the build makes or copies: the entry of a process, or what is no code. `path` is
 * that of the source below src/, with `.js` for `.ts`. Also under the test runner: Node 20 cannot load
 * TypeScript in a process of its own.
 */
export function builtFile(path: string): string {
  const file = packageFile(join(shipped, path));
  assert(existsSync(file), `${file} is built (npm run build)`);
  return file;
}
