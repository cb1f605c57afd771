import { isNode, mapAt, type OpenApi, textAt } from './document.ts';
import { toDo } from './marker.ts';
import { type ApiOperation, findOperations, type ShopperOperation } from './operations.ts';
import { draftRequest, oneLine } from './requests.ts';

/** A scenario drafted from an OpenAPI file. */
export interface Draft {
  readonly text: string;
  /** What was taken for what. */
  readonly guesses: readonly (readonly [label: string, text: string])[];
  /** What is left to be done, as in the comments of the text. */
  readonly todos: readonly string[];
}

const names: readonly ShopperOperation[] = ['login', 'page', 'order', 'status', 'cancel'];
const withoutSay: Readonly<Record<ShopperOperation, string>> = {
  login: 'nobody logs in',
  page: 'nobody reloads a page',
  order: '',
  status: 'orders cannot be looked up',
  cancel: 'nobody cancels',
};

/** Drafts a scenario. @param file how the OpenAPI file is called in it */
export function draftFrom(api: OpenApi, file: string): Draft {
  const found = findOperations(api);
  const todos: string[] = [];
  const requests = names.flatMap((name) => {
    const operation = found[name];
    if (operation === undefined) return name === 'order' ? missingOrder(todos) : [];
    const drafted = draftRequest(api, name, operation, { canAsk: found.status !== undefined });
    todos.push(...drafted.todos);
    return [
      `      ${name}: # ${labelOf(operation)}`,
      ...drafted.lines.map((line) => `        ${line}`),
      ...drafted.todos.map((todo) => `        # ${toDo}: ${oneComment(todo)}`),
    ];
  });
  const hasToken = requests.some((line) => line.includes('capture: { token:'));
  const { url, note } = serverOf(api);
  const remote = [...api.remote].slice(0, 5).map(oneLine);
  const guesses = [
    ['server', note] as const,
    ...names.map((name) => [name, guessOf(name, found[name])] as const),
    ...(remote.length === 0
      ? []
      : [['references', `not followed, they lead out of the file: ${remote.join(', ')}`] as const]),
  ];
  const title = textAt(mapAt(api.root, 'info'), 'title');
  const text = [
    '# yaml-language-server: $schema=https://unpkg.com/flashsim/scenario.schema.json',
    `# Drafted from ${oneLine(file)}. What was guessed is said in comments; what to do is marked ${toDo}.`,
    `name: ${nameFrom(title)}`,
    'target:',
    '  http:',
    `    # ${oneComment(note)}`,
    `    baseUrl: ${JSON.stringify(`\${SHOP_URL:-${url}}`)}`,
    ...authOf(api, hasToken),
    '    requests:',
    ...requests,
    ...fixedLines,
  ].join('\n');
  return { text: `${text}\n`, guesses, todos: [...todos, ...fixedTodos] };
}

function missingOrder(todos: string[]): string[] {
  todos.push('no operation looks like an order: write method, path and outcomes of "order"');
  return [
    `      order: # ${toDo}: no operation looks like an order`,
    '        method: POST',
    `        path: /${toDo}`,
    '        headers: { Idempotency-Key: "{{key}}" }',
    '        outcomes:',
    '          - { status: 2xx, is: ok }',
  ];
}

function labelOf({ method, path, node }: ApiOperation): string {
  const id = textAt(node, 'operationId');
  return oneLine(`${method} ${path}${id === '' ? '' : ` (${id})`}`);
}

function guessOf(name: ShopperOperation, operation: ApiOperation | undefined): string {
  if (operation !== undefined) return labelOf(operation);
  return name === 'order' ? 'not found' : `not found: ${withoutSay[name]}`;
}

const fixedTodos: readonly string[] = [
  'write the product and its stock, and how it is put back before each run (target.http.setup)',
  'say where the truth is (target.http.truth): without it much stays unknown',
];

const fixedLines: readonly string[] = [
  '    outcomes: # For the answers of all requests, after their own rules.',
  '      - { status: 401, is: unauthorized }',
  '      - { status: 429, is: limited }',
  `    # ${toDo}: put the stock back before each run.`,
  '    # setup:',
  '    #   - { method: POST, path: /admin/reset, json: { stock: "{{product.stock}}" } }',
  `    # ${toDo}: say where the truth is; without it much stays unknown.`,
  '    # truth:',
  '    #   postgres:',
  '    #     url: "${DATABASE_URL}"',
  '    #     stock: SELECT id AS product, stock AS remaining FROM products',
  '    #     orders: SELECT id, request_id AS key, product, quantity, status FROM orders',
  'sale:',
  `  products: [{ id: sneaker-42, stock: 100 }] # ${toDo}: the product that the server sells, and its stock`,
  '  opensAt: 1s',
  'workload:',
  '  users: 400',
  '  endsAt: 5s',
  '  arrivals:',
  '    - { type: herd, reaction: { lognormal: { median: 250ms, sigma: 0.5 } } }',
  'client: { timeout: 2s }',
  'thresholds:',
  '  oversell: 0',
];

/** Comments end with their line. */
function oneComment(text: string): string {
  return text.replaceAll(/[\s\p{Cc}]+/gu, ' ').trim();
}

function nameFrom(title: string): string {
  const name = title
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 40)
    .replace(/-+$/, '');
  return /^[a-z]/.test(name) ? name : `shop${name === '' ? '' : `-${name}`}`;
}

/** This machine always: another one is to be loaded by whoever says so, not by a file that names it. */
function serverOf(api: OpenApi): { readonly url: string; readonly note: string } {
  const [first] = Array.isArray(api.root['servers']) ? (api.root['servers'] as unknown[]) : [];
  const server = isNode(first) ? first : {};
  const variables = mapAt(server, 'variables');
  const written = textAt(server, 'url').replaceAll(
    /\{([^}]*)\}/g,
    (_, variable: string) => textAt(mapAt(variables, variable), 'default') || variable,
  );
  const fallback = 'http://localhost:3000';
  const url = URL.canParse(written, `${fallback}/`) ? new URL(written, `${fallback}/`) : undefined;
  if (written === '' || url === undefined || !/^https?:$/.test(url.protocol)) {
    return { url: fallback, note: `the file names none that can be used: ${fallback} is taken` };
  }
  const path = url.pathname.replace(/\/+$/, '');
  const isLocal = ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
  if (isLocal)
    return { url: `${url.origin}${path}`, note: `${url.origin}${path}, as the file says` };
  return {
    url: `${fallback}${path}`,
    note: `${fallback}${path}, and not ${oneLine(url.origin)} as the file says: give SHOP_URL, and allowHosts with --allow-remote, to load another machine`,
  };
}

/** How requests say who sends them. */
function authOf(api: OpenApi, hasToken: boolean): string[] {
  if (hasToken) return ['    headers: { Authorization: "Bearer {{login.token}}" }'];
  const schemes = mapAt(mapAt(api.root, 'components'), 'securitySchemes');
  const key = Object.values(schemes)
    .map((scheme) => api.follow(scheme))
    .find((scheme) => scheme['type'] === 'apiKey' && scheme['in'] === 'header');
  const header = key === undefined ? '' : textAt(key, 'name');
  if (!/^[\w-]+$/.test(header)) return [];
  return [`    headers: { ${header}: "\${SHOP_API_KEY:-${toDo}}" } # ${toDo}: give SHOP_API_KEY`];
}
