import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { findRedisServer } from '../../src/targets/stores/redis-server.ts';
import { root, run } from '../helpers/cli.ts';
import { ensureProgram } from '../helpers/ensure-program.ts';

beforeAll(async () => {
  await ensureProgram({ find: findRedisServer, aptPackage: 'redis-server' });
}, 400_000);

interface Example {
  readonly args: readonly string[];
  readonly code: number;
}

/** The words of a command line as a shell splits it, for the quotes that the guides use. */
function wordsOf(command: string): string[] {
  return Array.from(
    command.matchAll(/'([^']*)'|(\S+)/g),
    ([, quoted, bare]) => quoted ?? bare ?? '',
  );
}

/** Every `flashsim run` of a guide that says what it exits with. */
function examplesOf(guide: string): Example[] {
  const text = readFileSync(join(root, 'docs', 'guides', guide), 'utf8').replaceAll('\\\n', ' ');
  const lines = text.matchAll(/^npx flashsim run (.+?)\s+# .*exit (\d+)/gm);
  return Array.from(lines, ([, command = '', code]) => ({
    args: wordsOf(command),
    code: Number(code),
  }));
}

const guides = readdirSync(join(root, 'docs', 'guides'))
  // A storm is a matter of chance near its edge; what the guide says of it is measured elsewhere.
  .filter((name) => name !== 'retry-storms.md')
  .map((guide) => ({ guide, examples: examplesOf(guide) }))
  .filter(({ examples }) => examples.length > 0);

it('finds the commands of the guides', () => {
  expect(guides.flatMap(({ examples }) => examples).length).toBeGreaterThan(15);
});

describe.each(guides)('$guide', ({ examples }) => {
  it.each(examples)('exits with $code: run $args', async ({ args, code }) => {
    const [scenario = '', ...more] = args;
    const finished = await run(scenario, ...more);
    expect(finished.code, finished.stdout).toBe(code);
  });
});
