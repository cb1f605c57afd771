import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { openMysql } from '../../src/targets/stores/mysql.ts';
import { startPrivateMysql } from '../../src/targets/stores/private-mysql.ts';
import {
  flashsim,
  processesOf,
  run,
  smallProfile,
  start,
  temporaryFolder,
  temporaryLeftovers,
} from '../helpers/cli.ts';
import { ensureMysql } from '../helpers/ensure-mysql.ts';

beforeAll(ensureMysql, 300_000);

const on = (store: string, strategy: string, processes: number): readonly string[] =>
  [`stock.store=${store}`, `stock.strategy=${strategy}`, `processes=${processes}`].flatMap(
    (setting) => ['--set', `target.reference.${setting}`],
  );

describe('flashsim run with the orders in MySQL', () => {
  it('sells exactly what there is with conditional-update, and leaves nothing behind', async () => {
    const before = temporaryLeftovers();
    const started = start([
      'run',
      'sale-opening',
      '--quiet',
      '--out',
      join(temporaryFolder(), 'run'),
      ...smallProfile,
      ...on('mysql', 'conditional-update', 2),
    ]);
    const { code, stdout, stderr } = await started.finished;
    expect(code, stderr).toBe(0);
    expect(stdout).toContain('conditional-update on private MySQL, 2 server processes');
    expect(stdout).toMatch(/private MySQL syncs its log once a\s+second/);
    expect(processesOf(started.marker)).toEqual([]);
    expect(temporaryLeftovers()).toEqual(before);
  });

  it('oversells with synchronized on two processes, in a database of its own, and tells no password', async () => {
    const server = await startPrivateMysql();
    onTestFinished(() => server.stop());
    const store = openMysql(server.connection, { poolMax: 1 });
    onTestFinished(() => store.close());
    await store.query("CREATE USER shop@localhost IDENTIFIED BY 'hunter2secret'");
    await store.query('GRANT ALL PRIVILEGES ON `flashsim\\_%`.* TO shop@localhost');
    const socket = encodeURIComponent(server.connection.socketPath ?? '');
    const folder = join(temporaryFolder(), 'run');
    const { code, stdout, stderr } = await flashsim([
      'run',
      'sale-opening',
      '--out',
      folder,
      ...smallProfile,
      ...on('mysql', 'synchronized', 2),
      '--set',
      `target.reference.stores.mysql=mysql://shop:hunter2secret@localhost?socket=${socket}`,
    ]);
    expect(code, stderr).toBe(3);
    expect(stdout).toMatch(/VIOLATED\s+oversell/);
    expect(stdout).toContain('own MySQL');
    const files = readdirSync(folder, { recursive: true, withFileTypes: true });
    for (const file of files.filter((entry) => entry.isFile())) {
      const text = readFileSync(join(file.parentPath, file.name), 'latin1');
      expect(text.includes('hunter2secret'), file.name).toBe(false);
    }
    expect(stdout + stderr).not.toContain('hunter2secret');
    expect((await store.query("SHOW DATABASES LIKE 'flashsim%'")).rows).toEqual([]);
  });

  it('says that a MySQL cannot be reached, without the password', async () => {
    const { code, stderr, stdout } = await flashsim([
      'run',
      'sale-opening',
      '--out',
      join(temporaryFolder(), 'r'),
      ...on('mysql', 'naive', 1),
      '--set',
      'target.reference.stores.mysql=mysql://shop:hunter2secret@127.0.0.1:1',
    ]);
    expect(stderr).toContain('mysql://127.0.0.1:1 could not be reached (ECONNREFUSED)');
    expect(stderr + stdout).not.toContain('hunter2secret');
    expect(code).toBe(5);
  });
});

describe('flashsim run with the orders in memory', () => {
  it('sells exactly what there is with synchronized: one process is all there is', async () => {
    const { code, result, stdout } = await run(
      'sale-opening',
      ...smallProfile,
      ...on('memory', 'synchronized', 1),
    );
    expect(code).toBe(0);
    expect(result).toMatchObject({ verdict: 'pass', sold: 60 });
    expect(stdout).toMatch(/orders are in the memory of the server\s+process/);
  });

  it('loses every acknowledged order with the process, and says so', async () => {
    const { code, result } = await run(
      'sale-opening',
      ...smallProfile,
      ...on('memory', 'synchronized', 1),
      '--set',
      'faults=[{ afterOpening: 1s, kill: order-server }]',
    );
    expect(code).toBe(3);
    expect(result.invariants['lostOrder']).toMatchObject({ verdict: 'violated' });
    expect(result.invariants['lostOrder']?.lo).toBeGreaterThan(0);
  });
});
