import { createServer as createHttpServer } from 'node:http';
import { createServer, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { nsPerS } from '../../src/core/clock.ts';
import { Connection } from '../../src/transport/connection.ts';
import type { WireResponse } from '../../src/transport/response-parser.ts';
import {
  answered,
  cleanUp,
  closed,
  exchange,
  now,
  openTo,
  portOf,
  Recorder,
  rawServer,
  request,
  settingsFor,
} from './transport-fixture.ts';

afterEach(cleanUp);

describe('Connection to a node:http server', () => {
  it('sends one request after the other on the same socket', async () => {
    let sockets = 0;
    const server = createHttpServer({ keepAliveTimeout: 5000 }, (_, response) => {
      response.writeHead(201, { 'X-Instance': 'p1' }).end('{"ok":true}');
    }).on('connection', () => {
      sockets += 1;
    });
    const connection = await openTo(await portOf(server));
    expect(connection.idleDeadlineNs).toBe(Number.POSITIVE_INFINITY);
    for (let index = 0; index < 3; index += 1) {
      const beforeNs = now();
      const recorder = await exchange(connection);
      expect(recorder.events).toEqual(answered);
      expect(recorder.atNs).toEqual([...recorder.atNs].sort((a, b) => a - b));
      expect(recorder.atNs[0]).toBeGreaterThanOrEqual(beforeNs);
      expect(recorder.response?.body.toString()).toBe('{"ok":true}');
      expect(recorder.response?.header('x-instance')).toBe('p1');
      expect(connection.reused).toBe(index);
      expect(connection.busy).toBe(false);
    }
    expect(sockets).toBe(1);
  });

  it('tells when the server will close the idle connection, less a second', async () => {
    const server = createHttpServer({ keepAliveTimeout: 7000 }, (_, response) => response.end());
    const connection = await openTo(await portOf(server));
    const recorder = await exchange(connection);
    expect(connection.idleDeadlineNs).toBe((recorder.atNs.at(-1) ?? 0) + 6 * nsPerS);
  });

  it('may send the next request from within the answer', async () => {
    const server = createHttpServer((_, response) => response.writeHead(201).end());
    const connection = await openTo(await portOf(server));
    const second = new Recorder();
    const first = new (class extends Recorder {
      override onResponse(response: WireResponse, atNs: number): void {
        super.onResponse(response, atNs);
        connection.send(request, second);
      }
    })();
    connection.send(request, first);
    await second.done;
    expect(first.events).toEqual(answered);
    expect(second.events).toEqual(answered);
  });

  it('knows that an answer to HEAD has no body, whatever its head says', async () => {
    const server = createHttpServer((_, response) => {
      response.writeHead(201, { 'Content-Length': 5000 }).end();
    });
    const connection = await openTo(await portOf(server));
    const head = Buffer.from('HEAD /products/1 HTTP/1.1\r\nHost: a\r\n\r\n');
    for (let index = 0; index < 2; index += 1) {
      const recorder = new Recorder();
      connection.send(head, recorder);
      await recorder.done;
      expect(recorder.events).toEqual(answered);
      expect(recorder.response?.header('content-length')).toBe('5000');
      expect(recorder.response?.body.length).toBe(0);
    }
    expect(connection.reused).toBe(1);
  });

  it('is closed after Connection: close, and can connect again', async () => {
    const server = createHttpServer((_, response) => {
      response.writeHead(201, { Connection: 'close' }).end();
    });
    const connection = await openTo(await portOf(server));
    expect((await exchange(connection)).events).toEqual(answered);
    expect(connection.open).toBe(false);
    expect((await exchange(connection)).events).toEqual(['not-sent']);
    await connection.connect();
    expect(connection.reused).toBe(0);
    expect((await exchange(connection)).events).toEqual(answered);
  });

  it('notices that the server closed it while idle, and sends nothing then', async () => {
    const server = createHttpServer({ keepAliveTimeout: 1 }, (_, response) => {
      response.writeHead(201).end();
    });
    const connection = await openTo(await portOf(server));
    await exchange(connection);
    server.closeIdleConnections();
    await closed(connection);
    expect(connection.closeReason).toBe('The server closed the connection.');
    expect((await exchange(connection)).events).toEqual(['not-sent']);
  });
});

describe('Connection to a server that misbehaves', () => {
  it('reports a reset after the write', async () => {
    const port = await rawServer((socket) => socket.resetAndDestroy());
    const connection = await openTo(port);
    expect((await exchange(connection)).events).toEqual(['sent', 'reset']);
    expect(connection.closeReason).toBe('ECONNRESET');
  });

  it('tells the outstanding request when flashsim itself closes the connection', async () => {
    const port = await rawServer((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel');
    });
    const connection = await openTo(port);
    const recorder = new Recorder();
    connection.send(request, recorder);
    await recorder.firstByte;
    expect(connection.busy).toBe(true);
    connection.close();
    expect(recorder.events).toEqual(['sent', 'first byte', 'aborted']);
  });

  it.each([
    ['before the answer', '', ['sent', 'reset']],
    ['within the head', 'HTTP/1.1 200 OK\r\n', ['sent', 'first byte', 'reset']],
    [
      'within the body',
      'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell',
      ['sent', 'first byte', 'reset'],
    ],
    ['where the body ends', 'HTTP/1.1 201 OK\r\n\r\nhello', answered],
  ])('tells an early close apart: %s', async (_, text, events) => {
    const connection = await openTo(await rawServer((socket) => socket.end(text)));
    expect((await exchange(connection)).events).toEqual(events);
    expect(connection.open).toBe(false);
  });

  it('does not write on a socket that the server has reset', async () => {
    const sockets: Socket[] = [];
    const server = createServer((socket) => sockets.push(socket));
    const connection = await openTo(await portOf(server));
    while (sockets.length === 0) await new Promise((resolve) => setImmediate(resolve));
    sockets[0]?.resetAndDestroy();
    await closed(connection);
    expect((await exchange(connection)).events).toEqual(['not-sent']);
  });

  it('knows that nothing was sent when the system refuses the first byte', async () => {
    // The reset is there before the write but has not been read yet: both in the same turn.
    const sockets: Socket[] = [];
    const server = createServer((socket) => sockets.push(socket.on('error', () => undefined)));
    const connection = await openTo(await portOf(server));
    while (sockets.length === 0) await new Promise((resolve) => setImmediate(resolve));
    const recorder = new Recorder();
    await new Promise<void>((resolve) => {
      setImmediate(() => {
        sockets[0]?.resetAndDestroy();
        // Closing the handle happens in this turn; the reset arrives at once on loopback.
        connection.send(request, recorder);
        resolve();
      });
    });
    await recorder.done;
    expect(recorder.events).toEqual(['not-sent']);
    expect(connection.open).toBe(false);
  });

  it.each([
    ['garbage', 'hello\r\n', 'The answer is not HTTP/1.0 or HTTP/1.1.'],
    [
      'a length beyond the limit',
      'HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n',
      'The body is longer than is accepted.',
    ],
  ])('refuses %s', async (_, text, reason) => {
    const connection = await openTo(await rawServer((socket) => socket.write(text)), {
      maxBodyBytes: 1000,
    });
    expect((await exchange(connection)).events).toEqual(['sent', 'first byte', 'bad-response']);
    expect(connection.open).toBe(false);
    expect(connection.closeReason).toBe(reason);
  });

  it('stops reading an endless body at the limit', async () => {
    let written = 0;
    const piece = Buffer.alloc(64 * 1024);
    const port = await rawServer((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n');
      const more = () => {
        while (!socket.destroyed) {
          written += piece.length;
          socket.write('10000\r\n');
          socket.write(piece);
          if (!socket.write('\r\n')) return;
        }
      };
      socket.on('drain', more);
      more();
    });
    const connection = await openTo(port);
    const recorder = await exchange(connection);
    expect(recorder.events).toEqual(['sent', 'first byte', 'bad-response']);
    expect(connection.closeReason).toBe('The body is longer than is accepted.');
    expect(written).toBeLessThan(64 * 1024 * 1024);
  });

  it('takes the answer but closes when more bytes follow it', async () => {
    const port = await rawServer((socket) => {
      socket.write('HTTP/1.1 201 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n');
    });
    const connection = await openTo(port);
    const recorder = await exchange(connection);
    expect(recorder.events).toEqual(answered);
    expect(recorder.response?.body.toString()).toBe('ok');
    expect(connection.open).toBe(false);
  });

  it('closes when bytes come that nobody asked for', async () => {
    const port = await portOf(createServer((socket) => socket.write('HTTP/1.1 408 Late\r\n\r\n')));
    const connection = await openTo(port);
    await closed(connection);
    expect(connection.closeReason).toBe('The server sent bytes that nobody asked for.');
  });

  it('tells an abandoned request nothing more, though its answer would come', async () => {
    let finish: () => void = () => undefined;
    const gone = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const port = await rawServer((socket) => {
      socket.on('close', finish);
      socket.write('HTTP/1.1 200 OK\r\nX-Slow: ');
    });
    const connection = await openTo(port);
    const recorder = new Recorder();
    connection.send(request, recorder);
    await recorder.firstByte;
    connection.abandon();
    expect(connection.open).toBe(false);
    expect(connection.busy).toBe(false);
    await gone;
    expect(recorder.events).toEqual(['sent', 'first byte']);
  });

  it('may be abandoned from within the first byte', async () => {
    const port = await rawServer((socket) => {
      socket.write('HTTP/1.1 201 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
    });
    const connection = await openTo(port);
    const events: string[] = [];
    await new Promise<void>((resolve) => {
      connection.send(request, {
        onSent: () => events.push('sent'),
        onFirstByte: () => {
          connection.abandon();
          setImmediate(resolve);
        },
        onResponse: () => events.push('response'),
        onFailure: (kind) => events.push(kind),
      });
    });
    expect(events).toEqual(['sent']);
    expect(connection.closeReason).toBe('Flashsim gave a request up.');
  });

  it('keeps the answers of many connections apart that come in pieces', async () => {
    let number = 0;
    const server = createServer((socket) => {
      socket.setNoDelay(true);
      const body = String(number).repeat(200);
      number += 1;
      const bytes = Buffer.from(`HTTP/1.1 201 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
      socket.on('data', () => {
        let at = 0;
        const step = () => {
          socket.write(bytes.subarray(at, at + 60));
          at += 60;
          if (at < bytes.length) setImmediate(step);
        };
        step();
      });
    });
    const port = await portOf(server);
    const connections: Connection[] = [];
    for (let index = 0; index < 50; index += 1) connections.push(await openTo(port));
    const recorders = await Promise.all(connections.map(exchange));
    const bodies = recorders.map(({ response }) => response?.body.toString());
    expect(bodies).toEqual(Array.from({ length: 50 }, (_, index) => String(index).repeat(200)));
  });

  it('rejects a connect that is refused, with what to do', async () => {
    const server = createServer();
    const port = await portOf(server);
    await new Promise((resolve) => server.close(resolve));
    const connection = new Connection(settingsFor(port));
    await expect(connection.connect()).rejects.toMatchObject({
      code: 'TARGET_UNAVAILABLE',
      what: `No connection to 127.0.0.1:${port}.`,
      why: expect.stringContaining('Nothing listens') as string,
    });
    expect((await exchange(connection)).events).toEqual(['not-sent']);
  });

  it('rejects a connect that is closed meanwhile', async () => {
    const connection = new Connection(settingsFor(await portOf(createServer())));
    const connecting = connection.connect();
    connection.close('Enough.');
    await expect(connecting).rejects.toMatchObject({ why: 'Enough.' });
  });
});
