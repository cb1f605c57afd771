import { withText } from './scenario-text.ts';

const reference = (settings: string): string =>
  withText('{ processes: 1 }', `{ processes: 2, ${settings} }`);

const room = (settings: string): string =>
  withText('{ processes: 1 }', `{ processes: 1, waitingRoom: { ${settings} } }`);

/** Sessions and limits that cannot be, and what should be said: as `bad`. */
export const badGateways: readonly (readonly [
  title: string,
  text: string,
  problems: readonly string[],
])[] = [
  [
    'a cap of no device',
    reference('sessions: { maximumSessions: 0 }'),
    [
      '3:59 target.reference.sessions.maximumSessions | maximumSessions cannot be 0 | write a whole number from 1 to 1000',
    ],
  ],
  [
    'no device for anybody',
    withText('devicesPerUser: { 1: 60%, 2: 40% }', 'devicesPerUser: 0'),
    [
      '10:19 workload.devicesPerUser | devicesPerUser cannot be 0 | write a whole number from 1 to 99',
    ],
  ],
  [
    'an unknown policy for too many devices',
    reference('sessions: { onExceed: terminate-newest }'),
    [
      '3:52 target.reference.sessions.onExceed | onExceed cannot be "terminate-newest" | did you mean "terminate-oldest"? Write terminate-oldest, terminate-least-recently-used or deny',
    ],
  ],
  [
    'sessions in the memory of several processes',
    reference('sessions: { store: memory }'),
    [
      '3:27 target.reference.processes | sessions in memory are in one process, and there would be 2 | write processes: 1, or use another store for sessions',
    ],
  ],
  [
    'a token of another kind',
    reference('sessions: { tokens: { type: paseto } }'),
    ['3:58 target.reference.sessions.tokens.type | type cannot be "paseto" | write opaque or jwt'],
  ],
  [
    'a token that expires at once',
    reference('sessions: { tokens: { type: jwt, ttl: 0s } }'),
    [
      '3:68 target.reference.sessions.tokens.ttl | ttl cannot be "0s" | write a duration longer than 0, such as 250ms',
    ],
  ],
  [
    'a life of a token that means nothing',
    reference('sessions: { tokens: { ttl: 5s } }'),
    [
      '3:52 target.reference.sessions.tokens.ttl | unknown key "ttl" | it belongs in target.reference.stock.lock.ttl, target.reference.sessions.refresh.ttl or client.retry.budget.ttl',
    ],
  ],
  [
    'a leeway that never ends',
    reference('sessions: { refresh: { ttl: 1s, leeway: 2s } }'),
    [
      '3:70 target.reference.sessions.refresh.leeway | a refresh token lives for 1.00 s, no longer than its leeway | lower leeway or raise ttl',
    ],
  ],
  [
    'a negative rate',
    reference('rateLimiter: { replenishRate: -1/s, burstCapacity: 2 }'),
    [
      '3:60 target.reference.rateLimiter.replenishRate | replenishRate cannot be "-1/s" | write a rate with its unit, such as 500/s',
    ],
  ],
  [
    'a burst below one',
    reference('rateLimiter: { replenishRate: 1/s, burstCapacity: 0.5 }'),
    [
      '3:80 target.reference.rateLimiter.burstCapacity | burstCapacity cannot be 0.5 | write a whole number from 1 to 1000000',
    ],
  ],
  [
    'a burst of nothing',
    reference('rateLimiter: { algorithm: gcra, replenishRate: 1/s, maxBurst: -1 }'),
    [
      '3:92 target.reference.rateLimiter.maxBurst | maxBurst cannot be -1 | write a whole number from 0 to 1000000',
    ],
  ],
  [
    'an algorithm that there is not',
    reference('rateLimiter: { algorithm: leaky, replenishRate: 1/s, burstCapacity: 2 }'),
    [
      '3:56 target.reference.rateLimiter.algorithm | algorithm cannot be "leaky" | write token-bucket, gcra, fixed-window, sliding-log, sliding-counter or spring-cloud-gateway',
    ],
  ],
  [
    'a window without a limit',
    reference('rateLimiter: { algorithm: fixed-window, window: 1s, burstCapacity: 3 }'),
    [
      '3:30 target.reference.rateLimiter.limit | "limit" is missing | add it: write a whole number from 1 to 100000',
      '3:82 target.reference.rateLimiter.burstCapacity | unknown key "burstCapacity" | keys that can stand here: algorithm, limit, window, key, store, failOpen',
    ],
  ],
  [
    'a key that nobody counts by',
    reference('rateLimiter: { key: cookie, replenishRate: 1/s, burstCapacity: 2 }'),
    [
      '3:50 target.reference.rateLimiter.key | key cannot be "cookie" | write user, device, address or global',
    ],
  ],
  [
    'a bucket that Spring Cloud Gateway does not take',
    reference(
      'rateLimiter: { algorithm: spring-cloud-gateway, replenishRate: 5/s, burstCapacity: 2 }',
    ),
    [
      '3:113 target.reference.rateLimiter.burstCapacity | burstCapacity is 2, below the 5 tokens of a second | raise burstCapacity to at least replenishRate: this limiter refills once a second',
    ],
  ],
  [
    'addresses of their own over connections that all share',
    withText('users: 10', 'users: 10\n  connections: { pool: 5 }\n  addresses: { each: user }'),
    [
      '11:14 workload.addresses | each user would connect from an address of its own, over connections that all share | write connections: per-device, or addresses.via: x-forwarded-for',
    ],
  ],
  [
    'a waiting room for nobody, that lets nobody in and never looks again',
    room('totalActiveUsers: 0, newUsersPerMinute: -1, refreshEvery: 0s, sessionDuration: 0s'),
    [
      '3:63 target.reference.waitingRoom.totalActiveUsers | totalActiveUsers cannot be 0 | write a whole number from 1 to 1000000',
      '3:85 target.reference.waitingRoom.newUsersPerMinute | newUsersPerMinute cannot be -1 | write a whole number from 1 to 10000000',
      '3:103 target.reference.waitingRoom.refreshEvery | refreshEvery cannot be "0s" | write at least 50ms',
      '3:124 target.reference.waitingRoom.sessionDuration | sessionDuration cannot be "0s" | write a duration longer than 0, such as 250ms',
    ],
  ],
  [
    'a waiting room that is larger than any crowd, in an order that there is not',
    room('totalActiveUsers: 1000001, newUsersPerMinute: 10000001, queueing: lifo'),
    [
      '3:63 target.reference.waitingRoom.totalActiveUsers | totalActiveUsers cannot be 1000001 | write a whole number from 1 to 1000000',
      '3:91 target.reference.waitingRoom.newUsersPerMinute | newUsersPerMinute cannot be 10000001 | write a whole number from 1 to 10000000',
      '3:111 target.reference.waitingRoom.queueing | queueing cannot be "lifo" | did you mean "fifo"? Write fifo, random or passthrough',
    ],
  ],
  [
    'a waiting room in the memory of several processes',
    reference('waitingRoom: { totalActiveUsers: 5, newUsersPerMinute: 60, refreshEvery: 1s }'),
    [
      '3:27 target.reference.processes | a waiting room is in the memory of one process, and there would be 2 | write processes: 1, or remove waitingRoom',
    ],
  ],
  [
    'places that are lost before anybody looks again',
    room('totalActiveUsers: 5, newUsersPerMinute: 60, refreshEvery: 1s, placeKeptFor: 1s'),
    [
      '3:121 target.reference.waitingRoom.placeKeptFor | a place is kept for 1.00 s, and those who wait look again after 1.00 s | make placeKeptFor longer than refreshEvery: all who wait would lose their places',
    ],
  ],
  [
    'a waiting room that nobody looks into again before the workload ends',
    room('totalActiveUsers: 5, newUsersPerMinute: 60'),
    [
      '3:30 target.reference.waitingRoom.refreshEvery | those who wait would look again after 20.00 s, when the workload has ended | write less than the 4.00 s from the opening to workload.endsAt',
    ],
  ],
  [
    'keys that a waiting room lets nobody use again',
    `${room('totalActiveUsers: 5, newUsersPerMinute: 60, refreshEvery: 1s')}probes: { keyReuse: 10% }\n`,
    [
      '17:21 probes.keyReuse | the waiting room would turn away every key that is reused: an order ends the visit | remove keyReuse, or waitingRoom',
    ],
  ],
];
