import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { root, smallProfile, start, temporaryFolder } from '../helpers/cli.ts';

it('the packed tarball installs and runs in an empty folder', async () => {
  const folder = temporaryFolder();
  // --ignore-scripts: the build under test is the one that is there.
  const packed = await start(['pack', '--ignore-scripts', '--pack-destination', folder], {
    command: 'npm',
    cwd: root,
  }).finished;
  expect(packed.code, packed.stderr).toBe(0);
  const [tarball = ''] = readdirSync(folder).filter((name) => name.endsWith('.tgz'));
  await start(['init', '-y'], { command: 'npm', cwd: folder }).finished;
  const installed = await start(
    ['install', '--prefer-offline', '--no-audit', '--no-fund', `./${tarball}`],
    { command: 'npm', cwd: folder },
  ).finished;
  expect(installed.code, installed.stderr).toBe(0);
  const ran = await start(
    ['flashsim', 'run', 'sale-opening', '--json', '--no-control', ...smallProfile],
    {
      command: 'npx',
      cwd: folder,
    },
  ).finished;
  expect(ran.code, ran.stderr).toBe(0);
  expect(JSON.parse(ran.stdout)).toMatchObject({ verdict: 'pass', sold: 60 });
  expect(readdirSync(join(folder, 'reports'))).toHaveLength(1);
});
