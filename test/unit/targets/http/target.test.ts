import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createHttpTarget } from '../../../../src/targets/http/target.ts';
import type { TargetContext } from '../../../../src/targets/reference/options.ts';
import { isLoopback, requireConsent } from '../../../../src/targets/remote-consent.ts';

const context: TargetContext = {
  runId: 'r1',
  products: [{ id: 'p', stock: 5 }],
  allowRemote: false,
  allowHosts: [],
};
const servers: Server[] = [];

afterEach(async () => {
  await Promise.all(
    servers.splice(0).map(
      (server) =>
        new Promise((resolve) => {
          server.close(resolve);
          server.closeAllConnections();
        }),
    ),
  );
});

type Answer = readonly [status: number, body: string, headers?: Record<string, string>];

async function serve(answer: (path: string, body: string) => Answer): Promise<string> {
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on('end', () => {
      const [status, text, headers] = answer(request.url ?? '', body);
      response.writeHead(status, headers).end(text);
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const order = { id: 'o', key: 'k', userId: 'u', productId: 'p', quantity: 1, status: 'confirmed' };
const truth = {
  schemaVersion: 1,
  products: [{ id: 'p', initial: 5, remaining: 5 }],
  orders: [{ ...order, createdAtMs: 1_764_583_200_123 }, order],
  inFlight: 3,
};

describe('consent to leave this machine', () => {
  it.each(['localhost', '127.0.0.1', '127.9.9.9', '::1', '[::1]', '/var/run', ''])(
    'is not needed for %j',
    (host) => {
      expect(isLoopback(host)).toBe(true);
    },
  );

  it.each(['example.com', '10.0.0.1', '127.0.0.1.example.com', 'localhost.example.com', '0.0.0.0'])(
    'is needed for %j, twice',
    (host) => {
      const both = { allowRemote: true, allowHosts: [host] };
      expect(() => requireConsent(host, 'It', both)).not.toThrow();
      expect(() => requireConsent(host, 'It', { ...both, allowRemote: false })).toThrow(host);
      expect(() => requireConsent(host, 'It', { ...both, allowHosts: [] })).toThrow(host);
    },
  );

  it.each(['baseUrl', 'truthUrl', 'saleUrl', 'eventUrl'])('is asked for `%s`', (key) => {
    const options = { baseUrl: 'http://localhost:1', [key]: 'http://shop.example.com' };
    expect(() => createHttpTarget(options, context)).toThrow(
      expect.objectContaining({ code: 'REMOTE_NOT_ALLOWED' }),
    );
  });
});

describe('a target of the own server', () => {
  it.each(['ftp://localhost', 'localhost:3000', 'nonsense', 'http://me:secret@localhost'])(
    'refuses the URL %j without repeating its secret',
    (baseUrl) => {
      let message = '';
      try {
        createHttpTarget({ baseUrl }, context);
      } catch (error) {
        message = String(error);
      }
      expect(message).toContain('baseUrl');
      expect(message).not.toContain('secret');
    },
  );

  it('says when nobody listens', async () => {
    const url = await serve(() => [200, '']);
    servers.splice(0).forEach((server) => server.close());
    const target = createHttpTarget({ baseUrl: url }, context);
    await expect(target.start()).rejects.toMatchObject({ code: 'TARGET_UNAVAILABLE' });
  });

  it('tells where to connect', async () => {
    const url = await serve(() => [404, '']);
    const spec = await createHttpTarget({ baseUrl: `${url}/shop/` }, context).start();
    const { port } = new URL(url);
    expect(spec).toEqual({
      target: 'http',
      endpoint: { host: '127.0.0.1', port: Number(port), tls: false },
      basePath: '/shop',
    });
  });

  it('posts the sale at provisioning and at the opening', async () => {
    const posted: unknown[] = [];
    const url = await serve((path, body) => {
      if (path === '/sale') posted.push(JSON.parse(body));
      return [200, '{}'];
    });
    const target = createHttpTarget({ baseUrl: url, saleUrl: `${url}/sale` }, context);
    await target.start();
    await target.openSale({ runId: 'r1', opensAtMs: 5, closesAtMs: undefined });
    expect(posted).toEqual([
      { runId: 'r1', opensAt: null, closesAt: null, products: context.products },
      { runId: 'r1', opensAt: 5, closesAt: null, products: context.products },
    ]);
    expect(target.contract()).toEqual({ products: context.products, opensAtMs: 5 });
  });

  it('promises no opening time when nobody told the server of it', async () => {
    const target = createHttpTarget(
      { baseUrl: 'http://localhost:1', contract: { maximumSessions: 2 } },
      context,
    );
    await target.openSale({ runId: 'r1', opensAtMs: 5, closesAtMs: undefined });
    expect(target.contract()).toEqual({ products: context.products, maximumSessions: 2 });
  });

  it('reads the truth and the gauge in it', async () => {
    const url = await serve(() => [200, JSON.stringify(truth)]);
    const target = createHttpTarget({ baseUrl: url, truthUrl: `${url}/truth` }, context);
    expect(await target.truth()).toMatchObject({
      runId: 'r1',
      products: truth.products,
      orders: truth.orders,
    });
    expect(await target.inFlight()).toBe(3);
  });

  it.each<[string, Answer]>([
    ['no JSON', [200, '<html>']],
    ['a missing list', [200, JSON.stringify({ ...truth, orders: undefined })]],
    ['a wrong type', [200, JSON.stringify({ ...truth, products: [{ id: 1 }] })]],
    [
      'a time that is text',
      [200, JSON.stringify({ ...truth, orders: [{ ...order, createdAtMs: '10:00' }] })],
    ],
    ['an error', [500, JSON.stringify(truth)]],
    ['a redirect', [302, '', { location: 'http://shop.example.com/' }]],
  ])('refuses %s as truth', async (_title, answer) => {
    const url = await serve(() => answer);
    const target = createHttpTarget({ baseUrl: url, truthUrl: url }, context);
    await expect(target.truth()).rejects.toMatchObject({ code: 'TARGET_UNAVAILABLE' });
  });

  const restock = { kind: 'restock', productId: 'p', quantity: 3 } as const;

  it('tells the server of events', async () => {
    const posted: unknown[] = [];
    const url = await serve((_path, body) => {
      posted.push(JSON.parse(body));
      return [204, ''];
    });
    const target = createHttpTarget({ baseUrl: url, eventUrl: `${url}/events` }, context);
    expect(await target.apply(restock)).toMatchObject({ outcome: 'ok' });
    expect(await target.apply({ kind: 'close' })).toMatchObject({ outcome: 'ok' });
    expect(posted).toEqual([
      { runId: 'r1', kind: 'restock', productId: 'p', quantity: 3 },
      { runId: 'r1', kind: 'close' },
    ]);
  });

  it.each<[string, Answer, 'fail' | 'info']>([
    ['a refusal', [409, ''], 'fail'],
    ['an error', [500, ''], 'info'],
    ['a redirect', [307, '', { location: 'http://shop.example.com/' }], 'info'],
    ['an answer without end', [200, 'x'.repeat(2 * 1024 * 1024)], 'info'],
  ])('takes %s of an event for what it is', async (_title, answer, outcome) => {
    const url = await serve(() => answer);
    const target = createHttpTarget({ baseUrl: url, eventUrl: url }, context);
    expect((await target.apply(restock)).outcome).toBe(outcome);
  });

  it('does not know what became of an event that nobody answered', async () => {
    const url = await serve(() => [200, '']);
    servers.splice(0).forEach((server) => server.close());
    const target = createHttpTarget({ baseUrl: url, eventUrl: `${url}/?key=secret` }, context);
    const applied = await target.apply(restock);
    expect(applied.outcome).toBe('info');
    expect(applied.detail).not.toContain('secret');
  });

  it('can tell no events without a URL for it, and says so; it has no control', async () => {
    const target = createHttpTarget({ baseUrl: 'http://localhost:1' }, context);
    const applied = await target.apply(restock);
    expect(applied.outcome).toBe('fail');
    expect(applied.detail).toContain('target.http.eventUrl');
    expect(await target.control(5)).toBeUndefined();
  });

  it('has no truth and no gauge without a URL for it, and cannot be broken', async () => {
    const target = createHttpTarget({ baseUrl: 'http://localhost:1' }, context);
    expect(await target.truth()).toBeUndefined();
    expect(await target.inFlight()).toBeUndefined();
    const kill = { kind: 'kill', service: 'order-server' } as const;
    expect((await target.inject(kill, new AbortController().signal)).fired).toBe(false);
  });
});
