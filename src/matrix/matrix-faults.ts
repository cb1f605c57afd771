import type { MatrixFaultName } from '../targets/reference/stock/stock-strategy.ts';

/**
 * What `flashsim matrix` does to the server while a strategy sells: the columns of the matrix. Each is a
 * handful of `--set` for the built-in `stock-lab`, so that every cell can be played again by hand.
 */
export interface MatrixFault {
  /** For people, in a few words. */
  readonly title: string;
  readonly overrides: readonly string[];
}

/** Kills the server process that comes to the failpoint with the stock half sold. */
const crashAt = (failpoint: string): readonly string[] => [
  `faults=[{ at: 0s, failpoint: ${failpoint}, action: kill, hit: 20 }]`,
];

/**
 * Redis is emptied while one process stands still with units that it has taken and not written: what the
 * orders do not tell. Without the pause they are committed before anybody has counted them.
 */
const flushedOverUnitsInHand = (recovery: string): readonly string[] => [
  `target.reference.stock.recovery=${recovery}`,
  'faults=[{ at: 0s, failpoint: after-decrement, action: pause, for: 1500ms, hit: 20 }, { afterOpening: 500ms, flush: redis }]',
];

/** Every column, by the name that strategies use for what they expect of it. */
export const matrixFaults = {
  none: { title: 'no fault', overrides: [] },
  'crash-after-decrement': {
    title: 'kill -9 between stock and order',
    overrides: crashAt('after-decrement'),
  },
  'crash-before-commit': {
    title: 'kill -9 before the commit',
    overrides: crashAt('before-commit'),
  },
  'crash-after-commit': {
    title: 'kill -9 between commit and answer',
    overrides: crashAt('after-commit-before-reply'),
  },
  'crash-holding-lock': {
    title: 'kill -9 with the lock in hand',
    overrides: crashAt('holding-lock'),
  },
  'pause-holding-lock': {
    title: 'a pause longer than the lock lives',
    overrides: [
      'target.reference.stock.lock={ ttl: 300ms }',
      // Lock in hand and everything computed: what it read is old when it goes on.
      'faults=[{ at: 0s, failpoint: before-commit, action: pause, for: 1500ms, hit: 10 }]',
    ],
  },
  'redis-flush': {
    title: 'Redis emptied, loaded with the whole stock',
    // When the crowd is served and few are on their way: a DECRBY that meets the loss would make a
    // counter at or below zero, which counts as loaded, and nobody could buy twice.
    overrides: [
      'target.reference.stock.recovery=none',
      'faults=[{ afterOpening: 700ms, flush: redis }]',
    ],
  },
  'redis-flush-from-orders': {
    title: 'Redis emptied, loaded with stock − orders',
    overrides: flushedOverUnitsInHand('from-orders'),
  },
  'redis-flush-from-inflight': {
    title: 'Redis emptied, loaded with stock − orders − in flight',
    overrides: flushedOverUnitsInHand('from-orders-and-inflight'),
  },
  'redis-restart-aof': {
    title: 'Redis restarted with its append-only file',
    overrides: [
      'target.reference.stock.recovery=from-orders',
      'faults=[{ afterOpening: 70ms, restart: redis, persistence: aof }]',
    ],
  },
  'database-kill': {
    title: 'kill -9 of the database, restarted on its data',
    overrides: ['faults=[{ afterOpening: 70ms, kill: postgres }]'],
  },
  'queue-stall': {
    title: 'publishing takes longer than its timeout',
    overrides: ['faults=[{ afterOpening: 50ms, stall: queue, for: 1500ms }]'],
  },
} as const satisfies Record<'none' | MatrixFaultName, MatrixFault>;

export type MatrixColumn = keyof typeof matrixFaults;
