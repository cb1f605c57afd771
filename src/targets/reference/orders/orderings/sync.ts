import type { OrderingEntry } from './ordering-entry.ts';

/** The answer is the order: 201 when it is committed. */
export const sync: OrderingEntry = {
  name: 'sync',
  describe: 'The answer is the order (201).',
  queues: 'none',
  create: ({ stock }) => ({
    submit: (order) => stock.place(order),
    decide: (order) => stock.place(order),
  }),
};
