import { fifo } from './fifo.ts';
import type { QueueingMethod } from './line.ts';

/** Nobody waits and no limit holds; who is inside is counted all the same. */
export const passthrough: QueueingMethod = {
  describe: 'Nobody waits, whatever the limits; visitors are only counted.',
  holdsBack: false,
  createLine: () => fifo.createLine(),
};
