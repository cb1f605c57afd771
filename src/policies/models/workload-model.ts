import type { Rng } from '../../core/rng.ts';

/** What decides how often a device comes back. */
export interface SessionOptions {
  /** The most purchases that a device sets out for, the first one included; 1 or more. */
  readonly maxPurchases: number;
  /** Probability, 0 to 1, that it wants something more when a purchase has ended. */
  readonly stayProbability: number;
}

/**
 * Which purchases of a device wait for which others (Schroeder, Wierman and Harchol-Balter, "Open
 * Versus Closed: A Cautionary Tale", NSDI '06). The first purchase of a device comes when its arrival
 * shape says; each further one begins a think time after the one before has ended.
 */
export interface WorkloadModel {
  readonly name: string;
  readonly describe: string;
  /** How many purchases a device sets out for, one after the other. */
  purchases(options: SessionOptions, rng: Rng): number;
}
