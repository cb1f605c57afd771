import { describe, expect, it } from 'vitest';
import { connectError } from '../../../src/transport/connect-error.ts';

const endpoint = { host: 'shop.test', port: 443, tls: true };

describe('connectError', () => {
  it.each([
    ['ECONNREFUSED', 'TARGET_UNAVAILABLE', 'Nothing listens there'],
    ['EMFILE', 'TOO_MANY_CONNECTIONS', 'as many files and sockets'],
    ['EADDRNOTAVAIL', 'TOO_MANY_CONNECTIONS', 'No local port is free'],
    ['EWEIRD', 'TARGET_UNAVAILABLE', 'from the system'],
  ])('explains %s', (systemCode, code, why) => {
    const cause = Object.assign(new Error('from the system'), { code: systemCode });
    const error = connectError(endpoint, cause);
    expect(error.code).toBe(code);
    expect(error.what).toBe('No connection to shop.test:443.');
    expect(error.why).toContain(why);
    expect(error.fix).not.toBe('');
  });

  it('takes a reason in words', () => {
    expect(connectError(endpoint, 'Enough.').why).toBe('Enough.');
  });
});
