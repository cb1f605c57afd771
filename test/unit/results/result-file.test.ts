import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FlashsimError } from '../../../src/core/errors.ts';
import { readResult } from '../../../src/results/result-file.ts';
import { passing } from '../reporters/result-fixture.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flashsim-result-'));
});
afterAll(() => rm(folder, { recursive: true }));

let count = 0;
async function fileWith(text: string, name = 'result.json'): Promise<string> {
  count += 1;
  const path = join(folder, `run-${count}`);
  await mkdir(path);
  await writeFile(join(path, name), text);
  return path;
}

describe('readResult', () => {
  it('reads a run folder, and a result.json by itself', async () => {
    const path = await fileWith(JSON.stringify(passing));
    expect(await readResult(path)).toEqual({ result: passing, folder: path });
    expect(await readResult(join(path, 'result.json'))).toEqual({ result: passing, folder: path });
  });

  it('reads a result of an older release, which lacks what came later, and one of a newer', async () => {
    const older = await fileWith(JSON.stringify(passing));
    const { result } = await readResult(older);
    expect([result.buyers, result.latencyOverTime, result.timeline.stockLeft]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    const newer = await fileWith(JSON.stringify({ ...passing, invented: { later: true } }));
    expect((await readResult(newer)).result.verdict).toBe('pass');
  });

  it.each([
    { name: 'no JSON', text: '{"schemaVersion": 1,', what: 'cannot be read' },
    { name: 'an empty file', text: '', what: 'cannot be read' },
    { name: 'another thing', text: '[1, 2]', what: 'no schemaVersion' },
    { name: 'a newer schema', text: '{"schemaVersion": 2}', what: 'a newer version of flashsim' },
    { name: 'an older schema', text: '{"schemaVersion": 0}', what: 'an older version of flashsim' },
    {
      name: 'a field that is not as it should be',
      text: JSON.stringify({ ...passing, latencyUs: { order: 3 } }),
      what: '"latencyUs.order" is not as it should be',
    },
  ])('says what is wrong with $name', async ({ text, what }) => {
    const path = await fileWith(text);
    const error: unknown = await readResult(path).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(FlashsimError);
    expect(error).toMatchObject({ code: 'RUN_FOLDER_INVALID' });
    expect((error as FlashsimError).what).toContain(what);
    expect((error as FlashsimError).what).toContain('result.json');
  });

  it('says how to get a result of a run that was killed, and that a folder is none of ours', async () => {
    const killed = await fileWith('{}\n', 'orders.journal');
    await expect(readResult(killed)).rejects.toMatchObject({
      fix: expect.stringContaining(`flashsim audit ${killed} --write`) as string,
    });
    const other = await fileWith('x', 'notes.txt');
    await expect(readResult(other)).rejects.toMatchObject({ why: 'It is no run folder.' });
    await expect(readResult(join(folder, 'nowhere'))).rejects.toMatchObject({
      what: expect.stringContaining('it is not there') as string,
    });
  });
});
