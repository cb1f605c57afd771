import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Finished, flashsim, temporaryFolder } from '../helpers/cli.ts';
import { ownServer } from '../helpers/own-server.ts';

/** A secret for each place where one can stand, none like another: what leaks says from where. */
const planted = {
  environment: 'env-value-hunter2-a',
  ordinaryVariable: 'plain-name-hunter2',
  authorization: 'bearer hunter2 with "quotes" b',
  cookie: 'cookie-hunter2-c',
  apiKey: 'apikey-hunter2-d',
  loginPassword: 'login hunter2 & more <e>',
  loginForm: 'form-hunter2-f',
  query: 'query-hunter2-g',
  probeHeader: 'probe-hunter2-h',
  adminUrl: 'admin-url-hunter2-i',
  postgres: 'pg-hunter2-j',
  mysql: 'my-hunter2-k',
  redis: 'rd-hunter2-l',
  encoded: 'p@ss/hunter2-m',
  feeder: 'feed hunter2 n',
  captured: 'captured hunter2 o',
  session: 'session hunter2 p',
  sessionCookie: 'sid-hunter2-q',
  override: 'override-hunter2-r',
} as const;

function leaksIn(text: string): string[] {
  return Object.entries(planted).flatMap(([where, secret]) => {
    const forms = [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)];
    const escaped = secret.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
    return [...forms, escaped].some((form) => text.includes(form)) ? [where] : [];
  });
}

function expectNoLeak(finished: Finished, what = 'the command'): void {
  expect(leaksIn(finished.stdout), `stdout of ${what}`).toEqual([]);
  expect(leaksIn(finished.stderr), `stderr of ${what}`).toEqual([]);
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile());
}

/** Tells everything to everybody that a client who plays by the scenario can have told it. */
function babble(response: ServerResponse, status: number, untold: readonly string[] = []): void {
  const never = ['postgres', 'mysql', 'redis', 'encoded', ...untold];
  const told = Object.entries(planted).flatMap(([where, secret]) =>
    never.includes(where) ? [] : [secret],
  );
  response.writeHead(status, { 'content-type': 'text/plain' }).end(told.join(' | '));
}

/** What only a shopper tells, not flashsim in its own name. */
const ofShoppers = ['feeder', 'session', 'sessionCookie'];
/** What nobody knows before the setup is over. */
const later = [...ofShoppers, 'captured', 'override'];

/** Logs in everybody, and repeats to each what it should keep to itself. */
function indiscreetServer(): Promise<string> {
  return ownServer((request, response) => {
    request.resume();
    const [path = ''] = (request.url ?? '').split('?');
    const answer = (value: unknown): void => void response.end(JSON.stringify(value));
    switch (path) {
      case '/':
        answer({});
        break;
      case '/setup':
        answer({ adminToken: planted.captured });
        break;
      case '/login':
        response.setHeader('set-cookie', `sid=${planted.sessionCookie}`);
        answer({ session: planted.session });
        break;
      case '/admin/orders':
        answer([]);
        break;
      default:
        if (path === '/teardown') babble(response, 500, ofShoppers);
        else babble(response, 418);
    }
  });
}

const yaml = (text: string): string => JSON.stringify(text);

function scenarioFor(url: string, more = ''): string {
  return `name: planted
target:
  http:
    baseUrl: ${url}
    setup:
      - { method: POST, path: "/setup?token=${planted.query}", capture: { adminToken: { json: $.adminToken } } }
    teardown:
      - { method: POST, path: /teardown, headers: { X-Admin: "{{setup.adminToken}}" } }
    feeders: { accounts: { file: accounts.csv } }
    headers:
      Authorization: ${yaml(`Bearer ${planted.authorization}`)}
      Cookie: theme=dark; sid=${planted.cookie}
      X-Api-Key: ${planted.apiKey}
      X-From-Environment: "\${SHOP_SECRET}"
      X-Region: "\${SHOP_REGION}"
    requests:
      login:
        method: POST
        path: /login
        json: { user: "{{user.id}}", password: ${yaml(planted.loginPassword)}, mine: "{{accounts.password}}" }
        capture: { session: { json: $.session } }
      order:
        method: POST
        path: /orders?key=${planted.query}
        body: user={{user.id}}&password=${planted.loginForm}
        outcomes: [{ status: 201, is: ok }]
    truth:
      http:
        headers: { Authorization: "Bearer ${planted.probeHeader}" }
        orders: { path: "/admin/orders?api_key=${planted.adminUrl}", columns: { id: $.id } }${more}
sale: { products: [{ id: shoe, stock: 2 }], opensAt: 300ms }
workload: { users: 4, endsAt: 900ms, arrivals: [{ type: uniform, within: 10ms }] }
client: { timeout: 500ms, retry: { maxAttempts: 1 } }
`;
}

const environment = { SHOP_SECRET: planted.environment, SHOP_REGION: planted.ordinaryVariable };

function folderWith(scenario: string): string {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'scenario.yaml'), scenario);
  const rows = ['a', 'b', 'c', 'd'].map((name) => `${name},${planted.feeder}`);
  writeFileSync(join(folder, 'accounts.csv'), `name,password\n${rows.join('\n')}\n`);
  return folder;
}

const formats = ['html', 'json', 'junit', 'markdown', 'csv', 'github', 'prometheus'];

