import { readFileSync } from 'node:fs';

/** Version of this flashsim, from its package.json. */
export const version: string = readVersion();

function readVersion(): string {
  // Two folders up from here in src/cli as in dist/cli.
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  const { version: found } = JSON.parse(text) as { version: string };
  return found;
}
