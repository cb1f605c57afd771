import { goodScenario, withText } from './scenario-text.ts';

const withFault = (fault: string): string => `${goodScenario}faults: [${fault}]\n`;

/** Scenarios whose faults are wrong, with all that should be said of them. */
export const badFaults: readonly (readonly [
  title: string,
  text: string,
  problems: readonly string[],
])[] = [
  [
    'an unknown failpoint',
    withFault('{ at: 2s, failpoint: after-decremnt, action: kill }'),
    [
      '17:31 faults[0].failpoint | failpoint cannot be "after-decremnt" | did you mean "after-decrement"? Write after-decrement, before-commit, after-commit-before-reply or holding-lock',
    ],
  ],
  [
    'a failpoint without an action',
    withFault('{ at: 2s, failpoint: before-commit }'),
    ['17:10 faults[0].action | "action" is missing | add it: write kill or pause'],
  ],
  [
    'a failpoint of hit 0',
    withFault('{ at: 2s, failpoint: before-commit, action: kill, hit: 0 }'),
    ['17:65 faults[0].hit | hit cannot be 0 | write a whole number from 1 to 1000000'],
  ],
  [
    'a failpoint that pauses for ever',
    withFault('{ at: 2s, failpoint: before-commit, action: pause }'),
    ['17:10 faults[0] | this pause has no end | add for: 3s, or write action: kill'],
  ],
  [
    'a failpoint that kills for a while',
    withFault('{ at: 2s, failpoint: before-commit, action: kill, for: 3s }'),
    [
      '17:60 faults[0].for | a process that is killed is replaced at once | remove for, or write action: pause',
    ],
  ],
  [
    'a pause without an end',
    withFault('{ at: 2s, pause: order-server }'),
    [
      '17:10 faults[0].for | "for" is missing | add it: write a duration with its unit, such as 250ms',
    ],
  ],
  [
    'a kill for a while',
    withFault('{ at: 2s, kill: order-server, for: 3s }'),
    [
      '17:40 faults[0].for | unknown key "for" | it belongs in workload.arrivals[].for or workload.arrivals[].levels[].for',
    ],
  ],
  [
    'a kill of nothing that there is',
    withFault('{ at: 2s, kill: kafka }'),
    ['17:26 faults[0].kill | kill cannot be "kafka" | write order-server, postgres or mysql'],
  ],
  [
    'a restart that does not say what stays',
    withFault('{ at: 2s, restart: redis }'),
    ['17:10 faults[0].persistence | "persistence" is missing | add it: write none or aof'],
  ],
  [
    'a fault of no kind',
    withFault('{ at: 2s, explode: order-server }'),
    [
      '17:10 faults[0].kill | "kill" is missing | add it: write order-server, postgres or mysql',
      '17:20 faults[0].explode | unknown key "explode" | keys that can stand here: at, afterOpening, kill, slow, delay, for, pause, failpoint, action, hit, flush, restart, persistence, stall',
    ],
  ],
  [
    'a stalled queue where there is none',
    withFault('{ at: 2s, stall: queue, for: 1s }'),
    [
      '17:27 faults[0].stall | there is no queue: orders are decided at once | set target.reference.ordering to async, or remove this fault',
    ],
  ],
  [
    'faults of stores that nothing is kept in',
    withFault('{ at: 2s, flush: redis }, { at: 2s, kill: mysql }'),
    [
      '17:27 faults[0].flush | nothing is kept in Redis | take a strategy that counts there, such as redis-lua, keep sessions or the rate limit there, or remove this fault',
      '17:52 faults[1].kill | nothing is kept in MySQL | set target.reference.stock.store to mysql, or remove this fault',
    ],
  ],
  [
    'a fault of an own server',
    withText('reference: { processes: 1 }', 'http: { baseUrl: "http://localhost:3000" }') +
      'faults: [{ at: 2s, kill: order-server }]\n',
    [
      '17:10 faults[0] | an own server cannot be broken from here | remove this fault; only the reference server has services to break',
    ],
  ],
  [
    'an ordering that comes between units and order, with strategies that do both in one',
    withText('processes: 1', 'ordering: publish-or-release').replace(
      'stock: 5 }',
      'stock: 5 }\n    - { id: cap, stock: 5, strategy: naive }',
    ),
    [
      '3:26 target.reference.ordering | conditional-update leaves no room for the queue, which publish-or-release puts between units and order | set the strategy to conditional-update-split, or ordering to async',
      '7:38 sale.products[1].strategy | naive leaves no room for the queue, which publish-or-release puts between units and order | set the strategy to conditional-update-split, or ordering to async',
    ],
  ],
];