describe('secrets', () => {
  it('of a run that a server repeats in all its answers reach no output and no file', async () => {
    const folder = folderWith(scenarioFor(await indiscreetServer()));
    const summary = join(folder, 'summary.md');
    writeFileSync(summary, '');
    const env = { ...environment, GITHUB_STEP_SUMMARY: summary };
    const play = (out: string, ...more: string[]): Promise<Finished> =>
      flashsim(
        [
          ...['run', 'scenario.yaml', '--verbose', '--out', out, ...more],
          ...['--set', `target.http.headers.X-Password=${planted.override}`],
          ...formats.flatMap((format) => ['--report', format]),
        ],
        { cwd: folder, env },
      );
    const ran = await play('one');
    expect(ran.code, ran.stderr).toBe(4);
    // What it said is shown, and says so: the masks are what the test is about.
    expect(ran.stdout).toContain('***');
    expectNoLeak(ran);
    const asJson = await play('two', '--json', '--baseline', 'one');
    expect(asJson.code, asJson.stderr).toBe(4);
    expectNoLeak(asJson, 'run --json --baseline');

    const files = [...filesBelow(join(folder, 'one')), ...filesBelow(join(folder, 'two')), summary];
    expect(files.length).toBeGreaterThan(18);
    for (const path of files) expect(leaksIn(readFileSync(path, 'utf8')), path).toEqual([]);

    for (const command of [
      ['audit', 'one'],
      ['compare', 'one', 'two'],
      ['report', 'one', '--format', 'markdown'],
    ]) {
      expectNoLeak(await flashsim(command, { cwd: folder, env }), command.join(' '));
    }
  });

  it('of a scenario are in no dry run, no summary and no complaint about it', async () => {
    const more = `
      postgres: { url: "postgres://shop:${planted.postgres}@127.0.0.1:1/shop?token=${planted.query}", stock: SELECT 1 AS remaining }
      mysql: { url: "mysql://shop:${encodeURIComponent(planted.encoded)}@127.0.0.1:1/shop", checks: { one: { query: SELECT 1, expect: 1 } } }
      redis: { url: "redis://:${planted.redis}@127.0.0.1:1", sessions: { command: LRANGE sessions 0 -1, columns: { user: $.user } } }`;
    const scenario = scenarioFor('http://127.0.0.1:9', more);
    const folder = folderWith(scenario);
    const ask = (...args: string[]): Promise<Finished> =>
      flashsim(args, { cwd: folder, env: environment });
    for (const command of ['validate scenario.yaml', 'run scenario.yaml --dry-run']) {
      for (const json of [[], ['--json']]) {
        const finished = await ask(...command.split(' '), ...json);
        expect(finished.code, finished.stderr).toBe(0);
        expectNoLeak(finished, command);
      }
    }
    const mistakes = scenario
      .replace('shop?token', 'shop:x?token')
      .replace('timeout: 500ms', `timeout: "postgres://shop:${planted.postgres}@127.0.0.1/shop"`)
      .replace('endsAt: 900ms', `endsAt: ${yaml(`\${SHOP_SECRET}`)}`)
      .replace('maxAttempts: 1', `maxAttempts: ${yaml(planted.loginForm)}`)
      .replace(
        '- { method: POST, path: /teardown',
        `- { method: ${planted.apiKey}, path: /teardown`,
      );
    writeFileSync(join(folder, 'scenario.yaml'), mistakes);
    for (const json of [[], ['--json']]) {
      const finished = await ask('validate', 'scenario.yaml', ...json);
      expect(finished.code).toBe(2);
      expect(finished.stderr + finished.stdout).toContain('***');
      expectNoLeak(finished, 'validate');
    }
  });

  it.each<[string, string, RegExp]>([
    [
      'PostgreSQL',
      `postgres: { url: "postgres://shop:${planted.postgres}@127.0.0.1:1/shop", stock: SELECT 1 AS remaining }`,
      /truth\.postgres/,
    ],
    [
      'MySQL',
      `mysql: { url: "mysql://shop:${encodeURIComponent(planted.encoded)}@127.0.0.1:1/shop", stock: SELECT 1 AS remaining }`,
      /truth\.mysql/,
    ],
    [
      'Redis',
      `redis: { url: "redis://:${planted.redis}@127.0.0.1:1", stock: "GET stock" }`,
      /truth\.redis/,
    ],
  ])('of a %s that cannot be reached are in no line of the error', async (_, probe, names) => {
    const folder = folderWith(scenarioFor(await indiscreetServer(), `\n      ${probe}`));
    const args = ['run', 'scenario.yaml', '--verbose', '--out', 'one'];
    const ran = await flashsim(args, { cwd: folder, env: environment });
    expect(ran.stderr).toMatch(names);
    expect(ran.code).toBe(5);
    expectNoLeak(ran);
  });

  it('of a setup request that fails, and of a URL with a password, are in no line of the error', async () => {
    const server = await ownServer((request, response) => {
      if (request.url === '/') response.end();
      else babble(response, 500, later);
    });
    const folder = folderWith(scenarioFor(server));
    const args = ['run', 'scenario.yaml', '--verbose', '--out', 'one'];
    const failed = await flashsim(args, { cwd: folder, env: environment });
    expect(failed.stderr).toMatch(/answered 500 to `target\.http\.setup\[0\]`[\s\S]*\*\*\*/);
    expect(failed.code).toBe(5);
    expectNoLeak(failed);

    const url = `http://shop:${planted.adminUrl}@127.0.0.1:9`;
    const named = join(folder, 'named.yaml');
    writeFileSync(named, scenarioFor(url));
    for (const command of [
      ['run', 'named.yaml', '--verbose'],
      ['run', 'named.yaml', '--dry-run'],
      ['validate', 'named.yaml'],
      ['saturate', `${url}/x`],
      ['warm-up', '--url', url],
    ]) {
      const finished = await flashsim(command, { cwd: folder, env: environment });
      expectNoLeak(finished, command.join(' '));
    }
  });
});
