import { sleep } from '../../../core/clock.ts';
import { KeyedSemaphore } from '../stock/keyed-semaphore.ts';
import type { Ordering } from './ordering.ts';

/** The threads of one server process that work on orders. */
export interface ThreadPoolOptions {
  /** Orders worked on at once, at least 1; the others wait in line, first come first served. */
  readonly size: number;
  /** How long each order keeps its thread at least, in milliseconds. */
  readonly serviceTimeMs: number;
}

/**
 * Gives a process a capacity that is known beforehand, size ÷ service time, whatever the machine: as a
 * server has that keeps a thread for each request. Every order costs the same, be it new, a retry, or
 * one that nobody waits for any more. The line is as long as the requests that the server lets in.
 */
export function pooledOrdering(
  ordering: Ordering,
  { size, serviceTimeMs }: ThreadPoolOptions,
): Ordering {
  const threads = new KeyedSemaphore(size);
  return {
    submit: (order) =>
      threads.run('order', async () => {
        const [result] = await Promise.all([ordering.submit(order), sleep(serviceTimeMs)]);
        return result;
      }),
  };
}
