import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { SaturationReport } from '../../src/cli/saturation-report.ts';
import { type Finished, flashsim, readResult, temporaryFolder } from '../helpers/cli.ts';
import { strangersCertificate, testCertificate } from '../integration/transport-certificate.ts';

/** A shop with an API of its own that counts down rightly, unless a test changes one of its answers. */
class Shop {
  left = 0;
  readonly orders: { id: number; key: string; buyer: string }[] = [];
  readonly seen: string[] = [];
  readonly #changes: Changes;

  constructor(changes: Changes = {}) {
    this.#changes = changes;
  }

  readonly handle = (request: IncomingMessage, response: ServerResponse): void => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      const path = request.url ?? '';
      const route = `${request.method ?? ''} ${path.split('?')[0] ?? ''}`;
      this.seen.push(route);
      const changed = this.#changes[route];
      if (changed !== undefined) changed(response);
      else this.#answer(route, body, request, response);
    });
  };

  #answer(route: string, body: string, request: IncomingMessage, response: ServerResponse): void {
    const said = body === '' ? {} : (JSON.parse(body) as Record<string, string>);
    switch (route) {
      case 'POST /reset':
        this.left = Number(said['stock']);
        this.orders.length = 0;
        json(response, 200, { opensAt: Date.now() + 4_000 });
        break;
      case 'POST /auth':
        json(response, 200, { session: { token: said['who'] } });
        break;
      case 'POST /buy':
        this.#buy(said['key'] ?? '', request.headers.authorization ?? '', response);
        break;
      case 'GET /orders':
        json(response, 200, { orders: this.orders, left: this.left });
        break;
      default:
        json(response, 404, { error: 'nothing here' });
    }
  }

  /** Decides at once and answers a little later, as a shop does whose database is elsewhere: so that buyers meet. */
  #buy(key: string, buyer: string, response: ServerResponse): void {
    const answer = (value: object): void => void setTimeout(() => json(response, 200, value), 20);
    const known = this.orders.find((order) => order.key === key);
    if (known === undefined && this.left === 0) {
      answer({ error: 'SOLD_OUT' });
      return;
    }
    const order = known ?? { id: this.orders.length + 1, key, buyer };
    if (known === undefined) {
      this.left -= 1;
      this.orders.push(order);
    }
    answer({ id: order.id });
  }
}

type Changes = Readonly<Record<string, (response: ServerResponse) => void>>;

function json(response: ServerResponse, status: number, value: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}

async function listen(server: Server, scheme = 'http'): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return `${scheme}://localhost:${(server.address() as AddressInfo).port}`;
}

const serve = (shop: Shop): Promise<string> => listen(createServer(shop.handle));

const truth = `
    truth:
      http:
        stock: { path: /orders, rows: $, columns: { remaining: $.left } }
        orders: { path: /orders, rows: "$.orders[*]", columns: { id: $.id, key: $.key } }`;

const scenarioFor = (url: string, more = truth, opensAt = '500ms'): string => `name: own-api
target:
  http:
    baseUrl: ${url}
    setup:
      - { method: POST, path: /reset, json: { stock: "{{product.stock}}" }, capture: { opens: { json: $.opensAt } } }
    headers: { Authorization: "{{login.token}}" }
    requests:
      login:
        method: POST
        path: /auth
        json: { who: "{{user.id}}" }
        capture: { token: { json: $.session.token } }
      order:
        method: POST
        path: /buy
        json: { key: "{{key}}" }
        capture: { orderId: { json: $.id } }
        outcomes:
          - { status: 200, json: { $.error: SOLD_OUT }, is: sold-out }
          - { status: 200, json: { $.id: /./ }, is: ok }${more}
sale:
  products: [{ id: shoe, stock: 20 }]
  opensAt: "${opensAt}"
workload:
  users: 80
  endsAt: 4500ms
  arrivals: [{ type: uniform, within: 50ms }]
client: { timeout: 500ms, retry: { maxAttempts: 2 } }
`;

async function runScenario(text: string): Promise<Finished & { readonly out: string }> {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'scenario.yaml'), text);
  writeFileSync(join(folder, 'ca.pem'), testCertificate.cert);
  writeFileSync(join(folder, 'ca.key.pem'), testCertificate.key);
  writeFileSync(join(folder, 'stranger.pem'), strangersCertificate.cert);
  writeFileSync(join(folder, 'stranger.key.pem'), strangersCertificate.key);
  const out = join(folder, 'run');
  const args = ['run', 'scenario.yaml', '--quiet', '--out', out];
  return { ...(await flashsim(args, { cwd: folder })), out };
}

