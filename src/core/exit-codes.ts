/**
 * What a process of flashsim exits with. CI gates on these, so a number never changes
 * its meaning. `docs/reference/exit-codes.md` is kept in step by a test.
 */
export const exitCodes = {
  /** Every invariant and threshold held, with evidence enough to say so. */
  pass: 0,
  /** A bug in flashsim itself. */
  bug: 1,
  /** Bad usage, or a scenario that does not validate. */
  usage: 2,
  /** An invariant or a threshold was violated. */
  violated: 3,
  /** The evidence is not enough for a verdict, or the run was vacuous. */
  unknown: 4,
  /** The target, or a service it needs, could not be reached or started. */
  unavailable: 5,
  /** Interrupted by SIGINT or SIGTERM. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];
