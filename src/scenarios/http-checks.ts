import { nameOfPlaceholder, type Placeholder, parseTemplate } from '../core/templates.ts';
import type { CrossFinding } from './cross-finding.ts';
import type { Path } from './document.ts';
import { checkHttpTruth } from './http-truth-checks.ts';
import { capturedOpening } from './opening.ts';
import type { Scenario } from './schema.ts';
import { nearest } from './suggest.ts';
import { listOf } from './values.ts';

type Http = NonNullable<Scenario['target']['http']>;
type Requests = NonNullable<Http['requests']>;
type Operation = keyof Requests;

const httpPath: Path = ['target', 'http'];
const requestsPath: Path = [...httpPath, 'requests'];

/** What answers of a shopper's request may tell beside what they mean. */
const orderCaptures = ['orderId', 'remaining', 'instance'];

const always = ['run.id'];
const shopper = [...always, 'user.id', 'user.number', 'device.id', 'device.number'];
const knownIn: Readonly<Record<Operation, readonly string[]>> = {
  login: shopper,
  page: [...shopper, 'product.id'],
  order: [...shopper, 'product.id', 'quantity', 'key'],
  status: [...shopper, 'product.id', 'key', 'order.id'],
  cancel: [...shopper, 'product.id', 'key', 'order.id'],
  logout: shopper,
};
const perProduct = ['product.id', 'product.stock', 'product.limit'];
const instants = ['ms', 's', 'iso'].flatMap((unit) => [`opening.${unit}`, `closing.${unit}`]);
const knownInSale = {
  setup: [...always, ...perProduct],
  announce: [...always, ...perProduct, ...instants],
  teardown: [...always, ...perProduct],
} as const;

/** Roots that mean something by themselves: no feeder can be called so. */
const reserved = [
  'run',
  'user',
  'device',
  'product',
  'order',
  'login',
  'setup',
  'opening',
  'closing',
];

/** What is wrong between the requests of an own server and what the scenario wants of it. */
export function checkHttp(scenario: Scenario): readonly CrossFinding[] {
  const { http } = scenario.target;
  if (http === undefined) return checkOpensAt(scenario, {});
  return [
    ...checkUnused(http),
    ...checkFeeders(http),
    ...checkTls(http),
    ...checkRequests(http),
    ...checkSaleRequests(http),
    ...checkWanted(scenario, http),
    ...checkOpensAt(scenario, http),
    ...checkHttpTruth(scenario, http),
  ];
}

function finding(path: Path, at: 'key' | 'value', what: string, fix: string): CrossFinding {
  return { path, at, uses: [path, httpPath], what, fix };
}

/** Keys that only templates use. */
function checkUnused(http: Http): CrossFinding[] {
  if (http.requests !== undefined) return [];
  const given = (['headers', 'outcomes'] as const).filter((key) => http[key] !== undefined);
  return given.map((key) =>
    finding(
      [...httpPath, key],
      'key',
      `${key} is of no use without requests: the reference API has its own`,
      'add requests, or remove it',
    ),
  );
}

function checkFeeders({ feeders = {} }: Http): CrossFinding[] {
  return Object.keys(feeders)
    .filter((name) => reserved.includes(name))
    .map((name) =>
      finding(
        [...httpPath, 'feeders', name],
        'key',
        `"${name}" cannot be a feeder: {{${name}.…}} has a meaning already`,
        'give it another name, such as accounts',
      ),
    );
}

function checkTls({ tls, baseUrl }: Http): CrossFinding[] {
  if (tls === undefined) return [];
  const path = [...httpPath, 'tls'];
  if (!baseUrl.startsWith('https:')) {
    return [
      finding(path, 'key', 'tls is of no use with an http:// URL', 'write https:// in baseUrl'),
    ];
  }
  if ((tls.cert === undefined) === (tls.key === undefined)) return [];
  return [
    finding(
      path,
      'value',
      'a client certificate needs both cert and key',
      'add the one that lacks',
    ),
  ];
}

function checkRequests(http: Http): CrossFinding[] {
  const { requests } = http;
  if (requests === undefined) return [];
  if (requests.order === undefined) {
    return [finding(requestsPath, 'key', 'nothing can be ordered', 'add the request "order"')];
  }
  return (Object.keys(requests) as Operation[]).flatMap((operation) => {
    const request = requests[operation];
    if (request === undefined) return [];
    const path = [...requestsPath, operation];
    return [
      ...checkPlaceholders(request, path, { http, known: knownIn[operation] }),
      ...checkOutcomes(http, operation),
      ...checkCaptures(request, path, operation),
    ];
  });
}

/** Of orders nothing goes without saying: a server may tell in the body of a 200 that it refuses. */
function checkOutcomes({ requests, outcomes }: Http, operation: Operation): CrossFinding[] {
  if (operation !== 'order' && operation !== 'status') return [];
  const rules = [...(requests?.[operation]?.outcomes ?? []), ...(outcomes ?? [])];
  // What is only accepted is looked up, and there it is ok.
  if (rules.some(({ is }) => is === 'ok' || (is === 'pending' && operation === 'order'))) return [];
  return [
    finding(
      [...requestsPath, operation],
      'key',
      `no rule says which answers to "${operation}" are ok`,
      'add outcomes, such as - { status: 201, is: ok }',
    ),
  ];
}

function checkCaptures(
  { capture }: NonNullable<Requests[Operation]>,
  path: Path,
  operation: Operation,
): CrossFinding[] {
  if (operation === 'login') return [];
  return Object.keys(capture ?? {})
    .filter((name) => !orderCaptures.includes(name))
    .map((name) =>
      finding(
        [...path, 'capture', name],
        'key',
        `nothing uses "${name}" of the answers to "${operation}"`,
        `capture ${listOf(orderCaptures)}; what later requests need comes from the login`,
      ),
    );
}

