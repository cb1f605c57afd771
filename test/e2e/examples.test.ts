import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { findRedisServer } from '../../src/targets/stores/redis-server.ts';
import { processesOf, readResult, root, start, temporaryFolder, until } from '../helpers/cli.ts';
import { ensureProgram } from '../helpers/ensure-program.ts';

const folder = join(root, 'examples');
const examples = readdirSync(folder).filter((name) => statSync(join(folder, name)).isDirectory());

beforeAll(async () => {
  await ensureProgram({ find: findRedisServer, aptPackage: 'redis-server' });
}, 300_000);

/** As a user starts it: one command. */
async function play(name: string, ...more: readonly string[]) {
  const out = join(temporaryFolder(), 'run');
  const args = [join(folder, 'run.js'), name, ...more, '--quiet', '--out', out];
  const started = start(args, { command: process.execPath });
  const finished = await started.finished;
  await until(() => processesOf(started.marker).length === 0, 5_000, 'the end of all processes');
  return { ...finished, result: readResult(out, finished) };
}

describe.each(examples)('the example %s', (name) => {
  it('passes when it is right', async () => {
    const { code, result } = await play(name);
    expect(result.verdict, JSON.stringify(result.invariants)).toBe('pass');
    expect(result.sold).toBe(result.stock);
    expect(code).toBe(0);
  });

  it('is found to oversell when it does', async () => {
    const { code, result } = await play(name, '--oversell');
    const oversell = result.invariants['oversell'];
    expect(oversell?.verdict, JSON.stringify(result.invariants)).toBe('violated');
    expect(oversell?.lo).toBeGreaterThan(0);
    expect(code).toBe(3);
  });
});
