import { describe, expect, it } from 'vitest';
import { isLoopbackHost } from '../../../src/core/net.ts';

describe('isLoopbackHost', () => {
  it.each([
    'localhost',
    'LOCALHOST.',
    'shop.localhost',
    '127.0.0.1',
    '127.8.9.10',
    '::1',
    '[::1]',
    '0:0:0:0:0:0:0:1',
    '::ffff:127.0.0.1',
  ])('takes %s for this machine', (host) => {
    expect(isLoopbackHost(host)).toBe(true);
  });

  it.each([
    '',
    'example.com',
    'localhost.example.com',
    'notlocalhost',
    '127.0.0.1.example.com',
    '128.0.0.1',
    '10.0.0.1',
    '0.0.0.0',
    '127.1',
    '::',
    '::2',
    '::ffff:10.0.0.1',
    '/tmp',
  ])('takes %j for another machine', (host) => {
    expect(isLoopbackHost(host)).toBe(false);
  });
});
