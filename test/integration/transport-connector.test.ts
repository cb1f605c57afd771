import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { createSecureContext, createServer as createTlsServer } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { nsPerMs } from '../../src/core/clock.ts';
import { Connection } from '../../src/transport/connection.ts';
import { Connector, createConnector } from '../../src/transport/connector.ts';
import { testCertificate } from './transport-certificate.ts';
import {
  answered,
  cleanUp,
  cleanups,
  exchange,
  now,
  portOf,
  rawServer,
  settingsFor,
} from './transport-fixture.ts';

afterEach(cleanUp);

describe('Connection with TLS', () => {
  const tlsServer = () =>
    createTlsServer({ ...testCertificate }, (socket) => {
      socket.on('error', () => undefined);
      socket.on('data', () => socket.write('HTTP/1.1 201 OK\r\nContent-Length: 2\r\n\r\nok'));
    });

  it('sends requests to a server whose certificate is trusted', async () => {
    const port = await portOf(tlsServer());
    const connector = createConnector({
      endpoint: { host: 'localhost', port, tls: true },
      now,
      secureContext: createSecureContext({ ca: testCertificate.cert }),
    });
    const connection = await connector.connect();
    cleanups.push(() => connection.close());
    for (let index = 0; index < 2; index += 1) {
      const recorder = await exchange(connection);
      expect(recorder.events).toEqual(answered);
      expect(recorder.response?.body.toString()).toBe('ok');
    }
  });

  it('shows a certificate of its own to a server that asks for one', async () => {
    const server = createTlsServer(
      { ...testCertificate, ca: testCertificate.cert, requestCert: true, rejectUnauthorized: true },
      (socket) => {
        socket.on('error', () => undefined);
        socket.on('data', () => {
          const CN = String(socket.getPeerCertificate().subject.CN);
          socket.write(`HTTP/1.1 201 OK\r\nContent-Length: ${CN.length}\r\n\r\n${CN}`);
        });
      },
    );
    const port = await portOf(server);
    const endpoint = { host: 'localhost', port, tls: true };
    const known = { ca: testCertificate.cert };
    const secureContext = createSecureContext({ ...testCertificate, ...known });
    const connection = await createConnector({ endpoint, now, secureContext }).connect();
    cleanups.push(() => connection.close());
    expect((await exchange(connection)).response?.body.toString()).toBe('localhost');

    // Without one: TLS 1.3 lets the client believe for a moment that it is connected.
    const stranger = createConnector({
      endpoint,
      now,
      secureContext: createSecureContext(known),
    });
    const refused = await stranger.connect().then(
      async (open) => (await exchange(open)).events.at(-1),
      () => 'not connected',
    );
    expect(['not connected', 'reset', 'not-sent']).toContain(refused);
  });

  it('does not connect to a server whose certificate is not trusted', async () => {
    const port = await portOf(tlsServer());
    const connection = new Connection({ endpoint: { host: '127.0.0.1', port, tls: true }, now });
    await expect(connection.connect()).rejects.toMatchObject({ code: 'TARGET_UNAVAILABLE' });
  });
});

describe('Connector', () => {
  it('opens 2,000 connections with never more than 256 under way', async () => {
    const server = createServer({ noDelay: true }, (socket) => {
      cleanups.push(() => socket.destroy());
    });
    cleanups.push(() => server.close());
    await once(server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }), 'listening');
    const { port } = server.address() as AddressInfo;
    // Counted apart from the connector's own gauge.
    let underWay = 0;
    let peak = 0;
    class CountedConnection extends Connection {
      override async connect(address?: string): Promise<void> {
        underWay += 1;
        peak = Math.max(peak, underWay);
        try {
          await super.connect(address);
        } finally {
          underWay -= 1;
        }
      }
    }
    const settings = settingsFor(port);
    const connector = new Connector(settings.endpoint, () => new CountedConnection(settings));

    const connections = await Promise.all(Array.from({ length: 2000 }, () => connector.connect()));
    expect(connections.every(({ open }) => open)).toBe(true);
    expect(peak).toBe(256);
    for (const connection of connections) connection.close();
  });

  it('goes on to the next address of a host, and begins there the next time', async () => {
    // localhost is ::1 as well on most machines; the server listens on 127.0.0.1 only.
    const port = await rawServer((socket) => socket.write('HTTP/1.1 201 OK\r\n\r\n'));
    const connector = createConnector({ endpoint: { host: 'localhost', port, tls: false }, now });
    for (let index = 0; index < 2; index += 1) {
      const connection = await connector.connect();
      expect(connection.open).toBe(true);
      connection.close();
    }
  });

  it('gives up a server that does not answer the handshake, within its time', async () => {
    // TLS is awaited for ever: the server accepts and says nothing.
    const port = await portOf(createServer(() => undefined));
    const connector = createConnector({
      endpoint: { host: '127.0.0.1', port, tls: true },
      now,
      connectTimeoutMs: 50,
    });
    const startNs = now();
    await expect(connector.connect()).rejects.toMatchObject({
      why: 'No connection within 50.0 ms.',
    });
    expect(now() - startNs).toBeGreaterThanOrEqual(49 * nsPerMs);
  });
});
