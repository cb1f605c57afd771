import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openPostgres } from '../../../../src/targets/stores/postgres.ts';

/** One message of PostgreSQL's protocol: a letter, the length, the body. */
function message(letter: string, body: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(body.length + 4);
  return Buffer.concat([Buffer.from(letter), length, body]);
}

const authenticationOk = message('R', Buffer.alloc(4));
const ready = message('Z', Buffer.from('I'));
const done = message('C', Buffer.from('SELECT 0\0'));
const farewell = message('E', Buffer.from('SFATAL\0C57P01\0Mthe server is going down\0\0'));

let server: Server;

/** A server that answers the first statement and says goodbye in the same packet. */
beforeAll(async () => {
  server = createServer((socket) => {
    let greeted = false;
    socket.on('error', () => undefined);
    socket.on('data', () => {
      socket.write(
        greeted ? Buffer.concat([done, ready, farewell]) : Buffer.concat([authenticationOk, ready]),
      );
      if (greeted) socket.end();
      greeted = true;
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});

afterAll(() => {
  server.close();
});

it('a server that goes while a connection changes hands fails a transaction, not the process', async () => {
  const { port } = server.address() as AddressInfo;
  const store = openPostgres(
    { host: '127.0.0.1', port, user: 'me', database: 'x' },
    { poolMax: 1 },
  );
  const first = store.query('SELECT');
  // Waits for the only connection, and gets it just before the goodbye is read.
  const second = store.transaction((tx) => tx.query('SELECT'));
  await first;
  await expect(second).rejects.toThrow();
  await store.close();
});
