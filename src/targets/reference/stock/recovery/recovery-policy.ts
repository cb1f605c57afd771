import type { InFlightUnits } from '../../cache/in-flight.ts';
import type { SaleTally } from '../../cache/sale-tally.ts';
import type { LoadedCount } from '../../cache/stock-counter.ts';

/**
 * What a count is loaded with when there is none: for the first time, after a loss, or because it is to
 * be warmed up anew. No units can be taken from it meanwhile.
 */
export interface RecoveryPolicy {
  /** The name it has in a scenario. */
  readonly name: string;
  /** One line, for help and docs. */
  readonly describe: string;
  /** The count of a product, by what can be asked. */
  readonly count: (productId: string, ask: RecoveryReads) => Promise<LoadedCount>;
}

/** What a policy may ask. Each answer is of an instant within the call. */
interface RecoveryReads {
  /** What the rows of the database say. */
  readonly tally: (productId: string) => Promise<SaleTally>;
  /**
   * What is taken but not yet a row, or withdrawn but not yet back, in all server processes.
   *
   * @throws {Error} when one of them does not answer
   */
  readonly inFlight: (productId: string) => Promise<readonly InFlightUnits[]>;
}
