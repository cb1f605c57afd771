import { describe, expect, it } from 'vitest';
import { redactRedisUrl, redisAddressOf } from '../../../../src/targets/stores/redis-url.ts';

describe('the URL of a Redis', () => {
  it.each([
    ['redis://localhost', { host: 'localhost', port: 6379, database: 0, tls: false }],
    ['rediss://db.example:7000/3', { host: 'db.example', port: 7000, database: 3, tls: true }],
    ['redis://:p%40ss@127.0.0.1', { user: undefined, password: 'p@ss' }],
    ['redis://ann:secret@[::1]:6380/', { host: '::1', user: 'ann', password: 'secret' }],
  ])('%s is understood', (text, address) => {
    expect(redisAddressOf(text)).toMatchObject(address);
  });

  it.each([
    'localhost:6379',
    'http://localhost',
    'redis://',
    'redis://localhost/name',
    // The driver would go to another host than the one that was consented to.
    'redis://localhost?host=elsewhere.example',
    'redis://localhost/0#1',
    'redis://a:%zz@localhost',
  ])('%s is refused, and not quoted', (text) => {
    expect(() => redisAddressOf(text)).toThrow(
      expect.objectContaining({ code: 'STORE_UNAVAILABLE' }),
    );
    expect(() => redisAddressOf(text)).not.toThrow(text);
  });

  it('is shown without its login', () => {
    expect(redactRedisUrl('rediss://ann:secret@[::1]/2')).toBe('rediss://[::1]:6379/2');
    expect(redactRedisUrl('redis://ann:secret@')).toBe('the given Redis URL');
  });
});