describe('an own server by its own API', () => {
  it('is judged as the bundled one: outcomes in the body of a 200, the opening told by the server', async () => {
    const shop = new Shop();
    const ran = await runScenario(scenarioFor(await serve(shop), truth, '{{setup.opens}}'));
    const result = readResult(ran.out, ran);
    expect(result.verdict, JSON.stringify(result.invariants)).toBe('pass');
    expect(ran.code).toBe(0);
    expect(result.sold).toBe(20);
    expect(result.codes['order']).toEqual({ ok: 20, 'sold-out': 60 });
    // It told its opening, and so promised it.
    expect(result.invariants['saleWindow']?.verdict).toBe('pass');
    expect(shop.orders.every(({ buyer }) => /^u\d+$/.test(buyer))).toBe(true);
  });

  it('is judged by its answers alone where its store is hidden, and the report says what is unknown', async () => {
    const ran = await runScenario(scenarioFor(await serve(new Shop()), ''));
    const result = readResult(ran.out, ran);
    expect(result.verdict).toBe('unknown');
    expect(ran.code).toBe(4);
    expect(result.invariants['oversell']?.verdict).toBe('pass');
    expect(result.invariants['conservation']).toMatchObject({
      verdict: 'unknown',
      reason: expect.stringContaining('target.http.truth would') as string,
    });
  });

  it('that sells what it has not is found out by its answers alone', async () => {
    let id = 0;
    const generous = (response: ServerResponse): void => json(response, 200, { id: (id += 1) });
    const shop = new Shop({ 'POST /buy': generous });
    const ran = await runScenario(scenarioFor(await serve(shop), ''));
    expect(readResult(ran.out, ran).invariants['oversell']).toMatchObject({
      verdict: 'violated',
      value: 60,
    });
    expect(ran.code).toBe(3);
  });

  it('works over TLS with a certificate of its own', async () => {
    const shop = new Shop();
    const url = await listen(createTlsServer(testCertificate, shop.handle), 'https');
    const more = `${truth}\n    tls: { ca: ca.pem }`;
    const ran = await runScenario(scenarioFor(url, more));
    expect(ran.code, ran.stderr).toBe(0);
    expect(shop.orders).toHaveLength(20);
  });
});

describe('an own server that wants to know its clients', () => {
  const shy = (shop: Shop): Promise<string> => {
    const demands = { requestCert: true, rejectUnauthorized: true, ca: testCertificate.cert };
    return listen(createTlsServer({ ...testCertificate, ...demands }, shop.handle), 'https');
  };

  it('is loaded with the client certificate that the scenario names, also by saturate', async () => {
    const shop = new Shop();
    const url = await shy(shop);
    const more = `${truth}\n    tls: { ca: ca.pem, cert: ca.pem, key: ca.key.pem }`;
    const ran = await runScenario(scenarioFor(url, more));
    expect(ran.code, ran.stderr).toBe(0);
    expect(shop.orders).toHaveLength(20);

    const folder = dirname(ran.out);
    const quick = ['--max-connections', '2', '--step', '500ms', '--json'];
    const loaded = await flashsim(['saturate', 'scenario.yaml', ...quick], { cwd: folder });
    const { steps } = JSON.parse(loaded.stdout) as SaturationReport;
    expect(steps.length, loaded.stderr).toBeGreaterThan(0);
    for (const { answersPerS, errors } of steps) {
      expect(answersPerS).toBeGreaterThan(0);
      expect(errors).toBe(0);
    }
  });

  it.each<[string, string, RegExp]>([
    ['no certificate', 'tls: { ca: ca.pem }', /shown none/],
    [
      'one that it does not trust',
      'tls: { ca: ca.pem, cert: stranger.pem, key: stranger.key.pem }',
      /shown one that it may not trust/,
    ],
  ])('says so when it is shown %s', async (_, tls, says) => {
    const url = await shy(new Shop());
    const { code, stderr } = await runScenario(scenarioFor(url, `${truth}\n    ${tls}`));
    expect(stderr).toMatch(says);
    expect(stderr).toContain('target.http.tls.cert');
    expect(stderr).not.toContain('    at ');
    expect(code).toBe(5);
  });

  it('is not even asked with a key that is another certificate’s', async () => {
    const url = await shy(new Shop());
    const more = `${truth}\n    tls: { ca: ca.pem, cert: ca.pem, key: stranger.key.pem }`;
    const { code, stderr } = await runScenario(scenarioFor(url, more));
    expect(stderr).toMatch(/target\.http\.tls[\s\S]*key/);
    expect(code).toBe(2);
  });
});

