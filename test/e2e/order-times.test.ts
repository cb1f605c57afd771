import { readFileSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sleep } from '../../src/core/clock.ts';
import {
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from '../../src/targets/stores/embedded-postgres.ts';
import { openPostgres, type PostgresStore } from '../../src/targets/stores/postgres.ts';
import { startReaper } from '../../src/targets/stores/reaper.ts';
import { flashsim, readResult, temporaryFolder } from '../helpers/cli.ts';
import { ownServer } from '../helpers/own-server.ts';

/** A shop on PostgreSQL that opens too early and answers so slowly that no answer shows it. */

let postgres: EmbeddedPostgres;
let store: PostgresStore;

beforeAll(async () => {
  postgres = await startEmbeddedPostgres();
  store = openPostgres(postgres.connection);
  await store.query("ALTER DATABASE postgres SET timezone = 'Asia/Kolkata'");
  await store.query('CREATE TABLE products (id text PRIMARY KEY, stock integer NOT NULL)');
  await store.query(`CREATE TABLE orders (id bigserial PRIMARY KEY, request text UNIQUE,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp())`);
}, 120_000);

afterAll(async () => {
  await store.close();
  await postgres.stop();
  startReaper().close();
});

const answerAfterMs = 700;

async function buy(request: string): Promise<readonly [number, object]> {
  const { rows: taken } = await store.query(
    'UPDATE products SET stock = stock - 1 WHERE stock > 0 RETURNING id',
  );
  if (taken.length === 0) return [409, { error: 'SOLD_OUT' }];
  const { rows } = await store.query<{ id: number }>(
    'INSERT INTO orders (request) VALUES ($1) RETURNING id',
    [request],
  );
  await sleep(answerAfterMs);
  return [201, { id: rows[0]?.id }];
}

/** @param earlyMs how long before its opening it sells */
function shopOf(earlyMs: number) {
  let opensAtMs = Number.POSITIVE_INFINITY;
  const answer = async (route: string, said: Record<string, string>) => {
    switch (route) {
      case 'POST /reset':
        await store.query('TRUNCATE products, orders');
        await store.query('INSERT INTO products VALUES ($1, $2)', ['shoe', Number(said['stock'])]);
        return [204, {}] as const;
      case 'POST /opening':
        opensAtMs = Number(said['at']);
        return [204, {}] as const;
      case 'POST /buy':
        if (Date.now() < opensAtMs - earlyMs) return [403, { error: 'NOT_OPEN' }] as const;
        return buy(said['key'] ?? '');
      default:
        return [404, {}] as const;
    }
  };
  return ownServer((request: IncomingMessage, response: ServerResponse) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      const route = `${request.method ?? ''} ${request.url ?? ''}`;
      const said = JSON.parse(body === '' ? '{}' : body) as Record<string, string>;
      void answer(route, said).then(([status, value]) => {
        response.writeHead(status, { 'content-type': 'application/json' });
        response.end(status === 204 ? '' : JSON.stringify(value));
      });
    });
  });
}

const scenarioOf = (url: string, databaseUrl: string, time: string): string => `name: early-shop
target:
  http:
    baseUrl: ${url}
    setup: [{ method: POST, path: /reset, json: { stock: "{{product.stock}}" } }]
    announce: [{ method: POST, path: /opening, json: { at: "{{opening.ms}}" } }]
    requests:
      order:
        method: POST
        path: /buy
        json: { key: "{{key}}" }
        capture: { orderId: { json: $.id } }
        outcomes:
          - { status: 201, is: ok }
          - { status: 403, is: not-open }
          - { status: 409, is: sold-out }
    truth:
      postgres:
        url: ${databaseUrl}
        stock: SELECT stock AS remaining FROM products
        orders: SELECT id, request AS key${time} FROM orders
sale:
  products: [{ id: shoe, stock: 30 }]
  opensAt: 1500ms
workload:
  users: 60
  endsAt: 3s
  arrivals: [{ type: uniform, from: -250ms, within: 600ms }]
client: { timeout: 2s }
`;

async function play(earlyMs: number, time: string) {
  const { host, user } = postgres.connection;
  const databaseUrl = `postgres://${user}@/postgres?host=${encodeURIComponent(host)}`;
  const folder = temporaryFolder();
  writeFileSync(
    join(folder, 'scenario.yaml'),
    scenarioOf(await shopOf(earlyMs), databaseUrl, time),
  );
  const out = join(folder, 'run');
  const ran = await flashsim(['run', 'scenario.yaml', '--out', out], { cwd: folder });
  const result = readResult(out, ran);
  return { ...ran, out, result, saleWindow: result.invariants['saleWindow'] };
}

describe('a shop that sells 300 ms before its opening and answers after it', () => {
  it('is found out by the times of its store', async () => {
    const { code, stdout, out, saleWindow } = await play(300, ', created_at AS time');
    expect(saleWindow, stdout).toMatchObject({ verdict: 'violated' });
    expect(saleWindow?.lo).toBeGreaterThan(5);
    expect(saleWindow?.witnesses.first?.summary).toMatch(
      /was recorded by the store [\d.]+ ms before the opening$/,
    );
    expect(stdout).toMatch(/was recorded by the store/);
    expect(code).toBe(3);
    // The run folder has the times, and says the same without the shop.
    const kept = JSON.parse(readFileSync(join(out, 'truth.json'), 'utf8')) as {
      orders: { createdAtMs?: number }[];
    };
    expect(kept.orders.every(({ createdAtMs }) => Number.isInteger(createdAtMs))).toBe(true);
    const again = await flashsim(['audit', out, '--json']);
    expect(again.code).toBe(3);
    expect(JSON.parse(again.stdout)).toMatchObject({
      invariants: { saleWindow: { verdict: 'violated', lo: saleWindow?.lo } },
    });
  });

  it('is not, where nobody asks for them', async () => {
    const { code, saleWindow } = await play(300, '');
    expect(saleWindow?.verdict).toBe('pass');
    expect(saleWindow?.reason).toMatch(/answered so close to the border that either is right/);
    expect(code).toBe(0);
  });

  it('is not by times in another time zone, and the report says so', async () => {
    const { code, stdout, saleWindow } = await play(300, ', created_at::timestamp AS time');
    expect(saleWindow?.verdict).toBe('pass');
    expect(saleWindow?.reason).toContain("the store's times are off by about 5 h 30 min: not used");
    expect(stdout.replaceAll(/\s+/g, ' ')).toContain('off by about 5 h 30 min');
    expect(code).toBe(0);
  });

  it('is unknown where a time cannot be read, and the report quotes it', async () => {
    const { code, result, stdout } = await play(300, ', created_at::date AS time');
    expect(result.verdict).toBe('unknown');
    expect(stdout.replaceAll(/\s+/g, ' ')).toMatch(/the time "\d{4}-\d\d-\d\d" is no instant/);
    expect(code).toBe(4);
  });
});

describe('a shop that opens on time and answers as slowly', () => {
  it('is right by the times of its store, with no order in doubt', async () => {
    const { code, saleWindow } = await play(0, ', created_at AS time');
    expect(saleWindow).toMatchObject({ verdict: 'pass', value: 0 });
    expect(code).toBe(0);
  });
});
