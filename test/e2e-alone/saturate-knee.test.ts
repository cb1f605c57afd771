import { expect, it } from 'vitest';
import { flashsim } from '../helpers/cli.ts';
import { ownServer } from '../helpers/own-server.ts';

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