describe('secrets of an own server', () => {
  it('reach no file and no line of a run, and the run can be judged again without them', async () => {
    const secret = 'hunter2-s3cr3t-0987654321';
    const shop = new Shop({
      'POST /auth': (response) => json(response, 200, { session: { token: secret } }),
      'GET /status': (response) => response.writeHead(418).end(`{"token":"${secret}"}`),
    });
    const text = scenarioFor(await serve(shop))
      .replace('headers: {', `headers: { X-Api-Key: "${secret}", `)
      .replace('who: "{{user.id}}"', `who: "${secret}"`)
      .replace('path: /orders, rows: $,', `path: "/orders?key=${secret}", rows: $,`);
    const ran = await runScenario(text);
    expect(ran.code, ran.stderr).toBe(0);
    const files = readdirSync(ran.out, { recursive: true, encoding: 'utf8' })
      .map((name) => join(ran.out, name))
      .filter((path) => statSync(path).isFile());
    expect(files.length).toBeGreaterThan(3);
    for (const path of files) expect(readFileSync(path, 'latin1'), path).not.toContain(secret);
    expect(ran.stdout + ran.stderr).not.toContain(secret);
    const again = await flashsim(['audit', ran.out]);
    expect(again.code, again.stderr).toBe(0);
  });
});

describe('an answer that no rule fits', () => {
  it.each<[string, (response: ServerResponse) => void, string]>([
    ['plain text', (response) => response.end('maybe later'), 'maybe later'],
    [
      'HTML',
      (response) => response.writeHead(409, { 'content-type': 'text/html' }).end('<b>no</b>'),
      'text/html <b>no</b>',
    ],
    [
      'a redirect',
      (response) => response.writeHead(302, { location: '/queue?t=1' }).end(),
      'to /queue without a body',
    ],
  ])('is unknown, never a pass, and shown: %s', async (_what, refuse, example) => {
    const shop = new Shop({
      'POST /buy': (response) => refuse(response),
    });
    const ran = await runScenario(scenarioFor(await serve(shop)));
    const result = readResult(ran.out, ran);
    expect(result.verdict).toBe('unknown');
    expect(ran.code).toBe(4);
    expect(result.codes['order']).toEqual({ unmapped: 80 });
    expect(result.problems).toContainEqual('80 answers fit no rule of target.http.requests');
    expect(result.warnings.join('\n')).toContain(example);
    expect(ran.stdout).toContain(example);
  });

  it('is unknown when it is 10 MB long, and costs no memory to speak of', async () => {
    const long = 'x'.repeat(10 * 1024 * 1024);
    const shop = new Shop({ 'POST /buy': (response) => response.end(long) });
    const ran = await runScenario(
      scenarioFor(await serve(shop))
        .replace('users: 80', 'users: 20')
        .replace('500ms, retry', '5s, retry'),
    );
    expect(ran.code).toBe(4);
    const { codes, generator } = readResult(ran.out, ran);
    expect(Object.keys(codes['order'] ?? {})).toEqual(['bad-response']);
    expect(generator.rssMaxMb).toBeLessThan(500);
  });

  it('is unknown when none ever comes', async () => {
    const shop = new Shop({ 'POST /buy': () => undefined });
    const ran = await runScenario(scenarioFor(await serve(shop), ''));
    expect(ran.code).toBe(4);
    expect(readResult(ran.out, ran).codes['order']).toEqual({ timeout: 160 });
  });
});

describe('an own server that cannot be asked', () => {
  it('is said to be unreachable', async () => {
    const { code, stderr } = await runScenario(scenarioFor('http://127.0.0.1:9'));
    expect(stderr).toMatch(/TARGET_UNAVAILABLE[\s\S]*127\.0\.0\.1:9[\s\S]*ECONNREFUSED/);
    expect(code).toBe(5);
  });

  it('is told from one whose login has no token where it should be, with an example', async () => {
    const wrong = scenarioFor(await serve(new Shop())).replace('$.session.token', '$.token');
    const { code, stderr } = await runScenario(wrong);
    expect(stderr).toContain('the capture "token" found nothing at $.token');
    expect(stderr).toContain('target.http.requests.login');
    expect(code).toBe(5);
  });

  it('is told from one that answers a setup request with an error, in its words', async () => {
    const broken = (response: ServerResponse): void =>
      void response.writeHead(500).end('<h1>no such table</h1>');
    const shop = new Shop({ 'POST /reset': broken });
    const { code, stderr } = await runScenario(scenarioFor(await serve(shop)));
    expect(stderr).toMatch(/answered 500 to `target\.http\.setup\[0\]`[\s\S]*no such table/);
    expect(code).toBe(5);
  });

  it('is told from one with a certificate that nobody signed, and what to do about it', async () => {
    const url = await listen(createTlsServer(testCertificate, new Shop().handle), 'https');
    const { code, stderr } = await runScenario(scenarioFor(url));
    expect(stderr).toContain('DEPTH_ZERO_SELF_SIGNED_CERT');
    expect(stderr).toContain('target.http.tls.ca');
    expect(code).toBe(5);
  });

  it('is told from one that does not show its store where it should', async () => {
    const elsewhere = truth.replace('path: /orders', 'path: /no');
    const { code, stderr } = await runScenario(scenarioFor(await serve(new Shop()), elsewhere));
    const said = '`target.http.truth.http.stock` cannot be read: the server answered 404';
    expect(stderr).toContain(said);
    expect(code).toBe(5);
  });
});
