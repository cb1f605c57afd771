import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OpenApi, readOpenApi } from '../../../../src/cli/openapi/document.ts';
import { draftFrom } from '../../../../src/cli/openapi/draft.ts';
import { runCli } from '../../../../src/cli/program.ts';
import { parseScenario } from '../../../../src/scenarios/load.ts';
import type { Scenario } from '../../../../src/scenarios/schema.ts';
import { fakeEnvironment } from '../fake-environment.ts';

const fixtures = 'test/fixtures/openapi';
const options = { overrides: [], env: {}, cwd: '/nowhere' };

function drafted(root: Readonly<Record<string, unknown>>): Scenario {
  return parseScenario(draftFrom(new OpenApi(root), 'api.yaml').text, 'draft.yaml', options);
}

const withPaths = (paths: object, more: object = {}): Readonly<Record<string, unknown>> => ({
  openapi: '3.1.0',
  paths,
  ...more,
});

describe('a scenario drafted from an OpenAPI file', () => {
  it('finds what shoppers do, fills in who they are, and says what answers mean', async () => {
    const draft = draftFrom(await readOpenApi(fixtures, 'shop.yaml'), 'shop.yaml');
    const { target } = parseScenario(draft.text, 'draft.yaml', options);
    expect(target.http).toMatchObject({
      // Another machine is loaded by whoever says so, not by a file that names it.
      baseUrl: 'http://localhost:3000/v1',
      headers: { Authorization: 'Bearer {{login.token}}' },
      requests: {
        login: {
          method: 'POST',
          path: '/auth/login',
          json: { email: '{{user.id}}@example.com', password: 'TODO' },
          capture: { token: { json: '$.data.accessToken' } },
        },
        page: { method: 'GET', path: '/products/{{product.id}}' },
        order: {
          path: '/orders',
          headers: { 'Idempotency-Key': '{{key}}' },
          json: { sku: '{{product.id}}', qty: '{{quantity}}', currency: 'EUR', address: 'TODO' },
          capture: { orderId: { json: '$.order.id' } },
          outcomes: [
            { status: 201, is: 'ok' },
            { status: 403, is: 'limit-per-user' },
            { status: 409, is: 'sold-out' },
            { status: 425, is: 'not-open' },
            { status: 429, is: 'limited' },
          ],
        },
        status: { method: 'GET', path: '/orders/{{order.id}}' },
        cancel: { method: 'DELETE', path: '/orders/{{order.id}}' },
      },
    });
    expect(draft.todos).toContain('say what 418 of order means');
    expect(draft.guesses).toContainEqual(['order', 'POST /orders (placeOrder)']);
    expect(draft.guesses.at(-1)).toEqual([
      'references',
      'not followed, they lead out of the file: address.yaml#/Address',
    ]);
  });

  it('takes the key from a body, a form, or says that nobody knows where it goes', () => {
    const order = (requestBody: object): Readonly<Record<string, unknown>> =>
      withPaths({
        '/checkout': { post: { requestBody, responses: { 200: { description: '' } } } },
      });
    const schema = { type: 'object', properties: { requestId: { type: 'string' } } };
    const json = drafted(order({ content: { 'application/json': { schema } } }));
    expect(json.target.http?.requests?.order).toMatchObject({ json: { requestId: '{{key}}' } });
    const form = { content: { 'application/x-www-form-urlencoded': { schema } } };
    expect(drafted(order(form)).target.http?.requests?.order).toMatchObject({
      form: { requestId: '{{key}}' },
    });
    expect(draftFrom(new OpenApi(order({})), 'x').text).toContain('# TODO: the file names none');
  });

  it('holds a request to write where no operation looks like an order', () => {
    const { target } = drafted(withPaths({ '/health': { get: {} } }));
    expect(target.http?.requests?.order?.path).toBe('/TODO');
    expect(Object.keys(target.http?.requests ?? {})).toEqual(['order']);
  });

  it('has nothing filled into what stands in the file, nor into the names of fields', () => {
    const example = [{ '${': '{{x', b: '${HOME}$${HOME}' }];
    const field = { properties: { '${HOME}': { example }, '{{y': {} } };
    const content = { 'application/x-www-form-urlencoded': { schema: field } };
    const operation = { requestBody: { content }, responses: { 200: { description: '' } } };
    const { target } = drafted(withPaths({ '/checkout': { post: operation } }));
    expect(target.http?.requests?.order).toMatchObject({
      form: { '${HOME}': '[{"${":"{ {x","b":"${HOME}$${HOME}"}]', '{ {y': 'TODO' },
    });
  });

  it('is valid whatever stands in the file', () => {
    const text = fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 12 }),
      fc.constantFrom(
        '{{user.id}}',
        '{{x',
        '${HOME}',
        'a: b # c',
        '"',
        "'",
        '\n- x',
        '#/a',
        '{id}',
      ),
    );
    const schema = fc.letrec((tie) => ({
      node: fc.oneof(
        { maxDepth: 3 },
        fc.record({
          type: fc.constantFrom('string', 'integer', 'boolean'),
          example: fc.jsonValue(),
        }),
        fc.record({ $ref: fc.oneof(text, fc.constant('#/components/schemas/A')) }),
        fc.record({ properties: fc.dictionary(text, tie('node'), { maxKeys: 3 }) }),
        fc.record({ items: tie('node'), type: fc.constant('array') }),
        fc.record({ enum: fc.array(text), description: text }),
      ),
    })).node;
    const content = fc.record({
      content: fc.dictionary(
        fc.constantFrom('application/json', 'application/x-www-form-urlencoded', 'text/plain'),
        fc.record({ schema, example: fc.jsonValue() }, { requiredKeys: [] }),
      ),
    });
    const operation = fc.record(
      {
        operationId: fc.oneof(text, fc.constantFrom('logIn', 'buy', 'getOrder', 'cancelOrder')),
        summary: text,
        parameters: fc.array(
          fc.record({ name: text, in: fc.constantFrom('query', 'header'), required: fc.boolean() }),
        ),
        requestBody: content,
        responses: fc.dictionary(
          fc.constantFrom('200', '201', '202', '404', '409', '418', '5XX', 'default', 'x'),
          fc.tuple(fc.record({ description: text }), content).map(([a, b]) => ({ ...a, ...b })),
        ),
      },
      { requiredKeys: [] },
    );
    const path = fc
      .tuple(fc.constantFrom('/orders', '/login', '/products', '/cancel', ''), text)
      .map(([known, rest]) => `${known}/${rest}`);
    const methods = fc.dictionary(fc.constantFrom('get', 'post', 'delete'), operation);
    const root = fc.record({
      openapi: fc.constant('3.0.0'),
      info: fc.record({ title: text }),
      servers: fc.array(fc.record({ url: fc.oneof(text, fc.webUrl()) }), { maxLength: 1 }),
      paths: fc.dictionary(path, methods, { maxKeys: 6 }),
      components: fc.record({ schemas: fc.record({ A: schema }) }),
    });
    fc.assert(
      fc.property(root, (any) => {
        expect(() => drafted(any)).not.toThrow();
      }),
      { numRuns: 150 },
    );
  }, 120_000);
});

