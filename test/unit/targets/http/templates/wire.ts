import type { RequestTemplate, RequestTemplates } from '../../../../../src/targets/http/options.ts';
import type { TemplateSpec } from '../../../../../src/targets/http/template-spec.ts';
import { createTemplateProtocol } from '../../../../../src/targets/http/templates/protocol.ts';
import type { Protocol, WireResponse } from '../../../../../src/targets/target.ts';

/** An answer as the transport gives it. */
export function answer(
  status: number,
  body: unknown = '',
  headers: Readonly<Record<string, string>> = {},
): WireResponse {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return { status, header: (name) => headers[name.toLowerCase()], body: Buffer.from(text) };
}

export const order: RequestTemplate = {
  method: 'POST',
  path: '/orders',
  json: { sku: '{{product.id}}', n: '{{quantity}}', key: '{{key}}' },
  capture: { orderId: { json: '$.id' } },
  outcomes: [
    { status: 201, is: 'ok' },
    { status: 202, is: 'pending' },
    { status: [409, 410], json: { '$.code': '/SOLD/' }, is: 'sold-out' },
    { status: '4xx', header: { 'x-reason': 'too fast' }, is: 'limited' },
    { body: '/not yet/i', is: 'not-open' },
  ],
};

/** A protocol of a server at http://shop:80/api. */
export function protocolOf(
  requests: RequestTemplates = { order },
  changes: Partial<TemplateSpec> = {},
): Protocol {
  return createTemplateProtocol({
    target: 'http',
    endpoint: { host: 'shop', port: 80, tls: false },
    basePath: '/api',
    templates: {
      runId: 'r1',
      requests,
      outcomes: [],
      headers: {},
      cookies: true,
      feeders: {},
      setup: {},
      secrets: [],
      ...changes,
    },
  });
}

export const context = {
  userId: 'u17',
  deviceId: 'u17-d2',
  productId: 'shoe 1',
  quantity: 2,
  key: 'r1-5',
};
