/**
 * When probes are sent: far enough from the instants that they are about for no clock to be blamed.
 * Milliseconds.
 */
export const probeTimes = {
  /** Orders before the opening come at least this long before it. */
  beforeOpenMarginMs: 50,
  /** Orders after the closing come between these two after it. */
  afterCloseStartMs: 20,
  afterCloseEndMs: 520,
} as const;