describe('flashsim init --from', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'openapi-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('writes the draft, and says what was guessed and what is to be done', async () => {
    writeFileSync(join(folder, 'api.yaml'), readFileSync(join(fixtures, 'shop.yaml')));
    const environment = fakeEnvironment(folder);
    expect(await runCli(environment, ['init', '--from', 'api.yaml']), environment.err()).toBe(0);
    expect(environment.out()).toMatch(
      /order {6}POST \/orders \(placeOrder\)[\s\S]*To do:[\s\S]*418/,
    );
    expect(await runCli(environment, ['validate', 'scenario.yaml'])).toBe(0);
    expect(await runCli(environment, ['init', '--from', 'api.yaml'])).toBe(2);
    expect(environment.err()).toContain('OUTPUT_EXISTS');
  });

  it.each<[string, string, RegExp]>([
    ['is no YAML', 'openapi: 3.0.3\npaths:\n  /x: [a\n', /api\.yaml:4:1/],
    ['is Swagger 2', '{\n  "swagger": "2.0"\n}', /api\.yaml:2:3[\s\S]*Swagger 2\.0/],
    ['is of another version', 'info: {}\nopenapi: 4.0.0\npaths: {}', /api\.yaml:2:1[\s\S]*4\.0\.0/],
    [
      'has no paths',
      'openapi: 3.1.0\ninfo: { title: x }\npaths: {}',
      /api\.yaml:3:1[\s\S]*no paths/,
    ],
    ['is something else', 'name: x', /api\.yaml:1:1[\s\S]*no OpenAPI file/],
  ])('that %s is a clear error with its place, and nothing is written', async (_, text, says) => {
    writeFileSync(join(folder, 'api.yaml'), text);
    const environment = fakeEnvironment(folder);
    expect(await runCli(environment, ['init', '--from', 'api.yaml'])).toBe(2);
    expect(environment.err()).toContain('OPENAPI_INVALID');
    expect(environment.err()).toMatch(says);
    expect(() => readFileSync(join(folder, 'scenario.yaml'))).toThrow('ENOENT');
  });

  it('beside a template is bad usage', async () => {
    const environment = fakeEnvironment(folder);
    expect(await runCli(environment, ['init', 'sale-opening', '--from', 'api.yaml'])).toBe(2);
    expect(environment.err()).toContain('two things to start from');
  });
});
