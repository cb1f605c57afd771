import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseMysqlUrl, redactMysqlUrl } from '../../../../src/targets/stores/mysql-url.ts';

describe('parseMysqlUrl', () => {
  it.each([
    ['mysql://u:p@db.example:3307', { host: 'db.example', port: 3307, user: 'u', password: 'p' }],
    ['mariadb://u@db.example', { host: 'db.example', port: 3306, user: 'u' }],
    ['mysql://u@[::1]:3307/shop', { host: '::1', port: 3307, user: 'u' }],
    ['mysql://%C3%BC:p%40ss@localhost', { host: 'localhost', user: 'ü', password: 'p@ss' }],
    [
      'mysql://u@db.example?socket=%2Frun%2Fmysqld.sock',
      { host: 'localhost', socketPath: '/run/mysqld.sock' },
    ],
    ['mysql://u@db.example?ssl-mode=REQUIRED', { sslMode: 'required' }],
    ['mysql://u@db.example?ssl-mode=verify_identity', { sslMode: 'verify-identity' }],
    ['mysql://u@db.example', { sslMode: 'disabled' }],
  ])('reads %s', (url, expected) => {
    expect(parseMysqlUrl(url)).toMatchObject(expected);
  });

  it.each([
    ['', /form/],
    ['shop', /form/],
    ['postgres://u:s3cret@db.example', /form/],
    ['mysql://db.example', /form/],
    ['mysql://u:s3cret@host:port', /form/],
    ['mysql://u:s3cret@', /form|no host/],
    ['mysql://u:%zzs3cret@db.example', /%/],
    ['mysql://u:s3cret@db.example?socket=run', /absolute/],
    ['mysql://u:s3cret@db.example?ssl-mode=maybe', /ssl-mode/],
    // The driver would take its host from there, to which nobody has consented.
    ['mysql://u:s3cret@localhost?host=evil.example', /parameters/],
    ['mysql://u:s3cret@localhost?multipleStatements=true', /parameters/],
  ])('refuses %j without quoting it', (url, why) => {
    const error = thrownBy(() => parseMysqlUrl(url));
    expect(error).toMatchObject({
      code: 'STORE_UNAVAILABLE',
      why: expect.stringMatching(why) as string,
    });
    expect(inspect(error, { depth: 10 })).not.toContain('s3cret');
  });
});

function thrownBy(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  return undefined;
}

describe('redactMysqlUrl', () => {
  it('never shows user, password or database', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[A-Z0-9]{8,20}$/), (secret) => {
        const url = `mysql://${secret}:${secret}@db.example/${secret}?ssl-mode=REQUIRED`;
        expect(redactMysqlUrl(url)).toBe('mysql://db.example:3306');
      }),
    );
  });

  it.each([
    ['mysql://u:p@[::1]/shop', 'mysql://[::1]:3306'],
    ['mysql://u:p@localhost?socket=/run/s', 'mysql://localhost?socket=/run/s'],
    ['mysql://u:p w@ho st', 'the given MySQL URL'],
  ])('shows of %s that it is %s', (url, shown) => {
    expect(redactMysqlUrl(url)).toBe(shown);
  });
});
