/** What came of the rules at the gateway, measured from the answers. Part of `result.json`. */
export interface GatewaySummary {
  /** null where no rate limit is promised. */
  readonly limit: LimitSummary | null;
  /** null where no cap on devices is promised and nobody logged out. */
  readonly sessions: SessionSummary | null;
}

/** How exactly a rate limit held. */
export interface LimitSummary {
  readonly algorithm: string;
  readonly key: string;
  /** Requests per window, or the burst of a bucket. */
  readonly limit: number;
  readonly windowMs: number;
  /** Keys whose requests reached the limiter. */
  readonly keys: number;
  readonly admitted: number;
  readonly limited: number;
  /** Requests admitted beyond what the algorithm promises, over those it should have admitted (I17). */
  readonly overAdmission: number | null;
  /** Requests refused although there was room, over those it should have admitted (I18). */
  readonly underAdmission: number | null;
  /** Most requests of one key admitted within any stretch of the window's length. */
  readonly fullestWindow: number;
  /** {@link fullestWindow} over the limit. */
  readonly burstFactor: number;
  /** Jain's index over the keys' shares of their own requests that were admitted: 1 is equal. */
  readonly fairness: number | null;
  readonly retryAfter: RetryAfterSummary;
  /** Requests let through because the limiter could not be asked; null where that does not happen. */
  readonly failedOpen: number | null;
}

/** Whether `Retry-After` was true. */
export interface RetryAfterSummary {
  /** Refusals that told a wait. */
  readonly told: number;
  /** Of those that came back no earlier than told, with nobody of the key let in meanwhile: refused again. */
  readonly broken: number;
  /** How much earlier than told others of the key were let in, in milliseconds; null if none was. */
  readonly tooLongMs: { readonly p50: number; readonly max: number } | null;
}

/** How exactly the cap on devices held, and whether what ended had ended. */
export interface SessionSummary {
  /** null where no cap is promised; then the figures of a cap are 0. */
  readonly maximumSessions: number | null;
  readonly onExceed: string;
  /** Most sessions alive of one user when all was over, beyond the cap; null when the store is not known. */
  readonly beyondCap: number | null;
  /** Sessions that were certainly alive together beyond the cap, over all users. */
  readonly beyondCapByAnswers: number;
  /** Requests honoured on sessions that had ended, and how long after the end at most. */
  readonly staleRequests: number;
  readonly stalenessMaxMs: number;
  /** Devices turned away although nothing had ended their session. */
  readonly overEvicted: number;
  /** Logins refused although a place was free. */
  readonly refusedLogins: number;
  /** Logouts that were answered ok, those of all devices of a person counted once. */
  readonly logouts: number;
}
