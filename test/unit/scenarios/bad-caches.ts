import { goodScenario, withText } from './scenario-text.ts';

const cachers =
  'redis-read-write, redis-decr, redis-lua, redis-lua-guarded, local-cache or partitioned-cache';
const withStock = (stock: string): string =>
  withText('processes: 1', `processes: 1, stock: { ${stock} }`);
const withEvent = (stock: string, event: string): string =>
  `${withStock(stock)}events: [${event}]\n`;

/** Scenarios whose caches are wrong, with all that should be said of them. */
export const badCaches: readonly (readonly [
  title: string,
  text: string,
  problems: readonly string[],
])[] = [
  [
    'a strategy that there is not',
    withStock('strategy: redis-luna'),
    [
      '3:49 target.reference.stock.strategy | strategy cannot be "redis-luna" | did you mean "redis-lua"?',
    ],
  ],
  [
    'a recovery policy that there is not',
    withStock('strategy: redis-lua, recovery: from-order'),
    [
      '3:70 target.reference.stock.recovery | recovery cannot be "from-order" | did you mean "from-orders"? Write none, from-orders or from-orders-and-inflight',
    ],
  ],
  [
    'a lock that lives no time at all',
    withStock('strategy: redis-lock, lock: { ttl: 0s }'),
    [
      '3:74 target.reference.stock.lock.ttl | ttl cannot be "0s" | write a duration longer than 0, such as 250ms',
    ],
  ],
  [
    'a warm-up that is neither a word nor a time',
    withStock('strategy: redis-lua, warmUp: early'),
    [
      '3:68 target.reference.stock.warmUp | warmUp cannot be "early" | write none, manual, or { scheduled: 2s } for so long before the opening',
    ],
  ],
  [
    'a warm-up that would be due before anything has begun',
    withStock('strategy: redis-lua, warmUp: { scheduled: 3s }'),
    [
      '3:81 target.reference.stock.warmUp.scheduled | the warm-up would be due 2.00 s before t = 0 | write at most 1.00 s, or open later',
    ],
  ],
  [
    'a warm-up that should have been before the run',
    withStock('strategy: redis-lua, warmUp: { scheduled: 30s }').replace(
      'opensAt: 1s',
      'opensAt: "2026-11-27T10:00:10Z"',
    ),
    [
      '3:81 target.reference.stock.warmUp.scheduled | the warm-up would be due 20.00 s before now | write at most 10.00 s, or open later',
    ],
  ],
  [
    'a warm-up that nobody does',
    withStock('strategy: redis-lua, warmUp: manual'),
    [
      '3:68 target.reference.stock.warmUp | nobody warms "shoe" up: it would be sold out from the beginning | add an event such as { at: 0s, warmUp: shoe }, or write { scheduled: 1s }',
    ],
  ],
  [
    'a warm-up of nothing',
    withStock('strategy: redis-lock, warmUp: manual'),
    [
      `3:61 target.reference.stock.warmUp | no strategy in use caches a count: there is nothing to warm up | remove warmUp, or use one of ${cachers}`,
    ],
  ],
  [
    'the warm-up of a product that is counted in the database',
    withEvent('strategy: conditional-update', '{ at: 2s, warmUp: shoe }'),
    [
      `17:28 events[0].warmUp | "shoe" is counted in the database: there is nothing to warm up | remove this event, or use a strategy that caches: ${cachers}`,
    ],
  ],
  [
    'the warm-up of a product that is not on sale',
    withEvent('strategy: redis-lua', '{ at: 2s, warmUp: boot }'),
    ['17:28 events[0].warmUp | "boot" is not on sale | name one of sale.products: shoe'],
  ],
  [
    'an event that is none',
    `${goodScenario}events: [{ at: 2s, warmup: shoe }]\n`,
    ['17:20 events[0].warmup | unknown key "warmup" | did you mean "warmUp"?'],
  ],
];
