import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { flashsim } from '../helpers/cli.ts';

/** A server of one's own, at some URL of this machine. */
async function ownServer(serve: RequestListener): Promise<string> {
  const server = createServer(serve);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

it('finds the knee of a server that takes one request at a time', async () => {
  let busy: Promise<void> = Promise.resolve();
  const url = await ownServer((_, response) => {
    busy = busy.then(() => new Promise((resolve) => setTimeout(resolve, 4)));
    void busy.then(() => response.end('{}'));
  });
  const ran = await flashsim(['saturate', url, '--max-connections', '64', '--step', '500ms']);
  expect(ran.stdout, ran.stderr).toMatch(/Knee +[1-8] connections?: \d+ a second/);
  expect(ran.code).toBe(0);
  expect(ran.stderr).toMatch(/measuring 2 connections \(1 connection: \d+ good answers/);
});
