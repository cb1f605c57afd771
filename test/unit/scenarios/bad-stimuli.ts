import { goodScenario, withText } from './scenario-text.ts';

const capped = 'sessions: { maximumSessions: 1 }';
const own = (rest = '') => `http: { baseUrl: "http://localhost:3000"${rest} }`;

/** Scenarios whose quantities, events or probes are wrong, with all that should be said of them. */
export const badStimuli: readonly (readonly [
  title: string,
  text: string,
  problems: readonly string[],
])[] = [
  [
    'a quantity that is neither number nor shares',
    withText('users: 10', 'users: 10\n  quantity: many'),
    [
      '10:13 workload.quantity | quantity cannot be "many" | write a whole number from 1 to 1000, or shares such as { 1: 80%, 2: 20% }',
    ],
  ],
  [
    'shares of quantities that do not add up',
    withText('users: 10', 'users: 10\n  quantity: { 1: 80%, 2: 30% }'),
    ['10:13 workload.quantity | the shares of quantity add up to 110% | make them add up to 100%'],
  ],
  [
    'a quantity of nothing',
    withText('users: 10', 'users: 10\n  quantity: { 0: 100% }'),
    ['10:15 workload.quantity.0 | "0" cannot be a key here | write a number of units, 1 to 1000'],
  ],
  [
    'purchases that are all above the limit per user',
    withText('stock: 5', 'stock: 5, limitPerUser: 2').replace(
      'users: 10',
      'users: 10\n  quantity: { 3: 50%, 4: 50%, 1: 0% }',
    ),
    [
      '10:13 workload.quantity | nobody could buy "shoe": the smallest purchase is 3 units, and limitPerUser is 2 | lower workload.quantity for some, or raise limitPerUser',
    ],
  ],
  [
    'a cancel with a delay that is none',
    withText('users: 10', 'users: 10\n  cancel: { probability: 10%, delay: 5 }'),
    [
      '10:38 workload.cancel.delay | delay cannot be 5 | write a duration such as 500ms, or { exponential: 500ms }',
    ],
  ],
  [
    'polls that end before they begin',
    `${goodScenario}client: { poll: { interval: 2s, timeout: 1s } }\n`,
    [
      '17:29 client.poll.interval | polls would come every 2.00 s, but end after 1.00 s | lower interval or raise timeout',
    ],
  ],
  [
    'polls without a pause',
    `${goodScenario}client: { poll: { interval: 0s } }\n`,
    ['17:29 client.poll.interval | interval cannot be "0s" | write at least 10ms'],
  ],
  [
    'an event after the end',
    `${goodScenario}events: [{ at: 6s, restock: 5 }]\n`,
    [
      '17:16 events[0].at | this event would come at 6.00 s, when the workload has ended | make it earlier than workload.endsAt (5.00 s from t = 0)',
    ],
  ],
  [
    'an event after the end, counted from the opening',
    `${goodScenario}events: [{ afterOpening: 4s, restock: 5 }]\n`,
    [
      '17:26 events[0].afterOpening | this event would come at 5.00 s, when the workload has ended | make it earlier than workload.endsAt (5.00 s from t = 0)',
    ],
  ],
  [
    'events with two times and with none',
    `${goodScenario}events: [{ at: 2s, afterOpening: 1s, restock: 5 }, { close: true }]\n`,
    [
      '17:10 events[0] | this event has two times: at and afterOpening | keep one of them',
      '17:52 events[1] | this event has no time | add at: 2s (from t = 0) or afterOpening: 2s',
    ],
  ],
  [
    'an event that does nothing known',
    `${goodScenario}events: [{ at: 2s, restok: 5 }]\n`,
    ['17:20 events[0].restok | unknown key "restok" | did you mean "restock"?'],
  ],
  [
    'a restock of nothing',
    `${goodScenario}events: [{ at: 2s, restock: 0 }]\n`,
    ['17:29 events[0].restock | restock cannot be 0 | write a whole number from 1 to 10000000'],
  ],
  [
    'a closing that is none',
    `${goodScenario}events: [{ at: 2s, close: false }]\n`,
    ['17:27 events[0].close | close cannot be false | write true'],
  ],
  [
    'a restock of a product that is not on sale',
    `${goodScenario}events: [{ at: 2s, restock: 5, product: shoes }]\n`,
    ['17:41 events[0].product | "shoes" is not on sale | name one of sale.products: shoe'],
  ],
  [
    'a restock that does not say of which product',
    `${withText('stock: 5 }', 'stock: 5 }\n    - { id: boot, stock: 1 }')}events: [{ at: 2s, restock: 5 }]\n`,
    [
      '18:10 events[0] | this restock does not say of which product | add product: shoe, or another of sale.products',
    ],
  ],
  [
    'two closing events',
    `${goodScenario}events: [{ at: 2s, close: true }, { at: 3s, close: true }]\n`,
    ['17:35 events[1] | the sale closes twice: events[0] closes it too | keep one of the two'],
  ],
  [
    'a closing event beside closesAt',
    `${withText('opensAt: 1s', 'opensAt: 1s\n  closesAt: 4s')}events: [{ at: 2s, close: true }]\n`,
    ['18:10 events[0] | the sale closes twice: sale.closesAt closes it too | keep one of the two'],
  ],
  [
    'a closing event before the opening',
    `${goodScenario}events: [{ at: 1s, close: true }]\n`,
    [
      '17:16 events[0].at | the sale closes before it opens | make this event later than sale.opensAt',
    ],
  ],
  [
    'orders after a closing that there is not',
    `${goodScenario}probes: { afterClose: 5% }\n`,
    [
      '17:11 probes.afterClose | orders after the closing need a closing, and this sale never closes | add sale.closesAt, or an event with close: true',
    ],
  ],
  [
    'orders after a closing that is after the end',
    `${withText('opensAt: 1s', 'opensAt: 1s\n  closesAt: 4500ms')}probes: { afterClose: 5% }\n`,
    [
      '18:11 probes.afterClose | orders after the closing would come until 5.02 s, when the workload has ended | close earlier, or make workload.endsAt later',
    ],
  ],
  [
    'orders before an opening at once',
    `${withText('opensAt: 1s', 'opensAt: 0s')}probes: { beforeOpen: 5% }\n`,
    [
      '17:11 probes.beforeOpen | there is no time for orders before an opening at 0 µs | make sale.opensAt later, such as 2s',
    ],
  ],
  [
    'evicted devices without a cap',
    `${goodScenario}probes: { evictedDevice: 5% }\n`,
    [
      '17:11 probes.evictedDevice | without a cap on devices none is ever evicted | add target.reference.sessions.maximumSessions',
    ],
  ],
  [
    'evicted devices of an own server that declares no cap',
    `${withText('reference: { processes: 1 }', own())}probes: { evictedDevice: 5% }\n`,
    [
      '17:11 probes.evictedDevice | without a cap on devices none is ever evicted | add target.http.contract.maximumSessions',
    ],
  ],
  [
    'evicted devices where nobody has two',
    `${withText('processes: 1', capped).replace('2: 40%', '2: 0%').replace('1: 60%', '1: 100%')}probes: { evictedDevice: 5% }\n`,
    [
      '17:11 probes.evictedDevice | nobody has more than 1 device, and 1 may be logged in | raise workload.devicesPerUser or lower maximumSessions',
    ],
  ],
  [
    'evicted devices where the login is denied',
    `${withText('processes: 1', 'sessions: { maximumSessions: 1, onExceed: deny }')}probes: { evictedDevice: 5% }\n`,
    [
      '17:11 probes.evictedDevice | a server that denies the login above the cap evicts nobody | make onExceed terminate-oldest, or remove this probe',
    ],
  ],
  [
    'logouts that nothing could follow',
    `${withText('opensAt: 1s', 'opensAt: 4s')}probes: { logout: 5%, logoutEverywhere: 5% }\n`,
    [
      '17:11 probes.logout | there is no time for logouts: what follows them takes 1.10 s after the opening | open earlier, or make workload.endsAt later',
      '17:23 probes.logoutEverywhere | there is no time for logouts: what follows them takes 1.10 s after the opening | open earlier, or make workload.endsAt later',
    ],
  ],
  [
    'a probe that is none',
    `${goodScenario}probes: { keyReused: 5% }\n`,
    ['17:11 probes.keyReused | unknown key "keyReused" | did you mean "keyReuse"?'],
  ],
  [
    'a strategy for a product of an own server',
    withText('reference: { processes: 1 }', own()).replace('stock: 5', 'stock: 5, strategy: naive'),
    [
      '6:29 sale.products[0].strategy | an own server counts its stock down in its own way | remove strategy; only the reference server has them to choose from',
    ],
  ],
  [
    'an ordering of an own server',
    withText('reference: { processes: 1 }', own(', ordering: async')),
    [
      '3:45 target.http.ordering | unknown key "ordering" | it belongs in target.reference.ordering',
    ],
  ],
  [
    'a limit on what no limiter counts',
    withText(
      'reference: { processes: 1 }',
      own(
        ', contract: { rateLimit: { algorithm: gcra, key: user, limit: 1, window: 1s, operations: [orders] } }',
      ),
    ),
    [
      '3:133 target.http.contract.rateLimit.operations[0] | operations[0] cannot be "orders" | did you mean "order"? Write login, page, order, status or cancel',
    ],
  ],
];
