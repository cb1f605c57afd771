import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RequestTemplate } from '../../../../../src/targets/http/options.ts';
import type { TemplateSpec } from '../../../../../src/targets/http/template-spec.ts';
import { answer, context, order, protocolOf } from './wire.ts';

function written(
  template: Partial<RequestTemplate>,
  changes: Partial<TemplateSpec> = {},
  more: object = {},
): string {
  const requests = { order: { method: 'POST', path: '/o', ...template } };
  return protocolOf(requests, changes)
    .request('order', { ...context, ...more })
    .toString();
}

const bodyOf = (request: string): string => request.slice(request.indexOf('\r\n\r\n') + 4);

describe('a request by a template', () => {
  it('is whole HTTP/1.1', () => {
    const request = protocolOf().request('order', context).toString();
    expect(request).toBe(
      'POST /api/orders HTTP/1.1\r\nHost: shop:80\r\nContent-Type: application/json\r\n' +
        'Content-Length: 35\r\n\r\n{"sku":"shoe 1","n":2,"key":"r1-5"}',
    );
    const length = /Content-Length: (\d+)/.exec(request)?.[1];
    expect(Buffer.byteLength(bodyOf(request))).toBe(Number(length));
  });

  it('encodes each value for where it stands', () => {
    const tricky = { productId: 'a/b?c&d "é"' };
    expect(written({ path: '/p/{{product.id}}?q={{product.id}}' }, {}, tricky)).toContain(
      'POST /api/p/a%2Fb%3Fc%26d%20%22%C3%A9%22?q=a%2Fb%3Fc%26d%20%22%C3%A9%22 HTTP/1.1',
    );
    expect(bodyOf(written({ json: { p: 'x {{product.id}}' } }, {}, tricky))).toBe(
      '{"p":"x a/b?c&d \\"é\\""}',
    );
    expect(bodyOf(written({ form: { p: '{{product.id}}', 'a b': 'c&d' } }, {}, tricky))).toBe(
      'p=a%2Fb%3Fc%26d+%22%C3%A9%22&a+b=c%26d',
    );
    expect(bodyOf(written({ body: '<p>{{product.id}}</p>' }, {}, tricky))).toBe(
      '<p>a/b?c&d "é"</p>',
    );
  });

  it('counts the length of a body in bytes', () => {
    const request = written({ body: '{{product.id}}' }, {}, { productId: 'é€' });
    expect(request).toContain('Content-Length: 5\r\n');
  });

  it('makes numbers of what is a number, and of what is to be one', () => {
    const setup = { account: '12', name: 'no number' };
    const json = {
      a: '{{quantity}}',
      b: '{{user.number}}',
      c: '{{device.number}}',
      d: '{{setup.account}}',
      e: '{{setup.account | number}}',
      f: '{{setup.name | number}}',
      g: [true, null, 1.5, '{{quantity}} units'],
    };
    expect(JSON.parse(bodyOf(written({ json }, { setup })))).toEqual({
      a: 2,
      b: 17,
      c: 2,
      d: '12',
      e: 12,
      f: 'no number',
      g: [true, null, 1.5, '2 units'],
    });
  });

  it('has the headers of all requests, unless it has its own', () => {
    const request = written(
      { headers: { 'X-Common': 'own', 'X-User': '{{user.id}}' }, json: {} },
      { headers: { 'x-common': 'common', 'X-Run': '{{run.id}}' } },
    );
    expect(request).toContain('X-Common: own\r\n');
    expect(request).not.toContain('common: common');
    expect(request).toContain('X-User: u17\r\n');
    expect(request).toContain('X-Run: r1\r\n');
  });

  it('takes the person’s row of a feeder, on every device', () => {
    const rows = Array.from({ length: 20 }, (_, index) => [`p${index}@example.com`]);
    const feeders = { accounts: { columns: ['email'], rows } };
    expect(written({ path: '/{{accounts.email}}' }, { feeders })).toContain('/p17%40example.com ');
  });

  it('is JSON whatever the values are', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.nat(1_000), (productId, quantity) => {
        const json = { [productId]: '{{product.id}}', n: '{{quantity}}', t: 'a{{product.id}}b' };
        const text = bodyOf(written({ json: { p: json } }, {}, { productId, quantity }));
        const read = (JSON.parse(text) as { p: Record<string, unknown> }).p;
        expect(read['t']).toBe(`a${productId}b`);
        expect(read['n']).toBe(productId === 'n' || productId === 't' ? read['n'] : quantity);
      }),
    );
  });
});

