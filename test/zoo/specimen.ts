import type { InvariantName } from '../../src/audit/registry.ts';
import type { BaseServer, Promises } from './base-server.ts';

/** One animal of the zoo: a server, the sale that shows what it is, and what has to come out. */
export interface Specimen {
  readonly name: string;
  /** What is wrong with it, or unusual about it, in one sentence. */
  readonly story: string;
  readonly create: (promises: Promises) => BaseServer;
  /** What it is set to, and what the scenario declares of it. */
  readonly promises?: Promises;
  /** Changes to the common scenario of `scenario.ts`; objects are merged, all else is replaced. */
  readonly scenario?: Changes;
  readonly expected: Expected;
}

/** Part of a scenario, in the words of the scenario file. */
export type Changes = Readonly<Record<string, unknown>>;

export type Expected =
  | { readonly verdict: 'pass' }
  | {
      readonly verdict: 'violated';
      /** The invariant that has to catch it. */
      readonly by: InvariantName;
      /** Invariants that the same fault may break, too; no other may be violated. */
      readonly consequences: readonly InvariantName[];
      /** True when the fault needs two requests to meet; else it happens in every run. */
      readonly race: boolean;
    };

/** Of a server that is right. */
export const passes: Expected = { verdict: 'pass' };

/** Of a fault that happens in every run. */
export function caughtBy(by: InvariantName, ...consequences: readonly InvariantName[]): Expected {
  return { verdict: 'violated', by, consequences, race: false };
}

/** Of a fault that happens when two requests meet. */
export function racing(by: InvariantName, ...consequences: readonly InvariantName[]): Expected {
  return { verdict: 'violated', by, consequences, race: true };
}
