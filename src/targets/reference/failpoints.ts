/**
 * Places in an order's way at which a scenario can kill or pause the server process, named as in
 * fail-point libraries (FreeBSD fail(9), TiKV fail-rs): the moments at which a crash costs something.
 */
export const failpointNames = [
  /** The units are off the stock, and nothing else is certain. */
  'after-decrement',
  /** All of the order is written and not committed. */
  'before-commit',
  /** The order is committed, and its buyer does not know. */
  'after-commit-before-reply',
  /** The lock that keeps others out is held, and nothing is done yet. */
  'holding-lock',
] as const;

export type FailpointName = (typeof failpointNames)[number];

/** Where the code says that it has come to a failpoint. */
export interface Failpoints {
  /** Returns at once, or after a pause, or never: as the scenario wants it. */
  reach(name: FailpointName): Promise<void>;
}

/** Nothing ever happens. */
export const noFailpoints: Failpoints = { reach: () => Promise.resolve() };
