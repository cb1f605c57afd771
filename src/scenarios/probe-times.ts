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
  /** A device that was logged out goes on trying: a page, a look-up, a page and a logout, from the answer on. */
  afterLogoutMs: [0, 100, 400, 1_000],
  /** The last of them at the latest. */
  afterLogoutEndMs: 1_100,
} as const;
