import type { OrderingName } from './orders/orderings/registry.ts';
import { orderings } from './orders/orderings/registry.ts';

/** What the connections of one server process are for; the rest is for requests. */
export interface ConnectionPlan {
  /** Workers that decide queued orders. Each holds a connection while it works through another. */
  readonly consumers: number;
  /** Connections that orders are published by, so that a queue that hangs holds up nothing else. */
  readonly publishers: number;
}

/** Of one server process, where there are connections for them. */
const consumersMax = 2;
const publishersMax = 2;

/** Connections that a plan sets apart. */
export function connectionsOf({ consumers, publishers }: ConnectionPlan): number {
  return 2 * consumers + publishers;
}

/** The least that an ordering needs, beside one connection for requests. */
export function smallestPlan(ordering: OrderingName): ConnectionPlan {
  const { queues } = orderings[ordering];
  return {
    consumers: queues === 'none' ? 0 : 1,
    publishers: queues === 'taken-units' ? 1 : 0,
  };
}

/**
 * As much as leaves a connection for requests.
 *
 * @param poolMax connections of the process: at least one more than the smallest plan sets apart
 */
export function connectionPlan(ordering: OrderingName, poolMax: number): ConnectionPlan {
  const smallest = smallestPlan(ordering);
  const most = {
    consumers: smallest.consumers * consumersMax,
    publishers: smallest.publishers * publishersMax,
  };
  const middle = { ...smallest, consumers: most.consumers };
  return [most, middle].find((plan) => connectionsOf(plan) < poolMax) ?? smallest;
}
