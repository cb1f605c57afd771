import { readFileSync } from 'node:fs';
import { packageFile } from '../core/package-files.ts';

/** Version of this flashsim, from its package.json. */
export const version: string = readVersion();

function readVersion(): string {
  const text = readFileSync(packageFile('package.json'), 'utf8');
  const { version: found } = JSON.parse(text) as { version: string };
  return found;
}
