import { goodScenario, withText } from './scenario-text.ts';

/** Broken scenarios with all that should be said of them, as `problemLine` writes it. */
export const bad: readonly (readonly [title: string, text: string, problems: readonly string[]])[] =
  [
    [
      'an empty file',
      '',
      ['1:1 - | the file is empty | start from a template: `flashsim init --out <file>`'],
    ],
    [
      'a file of comments',
      '# nothing\n',
      ['1:1 - | the file is empty | start from a template: `flashsim init --out <file>`'],
    ],
    [
      'a list at the top',
      '- name: x\n',
      [
        '1:1 - | the scenario cannot be a list | write keys and values, indented below it or in { }',
      ],
    ],
    [
      'a syntax error',
      withText('stock: 5 }', 'stock: 5'),
      [
        '7:3 - | not valid YAML: Flow map in block collection must be sufficiently indented and end with a } | correct the YAML here or just above',
      ],
    ],
    [
      'a tab for indentation',
      withText('  users: 10', '\tusers: 10'),
      ['9:1 - | a tab is used to indent | indent with spaces'],
    ],
    [
      'an unquoted expansion in a flow map',
      withText('stock: 5', 'stock: ${STOCK}'),
      [
        '6:27 - | not valid YAML: Unexpected flow-map-start at node end | put "${…}" in double quotes inside { } and [ ]',
      ],
    ],
    [
      'an alias bomb',
      `a: &a [1,1,1,1,1,1,1,1,1,1]
b: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]
c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]
d: [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]
`,
      [
        '2:8 - | the aliases (*name) multiply into too many values | write the values out instead of using aliases',
      ],
    ],
    [
      'a duplicate key',
      withText('  users: 10', '  users: 10\n  users: 20'),
      ['10:3 - | the key "users" stands here twice | keep one of the two'],
    ],
    [
      'two documents',
      `${goodScenario}---\nname: other\n`,
      ['17:1 - | the file holds more than one YAML document | keep one: `---` starts another'],
    ],
    [
      'a YAML tag',
      withText('name: tiny', 'name: !!js/function tiny'),
      ['1:7 - | the YAML tag !!js/function is not known | remove it: scenarios need no tags'],
    ],
    [
      'an unknown key that is near a known one, which is then not missed too',
      withText('stock: 5', 'stok: 5'),
      ['6:19 sale.products[0].stok | unknown key "stok" | did you mean "stock"?'],
    ],
    [
      'a key in another convention',
      withText('stock: 5', 'stock: 5, limit_per_user: 1'),
      [
        '6:29 sale.products[0].limit_per_user | unknown key "limit_per_user" | did you mean "limitPerUser"?',
      ],
    ],
    [
      'a known key in the wrong place',
      withText('  opensAt: 1s', '  opensAt: 1s\n  limitPerUser: 1'),
      [
        '8:3 sale.limitPerUser | unknown key "limitPerUser" | it belongs in sale.products[].limitPerUser',
      ],
    ],
    [
      'a key that is like no other',
      withText('processes: 1', 'colour: red'),
      [
        '3:16 target.reference.colour | unknown key "colour" | keys that can stand here: topology, processes, stock, stores, sessions, rateLimiter, waitingRoom, ordering, publishTimeout, threadPool, trustProxy, port',
      ],
    ],
    [
      'a missing key',
      withText(', stock: 5', ''),
      [
        '6:7 sale.products[0].stock | "stock" is missing | add it: write a whole number from 1 to 10000000',
      ],
    ],
    [
      'a key without a value',
      withText('users: 10', 'users:'),
      ['9:3 workload.users | "users" has no value | write a whole number from 1 to 1000000'],
    ],
    [
      'a duration without a unit',
      withText('endsAt: 5s', 'endsAt: 5'),
      [
        '11:11 workload.endsAt | endsAt cannot be 5 | write a duration with its unit, such as 250ms',
      ],
    ],
    [
      'a duration in a wrong unit',
      withText('endsAt: 5s', 'endsAt: 5 seconds'),
      [
        '11:11 workload.endsAt | endsAt cannot be "5 seconds" | write a duration with its unit, such as 250ms',
      ],
    ],
    [
      'an endless run',
      withText('endsAt: 5s', 'endsAt: 2h'),
      ['11:11 workload.endsAt | endsAt cannot be "2h" | write at most 1h'],
    ],
    [
      'negative stock',
      withText('stock: 5', 'stock: -5'),
      [
        '6:26 sale.products[0].stock | stock cannot be -5 | write a whole number from 1 to 10000000',
      ],
    ],
    [
      'no users',
      withText('users: 10', 'users: 0'),
      ['9:10 workload.users | users cannot be 0 | write a whole number from 1 to 1000000'],
    ],
    [
      'text for a number',
      withText('users: 10', 'users: many'),
      ['9:10 workload.users | users cannot be "many" | write a whole number from 1 to 1000000'],
    ],
    [
      'a list for a map',
      withText('{ processes: 1 }', '[]'),
      [
        '3:14 target.reference | reference cannot be an empty list | write keys and values, indented below it or in { }',
      ],
    ],
    [
      'an unknown strategy',
      withText('processes: 1', 'stock: { strategy: conditinal-update }'),
      [
        '3:35 target.reference.stock.strategy | strategy cannot be "conditinal-update" | did you mean "conditional-update"?',
      ],
    ],
    [
      'an empty bucket',
      withText('processes: 1', 'rateLimiter: { replenishRate: 0/s, burstCapacity: 0 }'),
      [
        '3:46 target.reference.rateLimiter.replenishRate | replenishRate cannot be "0/s" | write a rate above 0/s',
        '3:66 target.reference.rateLimiter.burstCapacity | burstCapacity cannot be 0 | write a whole number from 1 to 1000000',
      ],
    ],
    [
      'no target',
      withText('  reference: { processes: 1 }', '  {}'),
      [
        '2:1 target | no target is named | write reference: {} for the bundled server, or http: { baseUrl: … } for your own',
      ],
    ],
    [
      'two targets',
      withText('processes: 1 }', 'processes: 1 }\n  http: { baseUrl: "http://localhost:3000" }'),
      [
        "4:3 target.http | two targets are named: reference and http | keep one; from the command line, --set 'target={http: {baseUrl: …}}' replaces both",
      ],
    ],
    [
      'a URL with a password, which is not repeated',
      withText('reference: { processes: 1 }', 'http: { baseUrl: "ftp://ann:secret@shop.test" }'),
      [
        '3:20 target.http.baseUrl | baseUrl cannot be "ftp://…@shop.test" | write an http:// or https:// URL',
      ],
    ],
    [
      'a threshold on an unknown metric',
      withText('oversell: 0', 'oversel: 0\n  order.p98: "< 1s"'),
      [
        '16:3 thresholds.oversel | no metric or invariant is called "oversel" | did you mean "oversell"?',
        '17:3 thresholds["order.p98"] | no metric or invariant is called "order.p98" | did you mean "order.p90"?',
      ],
    ],
    [
      'a threshold that compares nothing',
      withText('oversell: 0', 'oversell: "about 3"'),
      [
        '16:13 thresholds.oversell | oversell cannot be "about 3" | write a number such as 0, or a comparison such as "< 800ms"',
      ],
    ],
    [
      'an unknown arrival shape',
      withText('type: herd', 'type: heard'),
      ['13:15 workload.arrivals[0].type | type cannot be "heard" | did you mean "herd"?'],
    ],
    [
      'a key of another arrival shape',
      withText('type: herd', 'type: herd, mean: 1s'),
      [
        '13:21 workload.arrivals[0].mean | unknown key "mean" | keys that can stand here: type, users, clockSkew, reaction',
      ],
    ],
    [
      'device shares that do not add up',
      withText('2: 40%', '2: 30%'),
      [
        '10:19 workload.devicesPerUser | the shares of devicesPerUser add up to 90% | make them add up to 100%',
      ],
    ],
    [
      'shares of users above 100%',
      withText('type: weibull,', 'type: weibull, users: 50%,'),
      ['12:3 workload.arrivals | the shares of users add up to 110% | lower them to 100% or less'],
    ],
    [
      'two arrival shapes without a share',
      withText('type: herd, users: 60%', 'type: herd'),
      [
        '14:7 workload.arrivals[1] | a second arrival shape has no share of users | add users: …%; only one may take those that remain',
      ],
    ],
    [
      'an arrival shape that no users are left for',
      withText('users: 60%', 'users: 100%'),
      [
        '14:7 workload.arrivals[1] | no users are left for this arrival shape: the others take 100% | lower the share of another, or remove this one',
      ],
    ],
    [
      'an end before the opening',
      withText('endsAt: 5s', 'endsAt: 500ms'),
      [
        '11:11 workload.endsAt | the workload ends at 500 ms, before the sale opens at 1.00 s | make workload.endsAt later than sale.opensAt; both count from t = 0',
      ],
    ],
    [
      'a close before the opening',
      withText('opensAt: 1s', 'opensAt: 1s\n  closesAt: 1s'),
      ['8:13 sale.closesAt | the sale closes before it opens | make closesAt later than opensAt'],
    ],
    [
      'a product twice',
      withText('stock: 5 }', 'stock: 5 }\n    - { id: shoe, stock: 1 }'),
      [
        '7:13 sale.products[1].id | the product "shoe" is listed twice | give each product an id of its own',
      ],
    ],
    [
      'more devices than a machine holds',
      withText(
        'users: 10\n  devicesPerUser: { 1: 60%, 2: 40% }',
        'users: 1000000\n  devicesPerUser: 3',
      ),
      [
        '9:10 workload.users | users × devicesPerUser makes 3000000 devices | lower one of them: 2000000 devices is the most',
      ],
    ],
    [
      'a fault after the end',
      `${goodScenario}faults:\n  - { at: 6s, kill: order-server }\n`,
      [
        '18:11 faults[0].at | this fault would come at 6.00 s, when the workload has ended | make it earlier than workload.endsAt (5.00 s from t = 0)',
      ],
    ],
    [
      'a fault of the evident kind, with one key of it missing',
      `${goodScenario}faults:\n  - { at: 2s, slow: order-server, delay: 1s }\n`,
      [
        '18:5 faults[0].for | "for" is missing | add it: write a duration with its unit, such as 250ms',
      ],
    ],
    [
      'faults with two times and with none',
      `${goodScenario}faults:\n  - { at: 2s, afterOpening: 1s, kill: order-server }\n  - { kill: order-server }\n`,
      [
        '18:5 faults[0] | this fault has two times: at and afterOpening | keep one of them',
        '19:5 faults[1] | this fault has no time | add at: 2s (from t = 0) or afterOpening: 2s',
      ],
    ],
    [
      'a refresh that no browser could keep up with',
      withText('endsAt: 5s', 'endsAt: 5s\n  refresh: { probability: 2, interval: 1ms }'),
      [
        '12:27 workload.refresh.probability | probability cannot be 2 | write a probability from 0 to 1, such as 0.3 or 30%',
        '12:40 workload.refresh.interval | interval cannot be "1ms" | write at least 50ms',
      ],
    ],
    [
      'a pool of no connections',
      withText('endsAt: 5s', 'endsAt: 5s\n  connections: { pool: 0 }'),
      [
        '12:24 workload.connections.pool | pool cannot be 0 | write a whole number from 1 to 1000000',
      ],
    ],
    [
      'connections that are neither a pool nor one for each device',
      withText('endsAt: 5s', 'endsAt: 5s\n  connections: 500'),
      [
        '12:16 workload.connections | connections cannot be 500 | write per-device, or a pool such as { pool: 500 }',
      ],
    ],
    [
      'more workers than connections in the pool',
      withText('endsAt: 5s', 'endsAt: 5s\n  workers: 4\n  connections: { pool: 3 }'),
      [
        '13:24 workload.connections.pool | 4 workers cannot share a pool of 3 | write at least 4: every worker has a part of the pool',
      ],
    ],
    [
      'a backoff that starts above its max',
      `${goodScenario}client: { retry: { backoff: { initial: 5s } } }\n`,
      [
        '17:40 client.retry.backoff.initial | backoff starts at 5.00 s, above its max of 2.00 s | lower initial or raise max',
      ],
    ],
  ];