function checkSaleRequests(http: Http): CrossFinding[] {
  return (['setup', 'announce', 'teardown'] as const).flatMap((list) =>
    (http[list] ?? []).flatMap((request, index) =>
      checkPlaceholders(request, [...httpPath, list, index], {
        http,
        known: knownInSale[list],
        isSale: true,
      }),
    ),
  );
}

interface Known {
  readonly http: Http;
  readonly known: readonly string[];
  readonly isSale?: boolean;
}

interface Texts {
  readonly path: string;
  readonly headers?: unknown;
  readonly json?: unknown;
  readonly form?: unknown;
  readonly body?: unknown;
}

function checkPlaceholders(request: Texts, at: Path, known: Known): CrossFinding[] {
  const { path, headers, json, form, body } = request;
  const found: CrossFinding[] = [];
  const walk = (value: unknown, where: Path): void => {
    if (typeof value === 'string') found.push(...checkText(value, where, known));
    else if (typeof value === 'object' && value !== null) {
      const isList = Array.isArray(value);
      for (const [key, member] of Object.entries(value)) {
        walk(member, [...where, isList ? Number(key) : key]);
      }
    }
  };
  for (const [key, value] of Object.entries({ path, headers, json, form, body })) {
    walk(value, [...at, key]);
  }
  // Those of all requests are filled in like its own.
  if (known.isSale !== true) walk(known.http.headers, [...httpPath, 'headers']);
  return found;
}

function checkText(text: string, path: Path, known: Known): CrossFinding[] {
  const pieces = parseTemplate(text);
  if ('mistake' in pieces) return [finding(path, 'value', pieces.mistake, 'write {{user.id}}')];
  return pieces.flatMap((piece) => {
    if (typeof piece === 'string' || isKnown(piece, known)) return [];
    const name = nameOfPlaceholder(piece);
    const names = namesKnown(known);
    const near = nearest(name, names);
    return [
      finding(
        path,
        'value',
        `nothing is called {{${name}}} here`,
        near === undefined
          ? `what can stand here: ${names.slice(0, 16).join(', ')}`
          : `did you mean {{${near}}}?`,
      ),
    ];
  });
}

function isKnown(piece: Placeholder, known: Known): boolean {
  const { root } = piece;
  const isFeeder = known.http.feeders !== undefined && Object.hasOwn(known.http.feeders, root);
  // Its columns are known once its file is read.
  if (isFeeder && known.isSale !== true && piece.name !== '') return true;
  return namesKnown(known).includes(nameOfPlaceholder(piece));
}

function namesKnown({ http, known, isSale }: Known): readonly string[] {
  const login = Object.keys(http.requests?.login?.capture ?? {}).map((name) => `login.${name}`);
  const setup = (http.setup ?? []).flatMap(({ capture }) =>
    Object.keys(capture ?? {}).map((name) => `setup.${name}`),
  );
  const feeders = Object.keys(http.feeders ?? {}).map((name) => `${name}.<column>`);
  return [...known, ...setup, ...(isSale === true ? [] : [...login, ...feeders])];
}

/** Operations that the scenario plays and there is no request for. */
function checkWanted({ workload, probes }: Scenario, http: Http): CrossFinding[] {
  const { requests } = http;
  if (requests === undefined) return [];
  const found: CrossFinding[] = [];
  const want = (operation: Operation, path: Path, why: string): void => {
    if (requests[operation] !== undefined) return;
    found.push({
      path,
      at: 'key',
      uses: [path, requestsPath],
      what: `${why}, and there is no request for it`,
      fix: `add target.http.requests.${operation}, or remove this`,
    });
  };
  const refreshes = (workload.refresh?.probability ?? 0) > 0;
  if (refreshes) want('page', ['workload', 'refresh'], 'refresh loads the page');
  if (workload.cancel !== undefined) want('cancel', ['workload', 'cancel'], 'orders are cancelled');
  if ((probes.evictedDevice ?? 0) > 0) {
    want('page', ['probes', 'evictedDevice'], 'this probe loads the page');
    want('status', ['probes', 'evictedDevice'], 'this probe looks an order up');
  }
  if ((probes.logout ?? 0) > 0) {
    for (const [operation, why] of [
      ['logout', 'this probe logs out'],
      ['page', 'this probe loads the page afterwards'],
      ['status', 'this probe looks an order up afterwards'],
    ] as const) {
      want(operation, ['probes', 'logout'], why);
    }
  }
  const rules = [...(requests.order?.outcomes ?? []), ...(http.outcomes ?? [])];
  if (rules.some(({ is }) => is === 'pending')) {
    want('status', [...requestsPath, 'order'], 'orders may be pending, and are looked up then');
  }
  if ((probes.keyReuse ?? 0) > 0 && !JSON.stringify(requests.order).includes('{{key}}')) {
    const path: Path = ['probes', 'keyReuse'];
    found.push({
      path,
      at: 'key',
      uses: [path, requestsPath],
      what: 'this probe sends a key again, and orders have none',
      fix: 'put {{key}} into target.http.requests.order, or remove this probe',
    });
  }
  return found;
}

/** An opening that the server tells: its capture has to be there. */
function checkOpensAt({ sale }: Scenario, { setup }: Pick<Http, 'setup'>): CrossFinding[] {
  const name = capturedOpening(sale.opensAt);
  if (name === undefined) return [];
  const captured = (setup ?? []).flatMap(({ capture }) => Object.keys(capture ?? {}));
  if (captured.includes(name)) return [];
  return [
    finding(
      ['sale', 'opensAt'],
      'value',
      `no setup request captures "${name}"`,
      `add capture: { ${name}: { json: $.opensAt } } to one of target.http.setup`,
    ),
  ];
}
