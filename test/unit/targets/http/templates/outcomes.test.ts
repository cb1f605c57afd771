import { describe, expect, it } from 'vitest';
import type { Operation } from '../../../../../src/history/vocabulary.ts';
import type { RequestTemplate } from '../../../../../src/targets/http/options.ts';
import type { WireResponse } from '../../../../../src/targets/target.ts';
import { answer, order, protocolOf } from './wire.ts';

const classify = (response: WireResponse, operation: Operation = 'order') =>
  protocolOf().classify(operation, response);

describe('an answer', () => {
  it.each([
    ['ok', answer(201, { id: 'o1' }), { outcome: 'ok', code: 'ok', orderId: 'o1' }],
    [
      'an id that is a number',
      answer(201, { id: 12 }),
      { outcome: 'ok', code: 'ok', orderId: '12' },
    ],
    ['pending', answer(202, { id: 'o1' }), { outcome: 'info', code: 'pending', orderId: 'o1' }],
    ['sold-out', answer(410, { code: 'ALL_SOLD' }), { outcome: 'fail', code: 'sold-out' }],
    ['limited', answer(420, '', { 'x-reason': 'too fast' }), { outcome: 'fail', code: 'limited' }],
    [
      'not-open in a page of status 200',
      answer(200, '<p>Not yet!</p>'),
      { outcome: 'fail', code: 'not-open' },
    ],
  ])('means %s by the first rule that fits', (_what, response, meaning) => {
    expect(classify(response)).toEqual(meaning);
  });

  it.each([
    ['a success that no rule names', answer(200, { id: 'o1' })],
    ['a conflict with another code', answer(409, { code: 'OTHER' })],
    ['a limit with another header', answer(429, '', { 'x-reason': 'other' })],
    ['HTML where JSON should be', answer(409, '<html>SOLD</html>')],
    ['a redirect', answer(302, '', { location: 'https://login.example.com/?next=/orders' })],
    ['nothing', answer(204)],
  ])('that is %s means that nobody knows', (_what, response) => {
    const protocol = protocolOf();
    expect(protocol.classify('order', response)).toEqual({ outcome: 'info', code: 'unmapped' });
    expect(protocol.unmapped?.()).toHaveLength(1);
  });

  it('of 5xx means that nobody knows, without a word about rules', () => {
    const protocol = protocolOf();
    const meaning = protocol.classify('order', answer(503, 'x', { 'retry-after': '2' }));
    expect(meaning).toEqual({ outcome: 'info', code: 'server-error', retryAfterMs: 2_000 });
    expect(protocol.unmapped?.()).toEqual([]);
  });

  it('of 5xx may be declared', () => {
    const rules = [{ status: 503, is: 'overloaded' }] as const;
    const protocol = protocolOf({ order }, { outcomes: rules });
    expect(protocol.classify('order', answer(503))).toEqual({
      outcome: 'fail',
      code: 'overloaded',
    });
  });

  it('that is ok without the id that it should have is nothing to rely on', () => {
    const protocol = protocolOf();
    const meaning = protocol.classify('order', answer(201, { order: 'o1' }));
    expect(meaning).toEqual({ outcome: 'info', code: 'bad-response' });
    expect(protocol.unmapped?.()[0]?.example).toContain('"orderId" found nothing at $.id');
  });

  it.each(['not-found', 'unauthorized', 'limited'] as const)(
    'to a look-up that says %s with status 200 does not decide the order',
    (is) => {
      const status: RequestTemplate = {
        method: 'GET',
        path: '/o',
        outcomes: [{ status: 200, is }],
      };
      const meaning = protocolOf({ order, status }).classify('status', answer(200));
      expect(meaning).toEqual({ outcome: 'info', code: is });
    },
  );

  it('to a look-up may say that the order was refused', () => {
    const status: RequestTemplate = {
      method: 'GET',
      path: '/o',
      outcomes: [{ json: { '$.state': 'REFUSED' }, is: 'sold-out' }],
    };
    const meaning = protocolOf({ order, status }).classify(
      'status',
      answer(200, { state: 'REFUSED' }),
    );
    expect(meaning).toEqual({ outcome: 'fail', code: 'sold-out' });
  });

  it('tells the stock that is left, and who answered', () => {
    const page: RequestTemplate = {
      method: 'GET',
      path: '/p',
      capture: { remaining: { regex: '(\\d+) left' }, instance: { header: 'x-pod' } },
    };
    const response = answer(200, '<b>12 left</b>', { 'x-pod': 'web-3' });
    expect(protocolOf({ order, page }).classify('page', response)).toEqual({
      outcome: 'ok',
      code: 'ok',
      remaining: 12,
      instance: 'web-3',
    });
  });
});

describe('examples of answers that no rule fits', () => {
  it('are counted by kind, the first of each kept', () => {
    const protocol = protocolOf();
    for (const body of ['one', 'two', 'three']) protocol.classify('order', answer(200, body));
    protocol.classify('order', answer(418, 'teapot', { 'content-type': 'text/plain' }));
    expect(protocol.unmapped?.()).toEqual([
      { operation: 'order', status: 200, count: 3, example: 'one' },
      { operation: 'order', status: 418, count: 1, example: 'text/plain teapot' },
    ]);
  });

  it('hide what looks like a secret', () => {
    const protocol = protocolOf();
    const body = {
      accessToken: 'short',
      password: 'hunter2',
      note: 'eyJhbGciOiJIUzI1NiJ9.e30.abcdefghijklmnop123',
    };
    protocol.classify('order', answer(200, body));
    const example = protocol.unmapped?.()[0]?.example ?? '';
    expect(example).toContain('accessToken');
    for (const secret of ['short', 'hunter2', 'eyJhb']) expect(example).not.toContain(secret);
  });

  it('of a redirect say where to, without its query', () => {
    const protocol = protocolOf();
    protocol.classify('order', answer(302, '', { location: '/login?session=secret' }));
    expect(protocol.unmapped?.()[0]?.example).toBe('to /login without a body');
  });

  it('of 10 MB stay short, and are no JSON', () => {
    const protocol = protocolOf();
    const body = `{"code":"SOLD","pad":"${'x'.repeat(10 * 1024 * 1024)}"}`;
    expect(protocol.classify('order', answer(409, body)).code).toBe('unmapped');
    expect(protocol.unmapped?.()[0]?.example.length).toBeLessThan(300);
  });
});
