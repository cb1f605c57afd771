import type { Rng } from '../../core/rng.ts';

/** Who waits, and whose turn it is next. Nobody is in it twice. */
export interface Line {
  readonly size: number;
  join(id: string): void;
  /** Nothing happens to one who is not in it. */
  leave(id: string): void;
  /** Takes out whoever is let in next; undefined when nobody waits. */
  next(rng: Rng): string | undefined;
  /** How many are let in before this one: at most where the order is known, on average where it is drawn. */
  ahead(id: string): number;
}

/** A queueing method: the order in which visitors leave the waiting room. */
export interface QueueingMethod {
  /** One line, for help and docs. */
  readonly describe: string;
  /** Whether there is any waiting; where there is none, no limit holds. */
  readonly holdsBack: boolean;
  createLine(): Line;
}
