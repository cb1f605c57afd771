import { queuedOrdering } from '../ordering.ts';
import type { OrderingEntry } from './ordering-entry.ts';

/** The queue comes first: nothing is taken before the order is safely in it. */
export const async: OrderingEntry = {
  name: 'async',
  describe: 'The order is queued (202), and its stock counted when it comes out of the queue.',
  queues: 'whole-orders',
  create: ({ stock, database, queue, ring }) => ({
    ...queuedOrdering(database, queue, ring),
    decide: (order) => stock.place(order),
  }),
};
