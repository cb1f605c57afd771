import { mapAt, type OpenApi, textAt } from './document.ts';
import { contentOf, descriptionOf, inert, pathTo, placeholderFor, valueFor } from './examples.ts';
import { toDo } from './marker.ts';
import type { ApiOperation, ShopperOperation } from './operations.ts';

/** A request of the draft, and what was not found in the file. */
export interface DraftRequest {
  readonly lines: readonly string[];
  readonly todos: readonly string[];
}

const shopper = ['user.id', 'device.id'];
const known: Readonly<Record<ShopperOperation, readonly string[]>> = {
  login: shopper,
  page: [...shopper, 'product.id'],
  order: [...shopper, 'product.id', 'quantity', 'key'],
  status: [...shopper, 'product.id', 'key', 'order.id'],
  cancel: [...shopper, 'product.id', 'key', 'order.id'],
};

/** What a parameter stands for that no name tells: there is one thing that it can be. */
const usual: Readonly<Partial<Record<ShopperOperation, string>>> = {
  page: '{{product.id}}',
  status: '{{order.id}}',
  cancel: '{{order.id}}',
};

/** Writes the request of one operation, as lines of YAML below its name. */
export function draftRequest(
  api: OpenApi,
  name: ShopperOperation,
  operation: ApiOperation,
  { canAsk }: { readonly canAsk: boolean },
): DraftRequest {
  const todos: string[] = [];
  const path = pathOf(name, operation, todos);
  const { fields, hasKey } = bodyOf(api, name, operation, todos);
  const headers = headersOf(name, operation, { hasKey, todos });
  const lines = [
    ...(operation.method === 'GET' ? [] : [`method: ${operation.method}`]),
    `path: ${JSON.stringify(path)}`,
    ...headers,
    ...fields,
    ...captureOf(api, name, operation, todos),
    ...outcomesOf(api, name, operation, { canAsk, todos }),
  ];
  return { lines, todos };
}

function pathOf(name: ShopperOperation, operation: ApiOperation, todos: string[]): string {
  const fill = (parameter: string): string => {
    const template =
      (/^id$/i.test(parameter) ? undefined : placeholderFor(parameter, known[name])) ?? usual[name];
    if (template !== undefined) return template;
    todos.push(`say what {${parameter}} of ${operation.path} is`);
    return `${toDo}-${parameter.replaceAll(/[^\w-]/g, '')}`;
  };
  const path = operation.path
    .split(/(\{[^}]*\})/)
    .map((piece) => (piece.startsWith('{') ? fill(piece.slice(1, -1)) : encodeURI(piece)))
    .join('');
  const query = operation.parameters
    .filter((parameter) => parameter['in'] === 'query')
    .flatMap((parameter) => {
      const field = textAt(parameter, 'name');
      const template = placeholderFor(field, known[name]);
      if (template === undefined && parameter['required'] !== true) return [];
      if (template === undefined) todos.push(`say what the parameter ${field} is`);
      return [`${encodeURIComponent(field)}=${template ?? toDo}`];
    });
  return inertPath(query.length === 0 ? path : `${path}?${query.join('&')}`);
}

