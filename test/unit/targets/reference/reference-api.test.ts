import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Operation } from '../../../../src/history/vocabulary.ts';
import { createReferenceProtocol } from '../../../../src/targets/reference-api.ts';
import type { RequestContext, WireResponse } from '../../../../src/targets/target.ts';

const protocol = createReferenceProtocol({
  target: 'reference',
  endpoint: { host: '127.0.0.1', port: 8080, tls: false },
  basePath: '/shop',
});
const context: RequestContext = { userId: 'u1', deviceId: 'u1-d0', token: 'secret-token' };

function response(status: number, body: unknown, headers: Record<string, string> = {}) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return {
    status,
    header: (name: string) => headers[name],
    body: Buffer.from(body === undefined ? '' : text),
  } satisfies WireResponse;
}

const text = (operation: Operation, more: Partial<RequestContext> = {}) =>
  protocol.request(operation, { ...context, ...more }).toString('utf8');

describe('requests of the reference API', () => {
  it('send a login without authorisation', () => {
    expect(text('login')).toBe(
      'POST /shop/login HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nContent-Type: application/json\r\n' +
        'Content-Length: 34\r\n\r\n{"userId":"u1","deviceId":"u1-d0"}',
    );
  });

  it('send an order with token and key', () => {
    expect(text('order', { productId: 'p', quantity: 2, key: 'run-1' })).toBe(
      'POST /shop/orders HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nAuthorization: Bearer secret-token\r\n' +
        'Idempotency-Key: run-1\r\nContent-Type: application/json\r\nContent-Length: 30\r\n\r\n' +
        '{"productId":"p","quantity":2}',
    );
  });

  it.each<[Operation, Partial<RequestContext>, string]>([
    ['page', { productId: 'a b/c' }, 'GET /shop/products/a%20b%2Fc HTTP/1.1'],
    ['status', { key: 'run-1' }, 'GET /shop/orders/by-key/run-1 HTTP/1.1'],
    ['status', { orderId: 'o1' }, 'GET /shop/orders/o1 HTTP/1.1'],
    ['logout', {}, 'DELETE /shop/session HTTP/1.1'],
    ['health', {}, 'GET /shop/health HTTP/1.1'],
    ['cancel', { orderId: 'o1' }, 'DELETE /shop/orders/o1 HTTP/1.1'],
  ])('ask for %s %j with `%3$s`', (operation, more, line) => {
    expect(text(operation, more).split('\r\n')[0]).toBe(line);
    expect(text(operation, more).endsWith('\r\n\r\n')).toBe(true);
  });

  it('count the length of a body in bytes', () => {
    const request = text('login', { userId: 'ü', deviceId: '売' });
    const [head = '', body = ''] = request.split('\r\n\r\n');
    expect(head).toContain(`Content-Length: ${Buffer.byteLength(body)}`);
  });

  it.each(['a\r\nX: 1', 'a b', '', 'ü'])('refuse %j as a header value', (value) => {
    expect(() => text('order', { productId: 'p', quantity: 1, key: value })).toThrow('key');
    expect(() => text('page', { productId: 'p', token: value })).toThrow('token');
  });

  it('bracket an IPv6 address in the host header', () => {
    const other = createReferenceProtocol({
      target: 'http',
      endpoint: { host: '::1', port: 80, tls: false },
      basePath: '',
    });
    expect(other.request('health', context).toString()).toContain('\r\nHost: [::1]:80\r\n');
  });
});

