import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startEmbeddedPostgres } from '../../src/targets/stores/embedded-postgres.ts';
import { openPostgres } from '../../src/targets/stores/postgres.ts';
import {
  flashsim,
  processesOf,
  readResult,
  run,
  smallProfile,
  start,
  temporaryFolder,
  until,
} from '../helpers/cli.ts';

/** A scenario aimed at a server that speaks the reference API. */
const scenarioFor = (url: string) => `name: own-server
target:
  http:
    baseUrl: ${url}
    truthUrl: ${url}/admin/truth
    saleUrl: ${url}/admin/sale
sale:
  products: [{ id: sneaker-42, stock: 40, limitPerUser: 1 }]
  opensAt: 1s
workload:
  users: 300
  devicesPerUser: { 1: 70%, 2: 30% }
  endsAt: 5s
  arrivals:
    - { type: herd, reaction: { lognormal: { median: 150ms, sigma: 0.5 } } }
client: { timeout: 3s }
`;

describe('target.http', () => {
  it.each([
    { strategy: 'conditional-update', code: 0, verdict: 'pass' },
    { strategy: 'naive', code: 3, verdict: 'violated' },
  ])(
    'aimed at `flashsim serve --strategy $strategy` gives $verdict',
    async ({ strategy, code, verdict }) => {
      const server = start(['serve', '--port', '0', '--strategy', strategy]);
      onTestFinished(() => void server.child.kill('SIGKILL'));
      await until(
        () => /http:\/\/127\.0\.0\.1:\d+/.test(server.stdout()),
        30_000,
        'the server’s URL',
      );
      const [url = ''] = /http:\/\/127\.0\.0\.1:\d+/.exec(server.stdout()) ?? [];
      const folder = temporaryFolder();
      writeFileSync(join(folder, 'scenario.yaml'), scenarioFor(url));
      for (const round of [1, 2]) {
        const out = join(folder, `run-${round}`);
        const ran = await flashsim(['run', 'scenario.yaml', '--out', out, '--quiet'], {
          cwd: folder,
        });
        const result = readResult(out, ran);
        expect(result.verdict, JSON.stringify(result.invariants)).toBe(verdict);
        expect(ran.code).toBe(code);
        expect(result.target.kind).toBe('http');
      }
      server.child.kill('SIGINT');
      expect((await server.finished).code).toBe(0);
      await until(() => processesOf(server.marker).length === 0, 5_000, 'the end of all processes');
    },
  );

  it.each(['conditional-update', 'naive'])(
    'judges %s as target.reference does',
    async (strategy) => {
      const server = start(['serve', '--port', '0', '--strategy', strategy]);
      onTestFinished(() => void server.child.kill('SIGKILL'));
      const address = /http:\/\/127\.0\.0\.1:\d+/;
      await until(() => address.test(server.stdout()), 30_000, 'the server’s URL');
      const folder = temporaryFolder();
      const own = scenarioFor(address.exec(server.stdout())?.[0] ?? '');
      const bundled = own.replace(
        /http:[\s\S]*?sale:/,
        `reference: { stock: { strategy: ${strategy} } }\nsale:`,
      );
      const verdicts: Record<string, string>[] = [];
      for (const [name, text] of Object.entries({ own, bundled })) {
        writeFileSync(join(folder, `${name}.yaml`), text);
        const out = join(folder, name);
        const args = ['run', `${name}.yaml`, '--out', out, '--quiet', '--no-control'];
        const ran = await flashsim(args, { cwd: folder });
        const { verdict, invariants, target } = readResult(out, ran);
        expect(target.kind).toBe(name === 'own' ? 'http' : 'reference');
        const judged = Object.entries(invariants).map(
          ([key, found]) => [key, found.verdict] as const,
        );
        verdicts.push(Object.fromEntries([['run', verdict], ...judged]));
      }
      server.child.kill('SIGINT');
      await server.finished;
      const [byOwn = {}, byBundled = {}] = verdicts;
      const shared = Object.keys(byOwn).filter((key) => key in byBundled);
      expect(shared.length).toBeGreaterThan(10);
      // Whom a race tells wrongly that nothing is left differs from run to run.
      const certain = [
        'run',
        'oversell',
        'lostOrder',
        'phantomOrder',
        'duplicateOrder',
        'userLimit',
      ];
      const compared = strategy === 'naive' ? certain : shared;
      const of = (found: Record<string, string>) => compared.map((key) => `${key}: ${found[key]}`);
      expect(of(byOwn)).toEqual(of(byBundled));
    },
  );

  it('says before the sale when the truth cannot be read', async () => {
    const liar = createServer((_request, response) => response.end('{"sold": 3}'));
    liar.listen(0, '127.0.0.1');
    await once(liar, 'listening');
    onTestFinished(() => void liar.close());
    const { port } = liar.address() as AddressInfo;
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'scenario.yaml'), scenarioFor(`http://127.0.0.1:${port}`));
    const { code, stderr } = await flashsim(['run', 'scenario.yaml', '--quiet'], { cwd: folder });
    expect(stderr).toContain('schemaVersion');
    expect(code).toBe(5);
  });

  it('says when nobody listens, with the address', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'scenario.yaml'), scenarioFor('http://127.0.0.1:9'));
    const { code, stderr } = await flashsim(['run', 'scenario.yaml', '--quiet'], { cwd: folder });
    expect(stderr).toContain('127.0.0.1:9');
    expect(stderr).not.toContain('    at ');
    expect(code).toBe(5);
  });

  it('refuses a host outside loopback without both consents', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'scenario.yaml'), scenarioFor('http://shop.example'));
    const { code, stderr } = await flashsim(['run', 'scenario.yaml', '--quiet'], { cwd: folder });
    expect(stderr).toMatch(/shop\.example[\s\S]*--allow-remote/);
    expect(code).toBe(2);
  });
});

describe('target.reference on a PostgreSQL of one’s own', () => {
  it('works in a schema of its own and drops it afterwards', async () => {
    const server = await startEmbeddedPostgres();
    onTestFinished(() => server.stop());
    const { host, user } = server.connection;
    const url = `postgres://${user}@/postgres?host=${encodeURIComponent(host)}`;
    const { result, code, stderr } = await run(
      'sale-opening',
      ...smallProfile,
      '--set',
      `target.reference.stores.postgres=${url}`,
    );
    expect(code, stderr).toBe(0);
    expect(result.sold).toBe(60);
    const store = openPostgres(server.connection);
    const { rows } = await store.query<{ name: string }>(
      "SELECT nspname AS name FROM pg_namespace WHERE nspname LIKE 'flashsim%'",
    );
    await store.close();
    expect(rows).toEqual([]);
  });
});
