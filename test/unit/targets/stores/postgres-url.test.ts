import { inspect } from 'node:util';
import fc from 'fast-check';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { FlashsimError } from '../../../../src/core/errors.ts';
import {
  parsePostgresUrl,
  postgresAddressOf,
  redactPostgresUrl,
} from '../../../../src/targets/stores/postgres-url.ts';

describe('postgresAddressOf', () => {
  it.each([
    ['postgres://u:p@db.example:6543/shop', 'db.example', 6543, 'shop'],
    ['postgresql://db.example', 'db.example', 5432, undefined],
    ['postgres://u@[::1]:5433/shop', '::1', 5433, 'shop'],
    ['postgres://u@%2Ftmp%2FAb/shop', '/tmp/Ab', 5432, 'shop'],
    ['postgres://localhost/shop?host=evil.example', 'evil.example', 5432, 'shop'],
    ['postgres://localhost:1/shop?port=2', 'localhost', 2, 'shop'],
    ['postgres://localhost/shop?host=localhost&host=evil.example', 'evil.example', 5432, 'shop'],
    ['postgres://db.example/shop?host=', 'db.example', 5432, 'shop'],
    ['postgres://db.example/shop?database=other', 'db.example', 5432, 'shop'],
    ['postgres:///shop', 'localhost', 5432, 'shop'],
    ['postgres://u:p@/shop', 'localhost', 5432, 'shop'],
  ])('reads %s as the driver does', (url, host, port, database) => {
    expect(postgresAddressOf(url)).toEqual({ host, port, database });
    const driver = new pg.Client({ user: 'u', connectionString: parsePostgresUrl(url).href });
    expect([driver.host, driver.port]).toEqual([host, port]);
    if (database !== undefined) expect(driver.database).toBe(database);
  });

  it.each([
    '',
    'shop',
    'http://u:s3cret@db.example/shop',
    'postgres:shop',
    'postgres://u:s3cret@host:port/shop',
  ])('refuses %j without quoting it', (url) => {
    const error = thrownBy(() => postgresAddressOf(url));
    expect(error).toBeInstanceOf(FlashsimError);
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

describe('parsePostgresUrl', () => {
  it('names a host where the driver would have taken one from the environment', () => {
    expect(parsePostgresUrl('postgres://u:p@/shop').href).toBe('postgres://u:p@localhost/shop');
  });
});

describe('redactPostgresUrl', () => {
  it('never shows the password, wherever it was written', () => {
    const password = fc.stringMatching(/^[A-Z0-9]{8,20}$/);
    fc.assert(
      fc.property(password, fc.boolean(), (secret, asParameter) => {
        const url = asParameter
          ? `postgres://u@db.example/shop?password=${secret}`
          : `postgres://u:${secret}@db.example/shop`;
        expect(redactPostgresUrl(url)).toBe('postgres://db.example:5432/shop');
      }),
    );
  });

  it('shows nothing of a URL that cannot be read', () => {
    expect(redactPostgresUrl('postgres://u:p w@ho st')).toBe('the given PostgreSQL URL');
  });
});
