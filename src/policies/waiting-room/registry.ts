import { fifo } from './fifo.ts';
import type { QueueingMethod } from './line.ts';
import { passthrough } from './passthrough.ts';
import { random } from './random.ts';

/** Every queueing method, by the name it has in a scenario. */
export const queueingMethods = {
  fifo,
  random,
  passthrough,
} as const satisfies Record<string, QueueingMethod>;

/** A name of {@link queueingMethods}. */
export type QueueingMethodName = keyof typeof queueingMethods;