describe('answers of the reference API', () => {
  const problem = (code: string) => ({ type: `urn:flashsim:problem:${code}`, code });
  it.each<[Operation, WireResponse, object]>([
    ['login', response(201, { token: 't' }), { outcome: 'ok', code: 'ok', token: 't' }],
    ['login', response(201, { token: 'a\r\nb' }), { outcome: 'info', code: 'bad-response' }],
    ['login', response(201, {}), { outcome: 'info', code: 'bad-response' }],
    [
      'order',
      response(201, { orderId: 'o', remaining: 3 }),
      { outcome: 'ok', code: 'ok', orderId: 'o', remaining: 3 },
    ],
    ['order', response(201, { orderId: 7 }), { outcome: 'ok', code: 'ok', orderId: '7' }],
    ['order', response(201, {}), { outcome: 'info', code: 'bad-response' }],
    ['order', response(201, '{'), { outcome: 'info', code: 'bad-response' }],
    ['order', response(201, undefined), { outcome: 'info', code: 'bad-response' }],
    ['order', response(302, undefined), { outcome: 'info', code: 'bad-response' }],
    ['order', response(409, problem('sold-out')), { outcome: 'fail', code: 'sold-out' }],
    ['order', response(409, problem('in-progress')), { outcome: 'info', code: 'in-progress' }],
    ['order', response(409, '<html>'), { outcome: 'info', code: 'bad-response' }],
    ['order', response(403, problem('not-open')), { outcome: 'fail', code: 'not-open' }],
    ['order', response(422, problem('own-code')), { outcome: 'fail', code: 'own-code' }],
    ['order', response(422, problem('\u001b[2J')), { outcome: 'fail', code: 'bad-request' }],
    ['order', response(401, undefined), { outcome: 'fail', code: 'unauthorized' }],
    ['order', response(500, problem('sold-out')), { outcome: 'info', code: 'server-error' }],
    ['order', response(503, problem('overloaded')), { outcome: 'fail', code: 'overloaded' }],
    ['order', response(503, 'busy'), { outcome: 'info', code: 'server-error' }],
    ['page', response(200, { remaining: 0 }), { outcome: 'ok', code: 'ok', remaining: 0 }],
    ['status', response(404, problem('not-found')), { outcome: 'fail', code: 'not-found' }],
    ['status', response(200, { orderId: 'o' }), { outcome: 'ok', code: 'ok', orderId: 'o' }],
    [
      'status',
      response(200, { orderId: 'o', status: 'confirmed', remaining: 4 }),
      { outcome: 'ok', code: 'ok', orderId: 'o', remaining: 4 },
    ],
    [
      'status',
      response(200, { orderId: 'o', status: null }),
      { outcome: 'ok', code: 'ok', orderId: 'o' },
    ],
    ['status', response(200, { status: 'confirmed' }), { outcome: 'info', code: 'bad-response' }],
    [
      'status',
      response(200, { orderId: 'o', status: 'pending' }),
      { outcome: 'info', code: 'pending', orderId: 'o' },
    ],
    ['status', response(200, { status: 'pending' }), { outcome: 'info', code: 'pending' }],
    [
      'status',
      response(200, { orderId: 'o', status: 'cancelled' }),
      { outcome: 'ok', code: 'cancelled', orderId: 'o' },
    ],
    ['status', response(200, { status: 'cancelled' }), { outcome: 'info', code: 'bad-response' }],
    [
      'status',
      response(200, { orderId: 'o', status: 'rejected', code: 'sold-out' }),
      { outcome: 'fail', code: 'sold-out', orderId: 'o' },
    ],
    ['status', response(200, { status: 'rejected' }), { outcome: 'fail', code: 'rejected' }],
    [
      'status',
      response(200, { status: 'rejected', code: '\u001b[2J' }),
      { outcome: 'fail', code: 'rejected' },
    ],
    [
      'status',
      response(200, { status: 'rejected', code: 'ok' }),
      { outcome: 'fail', code: 'rejected' },
    ],
    [
      'status',
      response(200, { status: 'rejected', code: 'pending' }),
      { outcome: 'fail', code: 'rejected' },
    ],
    [
      'status',
      response(200, { orderId: 'o', status: 'lost' }),
      { outcome: 'info', code: 'bad-response' },
    ],
    [
      'status',
      response(200, { orderId: 'o', status: 7 }),
      { outcome: 'info', code: 'bad-response' },
    ],
    [
      'order',
      response(202, { orderId: 'o', status: 'pending', remaining: 3 }),
      { outcome: 'info', code: 'pending', orderId: 'o' },
    ],
    ['order', response(202, undefined), { outcome: 'info', code: 'pending' }],
    ['cancel', response(200, { orderId: 'o', status: 'cancelled' }), { outcome: 'ok', code: 'ok' }],
    ['cancel', response(204, undefined), { outcome: 'ok', code: 'ok' }],
    ['cancel', response(202, undefined), { outcome: 'info', code: 'pending' }],
    ['cancel', response(404, problem('not-found')), { outcome: 'fail', code: 'not-found' }],
    ['cancel', response(404, undefined), { outcome: 'fail', code: 'not-found' }],
    ['logout', response(204, undefined), { outcome: 'ok', code: 'ok' }],
    ['health', response(200, '{}'), { outcome: 'ok', code: 'ok' }],
  ])('to %s are understood (%#)', (operation, given, expected) => {
    expect(protocol.classify(operation, given)).toEqual(expected);
  });

  it.each([
    [{ 'retry-after': '3' }, 3_000],
    [{ 'retry-after': ' 0 ' }, 0],
    [
      {
        'retry-after': 'Wed, 21 Oct 2015 07:28:05 GMT',
        date: 'Wed, 21 Oct 2015 07:28:00 GMT',
      },
      5_000,
    ],
    [{ 'retry-after': 'Wed, 21 Oct 2015 07:28:05 GMT' }, 0],
    [{ 'retry-after': 'soon' }, undefined],
    [{ 'retry-after': '-1' }, undefined],
    [{}, undefined],
  ])('with the headers %j ask to wait %s ms', (headers, retryAfterMs) => {
    const given = response(429, problem('limited'), headers);
    expect(protocol.classify('order', given).retryAfterMs).toBe(retryAfterMs);
  });

  it('tell which server process answered, unless what they tell cannot be printed', () => {
    const classify = (instance: string) =>
      protocol.classify('health', response(200, '{}', { 'x-instance': instance })).instance;
    expect(classify('2')).toBe('2');
    expect(classify('\u001b[2J')).toBeUndefined();
  });

  it('never make it throw, whatever they are', () => {
    const operation = fc.constantFrom<Operation>('login', 'order', 'page', 'status', 'cancel');
    fc.assert(
      fc.property(
        operation,
        fc.integer({ min: 100, max: 999 }),
        fc.json(),
        (asked, status, body) => {
          const { outcome } = protocol.classify(asked, response(status, body));
          expect(['ok', 'fail', 'info']).toContain(outcome);
        },
      ),
    );
  });
});
