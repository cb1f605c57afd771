import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  isSecretName,
  literalsOf,
  Secrets,
  secretsOfQuery,
  secretsOfUrls,
} from '../../../src/core/secrets.ts';

describe('Secrets', () => {
  it('masks what it has learnt wherever it stands, the longest first', () => {
    const secrets = new Secrets(['hunter2', 'hunter2-longer']);
    expect(secrets.text('a hunter2-longer, hunter2.')).toBe('a ***, ***.');
  });

  it('knows a secret again in JSON and in a URL', () => {
    const secrets = new Secrets(['p@ss "w/rd"']);
    const forms = ['p@ss "w/rd"', JSON.stringify('p@ss "w/rd"'), 'p%40ss%20%22w%2Frd%22'];
    for (const form of forms) expect(secrets.text(form)).not.toContain('ss');
    expect(new Secrets(['p%40ssword%2F']).text('p@ssword/')).toBe('***');
  });

  it('lets words be that stand in every report', () => {
    const secrets = new Secrets(['pass', '', 'postgres', 'password']);
    expect(secrets.text('pass: postgres, password')).toBe('pass: postgres, password');
    expect(secrets.values).toEqual([]);
  });

  it('masks texts in plain values, leaves their keys, and hands on what is no plain value', () => {
    const secrets = new Secrets(['hunter2']);
    const column = new Float64Array([1]);
    const value = { hunter2: ['x hunter2', 5, null, { deep: 'hunter2' }], column, none: undefined };
    expect(secrets.redact(value)).toEqual({
      hunter2: ['x ***', 5, null, { deep: '***' }],
      column,
      none: undefined,
    });
    expect(secrets.redact(value).column).toBe(column);
  });

  it('leaves no secret in any text', () => {
    const secret = fc.string({ minLength: 6, maxLength: 20 }).filter((text) => {
      const kept = new Secrets([text]).values;
      return text.trim() === text && kept.includes(text) && !text.includes('***');
    });
    fc.assert(
      fc.property(secret, fc.string(), fc.string(), (text, before, after) => {
        fc.pre(!text.includes('*'));
        expect(new Secrets([text]).text(before + text + after)).not.toContain(text);
      }),
    );
  });
});

describe('what is taken for a secret', () => {
  it.each([
    ['Authorization', true],
    ['X-Api-Key', true],
    ['apikey', true],
    ['accessToken', true],
    ['DB_PASS', true],
    ['SHOP_PASSWORD_FILE', true],
    ['clientSecret', true],
    ['Set-Cookie', true],
    ['key', false],
    ['Idempotency-Key', false],
    ['passenger', false],
    ['compass', false],
    ['product', false],
  ])('the name %s: %s', (name, expected) => {
    expect(isSecretName(name)).toBe(expected);
  });

  it.each<[string, readonly string[]]>([
    ['http://localhost:3000/x?page=2', []],
    ['postgres://shop:p%40ss@db/shop?sslmode=require', ['p%40ss']],
    ['redis://:only@db', ['only']],
    ['https://tokenalone@host/', ['tokenalone']],
    ['see https://h/x?access_token=abc&v=1#frag, then', ['abc']],
    ['https://h/x?q=Zm9vYmFyMTIzNDU2Nzg5', ['Zm9vYmFyMTIzNDU2Nzg5']],
  ])('in the URL %s: %j', (text, expected) => {
    expect(secretsOfUrls(text)).toEqual(expected);
  });

  it('in a path with placeholders: what the path says itself', () => {
    expect(secretsOfQuery('/x?key={{key}}&sig=abc{{user.id}}def')).toEqual(['abc', 'def']);
    expect(literalsOf('Bearer {{login.token}}')).toEqual([]);
    expect(literalsOf('Basic c2hvcDpodW50ZXIy')).toEqual(['c2hvcDpodW50ZXIy']);
  });
});
