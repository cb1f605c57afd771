import { describe, expect, it } from 'vitest';
import { schemaNameOf } from '../../../../src/targets/reference/postgres/schema.ts';
import {
  Problem,
  problems,
  retryAfterSeconds,
} from '../../../../src/targets/reference/problems.ts';
import {
  eventOf,
  keyOfHeaders,
  loginOf,
  orderOf,
  saleOf,
  tokenOf,
} from '../../../../src/targets/reference/request-values.ts';

const codeOf = (work: () => unknown): string | undefined => {
  try {
    work();
    return undefined;
  } catch (error) {
    return error instanceof Problem ? error.code : `not a problem: ${String(error)}`;
  }
};

describe('values of a request', () => {
  it.each([
    { productId: 'p', quantity: 0 },
    { productId: 'p', quantity: 1.5 },
    { productId: 'p', quantity: 1e9 },
    { productId: 'p', quantity: -1 },
    { productId: 'p', quantity: '1' },
    { productId: 'p' },
    { productId: '', quantity: 1 },
    { productId: 'a\u0000b', quantity: 1 },
    { productId: 'x'.repeat(129), quantity: 1 },
    { productId: 5, quantity: 1 },
    [],
    null,
    undefined,
    'text',
  ])('refuse the order %j', (body) => {
    expect(codeOf(() => orderOf(body))).toBe('bad-request');
  });

  it('accept an order and drop what is not asked for', () => {
    expect(orderOf({ productId: 'p', quantity: 3, price: 0 })).toEqual({
      productId: 'p',
      quantity: 3,
    });
  });

  it.each([undefined, '', 'a b', 'x'.repeat(256), 'ü'])('refuse the key %j', (key) => {
    expect(codeOf(() => keyOfHeaders(key === undefined ? {} : { 'idempotency-key': key }))).toBe(
      'bad-request',
    );
  });

  it.each([undefined, '', 'Basic abc', 'Bearer', 'Bearer a b'])('refuse to log in %j', (value) => {
    const headers = value === undefined ? {} : { authorization: value };
    expect(codeOf(() => tokenOf(headers))).toBe('unauthorized');
  });

  it('accept a login and a token', () => {
    expect(loginOf({ userId: 'u', deviceId: 'd' })).toEqual({ userId: 'u', deviceId: 'd' });
    expect(tokenOf({ authorization: 'bearer abc' })).toBe('abc');
  });

  it('accept a sale without instants, and refuse one with text for them', () => {
    expect(saleOf({ products: [{ id: 'p', stock: 1, limitPerUser: null }] })).toEqual({
      runId: undefined,
      opensAtMs: null,
      closesAtMs: null,
      products: [{ id: 'p', stock: 1 }],
    });
    expect(codeOf(() => saleOf({ opensAt: 'now' }))).toBe('bad-request');
    expect(codeOf(() => saleOf({ products: [{ id: 'p', stock: -1 }] }))).toBe('bad-request');
  });

  it('accept events', () => {
    const restock = { kind: 'restock', productId: 'p', quantity: 5 };
    expect(eventOf({ runId: 'r', ...restock })).toEqual({ runId: 'r', event: restock });
    expect(eventOf({ kind: 'close', productId: 'p' })).toEqual({
      runId: undefined,
      event: { kind: 'close' },
    });
  });

  it.each([
    {},
    [],
    { kind: 'open' },
    { kind: 'restock', productId: 'p' },
    { kind: 'restock', productId: 'p', quantity: 0 },
    { kind: 'restock', productId: 'p', quantity: -5 },
    { kind: 'restock', quantity: 1 },
    { kind: 'close', runId: 7 },
  ])('refuse the event %j', (body) => {
    expect(codeOf(() => eventOf(body))).toBe('bad-request');
  });
});

describe('problems', () => {
  it('carry type, title, status, detail and code', () => {
    expect(JSON.parse(new Problem('sold-out').toJson())).toEqual({
      type: 'urn:flashsim:problem:sold-out',
      title: problems['sold-out'].title,
      status: 409,
      detail: problems['sold-out'].title,
      code: 'sold-out',
    });
  });

  it.each([
    [0, 1],
    [1, 1],
    [1000, 1],
    [1001, 2],
  ])('ask to wait %s ms as %s s', (ms, seconds) => {
    expect(retryAfterSeconds(ms)).toBe(seconds);
  });
});

describe('schemaNameOf', () => {
  it('makes a name that needs no quotes and fits', () => {
    expect(schemaNameOf('2025-01-02T03:04-Ab')).toBe('flashsim_2025_01_02t03_04_ab');
    expect(schemaNameOf('x'.repeat(100))).toHaveLength(63);
  });
});