/** A path may hold nothing but ASCII, and placeholders that are known. */
function inertPath(path: string): string {
  return path.replaceAll(/\$\{/g, '%24%7B').replaceAll(/[^\x21-\x7e]/g, '-');
}

function headersOf(
  name: ShopperOperation,
  { parameters }: ApiOperation,
  { hasKey, todos }: { readonly hasKey: boolean; readonly todos: string[] },
): string[] {
  if (name !== 'order') return [];
  const header = parameters
    .filter((parameter) => parameter['in'] === 'header')
    .map((parameter) => textAt(parameter, 'name'))
    .find((field) => placeholderFor(field, ['key']) === '{{key}}' && /^[\w-]+$/.test(field));
  if (header !== undefined) return [`headers: { ${header}: "{{key}}" }`];
  if (hasKey) return [];
  todos.push(
    'say where the server takes an idempotency key; if nowhere, remove the header Idempotency-Key and set client.retry.maxAttempts to 1',
  );
  return [`headers: { Idempotency-Key: "{{key}}" } # ${toDo}: the file names none`];
}

function bodyOf(
  api: OpenApi,
  name: ShopperOperation,
  { node }: ApiOperation,
  todos: string[],
): { readonly fields: readonly string[]; readonly hasKey: boolean } {
  const content = contentOf(api, node['requestBody']);
  if (content === undefined) return { fields: [], hasKey: false };
  const value = valueFor(api, content.schema, known[name]);
  const isEmpty = typeof value === 'object' && Object.keys(value ?? {}).length === 0;
  const body = isEmpty || value === toDo ? (inert(content.example) ?? value) : value;
  const text = JSON.stringify(content.kind === 'form' ? formOf(body) : body, withoutVariables);
  if (text.includes(`"${toDo}"`)) todos.push(`replace ${toDo} in the body of ${name}`);
  return { fields: [`${content.kind}: ${text}`], hasKey: text.includes('{{key}}') };
}

/** A replacer: no variable of the environment is taken for what a text of the file holds. */
function withoutVariables(_: string, value: unknown): unknown {
  return typeof value === 'string'
    ? value.replaceAll(/\$?\$\{[^{}]*\}/g, (written) => `$${written}`)
    : value;
}

function formOf(body: unknown): Readonly<Record<string, string>> {
  const fields = typeof body === 'object' && body !== null ? Object.entries(body) : [];
  return Object.fromEntries(
    fields.map(([key, value]) => [key, typeof value === 'string' ? value : JSON.stringify(value)]),
  );
}

function captureOf(
  api: OpenApi,
  name: ShopperOperation,
  { node }: ApiOperation,
  todos: string[],
): string[] {
  const schema = successSchema(api, mapAt(node, 'responses'));
  if (name === 'login') {
    const path = pathTo(api, schema, /token|jwt/i);
    if (path !== undefined) return [`capture: { token: { json: ${path} } }`];
    todos.push('capture the token of the login, unless the session is a cookie');
    return [];
  }
  if (name !== 'order' && name !== 'status') return [];
  const path =
    pathTo(api, schema, /^(?:order|reservation|booking|purchase)_?(?:id|number|no)$/i) ??
    pathTo(api, schema, /^(?:id|uuid|reference)$/i);
  if (path !== undefined) return [`capture: { orderId: { json: ${path} } }`];
  if (name === 'order') todos.push('capture the id of the order, if the answer tells it');
  return [];
}

function successSchema(api: OpenApi, responses: Readonly<Record<string, unknown>>): unknown {
  const status = Object.keys(responses).find((code) => code.startsWith('2'));
  return status === undefined ? undefined : contentOf(api, responses[status])?.schema;
}

/** What a status is likely to mean, by what the file says of it, and by itself. */
const meanings: readonly (readonly [status: RegExp, says: RegExp, is: string])[] = [
  [/^(?:200|201|204)$/, /./, 'ok'],
  [/^202$/, /./, 'pending'],
  [/^4/, /idempot|same key|different (?:body|payload)/i, 'key-reuse'],
  [/^4/, /per (?:user|customer|person)|already (?:bought|ordered|purchased)/i, 'limit-per-user'],
  [/^4/, /not (?:yet )?(?:open|started)|too early|before/i, 'not-open'],
  [/^4/, /\bclosed\b|\bended\b|\bover\b/i, 'closed'],
  [/^4/, /sold.?out|out of stock|no (?:more )?stock|unavailable|insufficient/i, 'sold-out'],
  [/^(?:401|403)$/, /./, 'unauthorized'],
  [/^404$/, /./, 'not-found'],
  [/^425$/, /./, 'not-open'],
  [/^(?:409|410)$/, /./, 'sold-out'],
  [/^429$/, /./, 'limited'],
  [/^(?:400|415|422)$/, /./, 'bad-request'],
];

function outcomesOf(
  api: OpenApi,
  name: ShopperOperation,
  { node }: ApiOperation,
  { canAsk, todos }: { readonly canAsk: boolean; readonly todos: string[] },
): string[] {
  if (name !== 'order' && name !== 'status' && name !== 'cancel') return [];
  const responses = mapAt(node, 'responses');
  const rules = Object.keys(responses)
    .filter((status) => /^[1-5]\d\d$/.test(status))
    .flatMap((status) => {
      const said = oneLine(descriptionOf(api.follow(responses[status])));
      const meant = meanings.find(([code, says]) => code.test(status) && says.test(said || '-'));
      const is = meant === undefined ? undefined : isFor(name, meant[2]);
      const why = said === '' ? '' : ` # ${said}`;
      if (is === undefined) {
        if (status.startsWith('5')) return [];
        todos.push(`say what ${status} of ${name} means`);
        return [`  # - { status: ${status}, is: ${toDo} }${why}`];
      }
      if (is === 'pending' && !canAsk) {
        todos.push(`write how an order is looked up ("status"), and that ${status} is pending`);
        return [`  - { status: ${status}, is: info } # ${toDo}: pending, once it can be looked up`];
      }
      return [`  - { status: ${status}, is: ${is} }${why}`];
    });
  const hasOk = rules.some(
    (rule) => rule.includes('is: ok }') || (name === 'order' && rule.includes('is: pending }')),
  );
  if (!hasOk) todos.push(`the file tells no success of ${name}: 2xx is taken for one`);
  if (name === 'order' && !rules.some((rule) => rule.includes('is: sold-out'))) {
    todos.push('say what the server answers when it is sold out');
  }
  return ['outcomes:', ...rules, ...(hasOk ? [] : ['  - { status: 2xx, is: ok }'])];
}

/** Only an order is accepted for later. */
function isFor(name: ShopperOperation, is: string): string {
  return is === 'pending' && name !== 'order' ? (name === 'status' ? 'pending' : 'ok') : is;
}

/** Text of the file for a comment. */
export function oneLine(text: string): string {
  const line = text.replaceAll(/[\s\p{Cc}]+/gu, ' ').trim();
  return line.length > 70 ? `${line.slice(0, 69)}…` : line;
}
