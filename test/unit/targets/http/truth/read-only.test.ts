import { describe, expect, it } from 'vitest';
import { isReadOnlySql } from '../../../../../src/targets/http/truth/read-only-sql.ts';
import { isReadCommand, wordsOf } from '../../../../../src/targets/http/truth/redis-commands.ts';

describe('a query of a probe', () => {
  it.each([
    'SELECT 1',
    '  select * from orders;',
    'WITH a AS (SELECT 1) SELECT * FROM a',
    "SELECT 'a; DELETE FROM orders'",
    'SELECT "a;b" FROM t',
    '-- all of them\nSELECT id FROM orders',
    '/* all */ (SELECT id FROM orders)',
    'TABLE orders',
  ])('%j only reads', (sql) => {
    expect(isReadOnlySql(sql)).toBe(true);
  });

  it.each([
    '',
    'DELETE FROM orders',
    'UPDATE products SET stock = 1',
    'SELECT 1; DELETE FROM orders',
    'COMMIT',
    '/* SELECT */ DROP TABLE orders',
    "SELECT * FROM orders INTO OUTFILE '/tmp/x'",
    'SELECTED',
    'SET default_transaction_read_only = off',
  ])('%j may write', (sql) => {
    expect(isReadOnlySql(sql)).toBe(false);
  });
});

describe('a command of a probe', () => {
  it.each(['GET stock:1', 'hvals orders', 'LRANGE orders 0 -1'])('%j only reads', (command) => {
    expect(isReadCommand(command)).toBe(true);
  });

  it.each([
    '',
    'SET a 1',
    'DEL a',
    'EVAL "return 1" 0',
    'GETDEL a',
    'GETSET a 1',
    'FLUSHALL',
    'CONFIG GET *',
  ])('%j may write, or is none that is known', (command) => {
    expect(isReadCommand(command)).toBe(false);
  });

  it('may have words with blanks in them', () => {
    expect(wordsOf('HGET "the orders" a')).toEqual(['HGET', 'the orders', 'a']);
  });
});