describe('a session', () => {
  const login: RequestTemplate = {
    method: 'POST',
    path: '/login',
    form: { name: '{{user.id}}' },
    capture: { token: { json: '$.data.token' }, csrf: { header: 'x-csrf' } },
  };
  const requests = {
    login,
    order: {
      ...order,
      headers: { Authorization: 'Bearer {{login.token}}', 'X-Csrf': '{{login.csrf}}' },
    },
  };
  const welcome = answer(
    200,
    { data: { token: 'abc' } },
    {
      'x-csrf': 'c1',
      'set-cookie': 'sid=1; Path=/, theme=dark; Expires=Wed, 21 Oct 2026 07:28:00 GMT',
    },
  );

  it('is what the login captured, and its cookies', () => {
    const protocol = protocolOf(requests);
    const { token = '' } = protocol.classify('login', welcome);
    const request = protocol.request('order', { ...context, token }).toString();
    expect(request).toContain('Authorization: Bearer abc\r\n');
    expect(request).toContain('X-Csrf: c1\r\n');
    expect(request).toContain('Cookie: sid=1; theme=dark\r\n');
  });

  it('takes later cookies in, and gives up those that are deleted', () => {
    const protocol = protocolOf(requests);
    const { token = '' } = protocol.classify('login', welcome);
    const later = answer(201, { id: 1 }, { 'set-cookie': 'sid=2, theme=; Max-Age=0' });
    const { cookies = '' } = protocol.classify('order', later);
    const renewed = protocol.renew?.(token, cookies) ?? '';
    const request = protocol.request('order', { ...context, token: renewed }).toString();
    expect(request).toContain('Cookie: sid=2\r\n');
    expect(request).toContain('Bearer abc\r\n');
  });

  it('keeps no cookies where it should not', () => {
    const protocol = protocolOf(requests, { cookies: false });
    const { token = '' } = protocol.classify('login', welcome);
    expect(protocol.request('order', { ...context, token }).toString()).not.toContain('Cookie');
  });

  it.each([
    ['a wrong path of the token', answer(200, { token: 'abc' }, { 'x-csrf': 'c1' })],
    ['no header', answer(200, { data: { token: 'abc' } })],
    ['HTML', answer(200, '<html>welcome</html>', { 'x-csrf': 'c1' })],
    ['a token that would end a line', answer(200, { data: { token: 'a\nb' } }, { 'x-csrf': 'c' })],
  ])('is not begun by %s, and an example is kept', (_what, response) => {
    const protocol = protocolOf(requests);
    expect(protocol.classify('login', response)).toEqual({ outcome: 'info', code: 'bad-response' });
    expect(protocol.unmapped?.()).toMatchObject([
      {
        operation: 'login',
        status: 200,
        count: 1,
        example: expect.stringContaining('found nothing at') as string,
      },
    ]);
  });

  it('needs no login where there is none', () => {
    const protocol = protocolOf({ order });
    expect(protocol.session).toBe('');
    expect(protocolOf(requests).session).toBeUndefined();
  });
});

describe('what a server can be asked', () => {
  const status: RequestTemplate = { method: 'GET', path: '/orders/{{order.id}}', outcomes: [] };

  it('is what there are templates for, with what they need', () => {
    const protocol = protocolOf({ order, status });
    expect(protocol.supports?.('order', {})).toBe(true);
    expect(protocol.supports?.('cancel', { orderId: 'o1' })).toBe(false);
    expect(protocol.supports?.('status', {})).toBe(false);
    expect(protocol.supports?.('status', { orderId: 'o1' })).toBe(true);
  });
});
