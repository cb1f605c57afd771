import { goodScenario } from './scenario-text.ts';

const request = 'order: { path: /o, outcomes: [{ status: 201, is: ok }] }';

/** The good scenario with an own server instead; `http` stands below `target.http` from line 4 on. */
function ownServer(http: string, rest = ''): string {
  const lines = http.split('\n').map((line) => `    ${line}`);
  const target = ['  http:', '    baseUrl: http://localhost:1', ...lines].join('\n');
  return goodScenario.replace('  reference: { processes: 1 }', () => target) + rest;
}

/** Own servers that cannot be asked as a scenario says, and what should be said: as `bad`. */
export const badHttp: readonly (readonly [
  title: string,
  text: string,
  problems: readonly string[],
])[] = [
  [
    'a request that there is not',
    ownServer(`requests:\n  ${request}\n  lgin: { path: /l }`),
    ['7:7 target.http.requests.lgin | unknown key "lgin" | did you mean "login"?'],
  ],
  [
    'requests without one to order',
    ownServer('requests:\n  page: { path: / }'),
    ['5:5 target.http.requests | nothing can be ordered | add the request "order"'],
  ],
  [
    'an order of which no answer is ok',
    ownServer('requests:\n  order: { path: /o }'),
    [
      '6:7 target.http.requests.order | no rule says which answers to "order" are ok | add outcomes, such as - { status: 201, is: ok }',
    ],
  ],
  [
    'an outcome that there is not',
    ownServer('requests:\n  order: { path: /o, outcomes: [{ status: 409, is: soldout }] }'),
    [
      '6:56 target.http.requests.order.outcomes[0].is | is cannot be "soldout" | did you mean "sold-out"?',
    ],
  ],
  [
    'a placeholder that there is not',
    ownServer(`requests:\n  ${request.replace('/o', '"/o/{{usr.id}}"')}`),
    [
      '6:22 target.http.requests.order.path | nothing is called {{usr.id}} here | did you mean {{user.id}}?',
    ],
  ],
  [
    'a placeholder that is known elsewhere',
    ownServer(`requests:\n  ${request}\n  login: { path: "/l?k={{key}}" }`),
    [
      '7:22 target.http.requests.login.path | nothing is called {{key}} here | what can stand here: run.id, user.id, user.number, device.id, device.number',
    ],
  ],
  [
    'a capture that no login makes',
    ownServer(
      `headers: { Authorization: "Bearer {{login.tokn}}" }\nrequests:\n  ${request}\n  login: { path: /l, capture: { token: { json: $.t } } }`,
    ),
    [
      '5:31 target.http.headers.Authorization | nothing is called {{login.tokn}} here | did you mean {{login.token}}?',
    ],
  ],
  [
    'a placeholder that is never closed',
    ownServer(`requests:\n  ${request.replace('/o', '"/o/{{user.id"')}`),
    [
      '6:22 target.http.requests.order.path | path cannot be "/o/{{user.id" | "{{" is never closed; write {{user.id}}',
    ],
  ],
  [
    'a JSONPath that is none',
    ownServer(
      `requests:\n  ${request.replace('}] }', '}], capture: { orderId: { json: order.id } } }')}`,
    ),
    [
      '6:91 target.http.requests.order.capture.orderId.json | json cannot be "order.id" | write a JSONPath of names and indexes, such as $.orders[0].id',
    ],
  ],
  [
    'a capture that nothing uses',
    ownServer(`requests:\n  ${request.replace('}] }', '}], capture: { id: { json: $.id } } }')}`),
    [
      '6:74 target.http.requests.order.capture.id | nothing uses "id" of the answers to "order" | capture orderId, remaining or instance; what later requests need comes from the login',
    ],
  ],
  [
    'reloads of a page that cannot be asked for',
    ownServer(`requests:\n  ${request}`).replace(
      '  users: 10',
      '  users: 10\n  refresh: { probability: 0.5, interval: 1s }',
    ),
    [
      '13:3 workload.refresh | refresh loads the page, and there is no request for it | add target.http.requests.page, or remove this',
    ],
  ],
  [
    'a key that is sent again, and never was',
    ownServer(`requests:\n  ${request}`, 'probes: { keyReuse: 5% }\n'),
    [
      '20:11 probes.keyReuse | this probe sends a key again, and orders have none | put {{key}} into target.http.requests.order, or remove this probe',
    ],
  ],
  [
    'a feeder that takes a name away',
    ownServer(`feeders: { user: { file: a.csv } }\nrequests:\n  ${request}`),
    [
      '5:16 target.http.feeders.user | "user" cannot be a feeder: {{user.…}} has a meaning already | give it another name, such as accounts',
    ],
  ],
  [
    'a probe that writes',
    ownServer(
      'truth:\n  postgres:\n    url: postgres://localhost/shop\n    stock: UPDATE products SET stock = 0',
    ),
    [
      '8:16 target.http.truth.postgres.stock | stock cannot be "UPDATE products SET stock = 0" | a probe only reads: write one statement that begins with SELECT or WITH',
    ],
  ],
  [
    'a command of Redis that writes',
    ownServer('truth:\n  redis: { url: redis://localhost, stock: "DECR stock" }'),
    [
      '6:47 target.http.truth.redis.stock | stock cannot be "DECR stock" | a probe only reads: write one of GET, MGET, HGET, HGETALL, HVALS, LRANGE, …',
    ],
  ],
  [
    'orders that come from two sources',
    ownServer(
      'truth:\n  http: { orders: { path: /o, columns: { id: $.id } } }\n  postgres: { url: postgres://localhost, orders: SELECT 1 }',
    ),
    ['6:15 target.http.truth.http.orders | orders comes from two sources | keep one'],
  ],
  [
    'certificates for a server without TLS',
    ownServer('tls: { ca: ca.pem }'),
    ['5:5 target.http.tls | tls is of no use with an http:// URL | write https:// in baseUrl'],
  ],
  [
    'an opening that no request captures',
    ownServer(`setup: [{ path: /sale }]\nrequests:\n  ${request}`).replace(
      'opensAt: 1s',
      'opensAt: "{{setup.opensAt}}"',
    ),
    [
      '11:12 sale.opensAt | no setup request captures "opensAt" | add capture: { opensAt: { json: $.opensAt } } to one of target.http.setup',
    ],
  ],
];
