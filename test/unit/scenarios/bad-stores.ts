import { withText } from './scenario-text.ts';

const reference = (settings: string): string => withText('{ processes: 1 }', settings);

const onSqlOnly =
  'use it on postgres or mysql, or take a strategy that memory has (docs/reference/strategies.md)';

/** Stores that cannot do what a scenario asks of them, and what should be said: as `bad`. */
export const badStores: readonly (readonly [
  title: string,
  text: string,
  problems: readonly string[],
])[] = [
  [
    'a store that there is not',
    reference('{ stock: { store: mongo } }'),
    [
      '3:32 target.reference.stock.store | store cannot be "mongo" | write postgres, mysql or memory',
    ],
  ],
  [
    'a misspelt store',
    reference('{ stock: { store: mysq } }'),
    [
      '3:32 target.reference.stock.store | store cannot be "mysq" | did you mean "mysql"? Write postgres, mysql or memory',
    ],
  ],
  [
    'a strategy on a store that it cannot count on',
    reference('{ processes: 1, stock: { store: memory, strategy: table-lock } }'),
    [
      `3:64 target.reference.stock.strategy | table-lock cannot count on store memory | ${onSqlOnly}`,
    ],
  ],
  [
    'a product’s strategy on a store that it cannot count on',
    reference('{ processes: 1, stock: { store: memory } }').replace(
      'stock: 5',
      'stock: 5, strategy: serializable',
    ),
    [`6:39 sale.products[0].strategy | serializable cannot count on store memory | ${onSqlOnly}`],
  ],
  [
    'orders in the memory of several processes',
    reference('{ processes: 3, stock: { store: memory } }'),
    [
      '3:27 target.reference.processes | orders in memory are in one process, and there would be 3 | write processes: 1, or use another store',
    ],
  ],
  [
    'orders in memory with as many processes as there are by default',
    reference('{ stock: { store: memory } }'),
    [
      '3:3 target.reference.processes | orders in memory are in one process, and there would be 2 | write processes: 1, or use another store',
    ],
  ],
  [
    'a queue for orders that are not in PostgreSQL',
    reference('{ ordering: async, stock: { store: mysql } }'),
    [
      '3:26 target.reference.ordering | queued orders are in PostgreSQL, and store is mysql | write ordering: sync, or use store: postgres',
    ],
  ],
];
