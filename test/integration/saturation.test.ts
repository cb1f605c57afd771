import { createServer as createHttpServer } from 'node:http';
import { createServer, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { LatencyHistogram } from '../../src/metrics/histogram.ts';
import {
  type ClosedLoopFigures,
  type ClosedLoopOptions,
  runClosedLoop,
} from '../../src/transport/saturation.ts';
import { behaviours, goodAnswer } from '../helpers/hostile-behaviours.ts';
import { cleanUp, now, portOf } from './transport-fixture.ts';

afterEach(cleanUp);

function saturated(
  port: number,
  more: Partial<ClosedLoopOptions> = {},
): Promise<ClosedLoopFigures> {
  let request = 0;
  return runClosedLoop({
    endpoint: { host: '127.0.0.1', port, tls: false },
    connections: 4,
    warmUpMs: 50,
    measureMs: 400,
    timeoutMs: 1000,
    latencyMaxMs: 250,
    now,
    next: () => {
      request += 1;
      const body = JSON.stringify({ request });
      return Buffer.from(
        `POST /orders?n=${request} HTTP/1.1\r\nHost: shop.test\r\nX-Key: k-${request}\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
      );
    },
    judge: (response) => ({
      good: response.status === 201,
      code: response.header('x-code') ?? 'none',
    }),
    ...more,
  });
}

function percentileMs({ latency }: ClosedLoopFigures, percentile: number): number {
  return LatencyHistogram.deserialise(latency).percentile(percentile) / 1000;
}

/** A server that does `act` with each request's socket. */
function serve(act: (socket: Socket) => void): Promise<number> {
  return portOf(
    createServer((socket) => {
      socket.on('error', () => undefined);
      socket.on('data', () => act(socket));
    }),
  );
}

describe('the closed model', () => {
  it('sends each request as it was made, one after the other on each connection', async () => {
    const seen: string[] = [];
    let [open, openMost, connections] = [0, 0, 0];
    const server = createHttpServer((request, response) => {
      open += 1;
      openMost = Math.max(openMost, open);
      let body = '';
      request.on('data', (piece: Buffer) => (body += piece.toString()));
      request.on('end', () => {
        const { url, headers, method } = request;
        seen.push(`${method} ${url} ${headers.host} ${String(headers['x-key'])} ${body}`);
        setTimeout(() => {
          open -= 1;
          response.writeHead(201, { 'X-Code': 'ok' }).end('{}');
        }, 2);
      });
    }).on('connection', () => {
      connections += 1;
    });
    const figures = await saturated(await portOf(server));
    expect(openMost).toBeLessThanOrEqual(4);
    expect(connections).toBe(4);
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen).toContain('POST /orders?n=5 shop.test k-5 {"request":5}');
    expect(figures.answers).toBeGreaterThan(20);
    expect(figures).toMatchObject({
      good: figures.answers,
      late: 0,
      codes: { ok: figures.answers },
      errors: 0,
      flooded: false,
    });
    // Not all of 400 ms: what came before and after the measured time is left out.
    expect(figures.answers).toBeLessThan(seen.length);
    expect(percentileMs(figures, 50)).toBeGreaterThanOrEqual(2);
  });

  it('takes slow answers and refusals out of the goodput', async () => {
    let number = 0;
    const server = createHttpServer((_, response) => {
      number += 1;
      const kind = number % 3;
      const [status, code] = kind === 0 ? [409, 'sold-out'] : [201, 'ok'];
      setTimeout(() => response.writeHead(status, { 'X-Code': code }).end(), kind === 1 ? 60 : 0);
    });
    const figures = await saturated(await portOf(server), { latencyMaxMs: 40 });
    const { ok = 0, 'sold-out': soldOut = 0 } = figures.codes;
    expect(ok + soldOut).toBe(figures.answers);
    expect(soldOut).toBeGreaterThan(0);
    expect(figures.late).toBeGreaterThan(0);
    expect(figures.good + figures.late).toBe(ok);
  });

  it('measures rightly where the server closes the connection after each answer', async () => {
    const port = await serve((socket) => {
      setTimeout(() => {
        socket.end(goodAnswer().replace('\r\n', '\r\nConnection: close\r\n'));
      }, 5);
    });
    const figures = await saturated(port);
    expect(figures.good).toBeGreaterThan(10);
    // autocannon's own figures grow with every answer here.
    expect(percentileMs(figures, 50)).toBeLessThan(50);
  });

  it('ends early when nobody listens', async () => {
    const server = createServer();
    const port = await portOf(server);
    await new Promise((resolve) => server.close(resolve));
    const startNs = now();
    const figures = await saturated(port, { measureMs: 20_000 });
    expect(now() - startNs).toBeLessThan(10e9);
    expect(figures.answers).toBe(0);
    expect(figures.errors).toBeGreaterThan(200);
  });

  it('ends early when a body has no end', async () => {
    const { act } = behaviours['sends an endless body until it closes'] ?? {};
    const port = await serve((socket) => act?.(socket, ''));
    const startNs = now();
    const figures = await saturated(port, { measureMs: 20_000 });
    expect(now() - startNs).toBeLessThan(10e9);
    expect(figures).toMatchObject({ flooded: true, answers: 0 });
  });

  it.each(['never answers', 'sends garbage', 'closes without an answer', 'closes within its body'])(
    'comes to its end before a server that %s',
    async (name) => {
      const port = await serve((socket) => behaviours[name]?.act(socket, ''));
      const figures = await saturated(port, { measureMs: 1_500 });
      expect(figures.good).toBe(0);
      expect(figures.flooded).toBe(false);
    },
  );
});
