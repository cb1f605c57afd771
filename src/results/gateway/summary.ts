/** What came of the rules at the gateway, measured from the answers. Part of `result.json`. */
export interface GatewaySummary {
  /** null where no rate limit is promised. */
  readonly limit: LimitSummary | null;
  /** null where no cap on devices is promised. */
  readonly sessions: SessionSummary | null;
  /** Left out where there is no waiting room. */
  readonly waitingRoom?: WaitingRoomSummary;
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

/** How exactly the cap on devices held. */
export interface SessionSummary {
  readonly maximumSessions: number;
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
}

/** What came of a waiting room. A visitor is a device; who comes again after a visit is another. */
export interface WaitingRoomSummary {
  readonly totalActiveUsers: number;
  readonly newUsersPerMinute: number;
  readonly queueing: string;
  /** Visitors who asked to be let in. */
  readonly came: number;
  readonly admitted: number;
  /** Went away before they were let in. */
  readonly abandoned: number;
  /** Waited when the workload was over. */
  readonly stillWaiting: number;
  /** From the first request to the answer that let them in, of those who were; null for nobody. */
  readonly waitMs: WaitSummary | null;
  /** Most who waited at one instant, for certain. */
  readonly waitingMax: number;
  /**
   * Most who were inside at one instant as they saw it: from the answer that let them in to the last answer
   * to an order. A room counts those too who were called up and do not know it yet.
   */
  readonly insideMax: number;
  /** Most whom the room must have had inside at one instant, whatever it does. */
  readonly insideCertainMax: number;
  /**
   * Most who came in within any minute, for certain. Those who were called up before it may be among them,
   * because one who waits learns of it with the next refresh.
   */
  readonly admittedPerMinuteMax: number;
  /** The same within any second. */
  readonly admittedPerSecondMax: number;
  /** Jain's index of the waits: 1 when all waited equally long; null when nobody was let in. */
  readonly fairness: number | null;
  /**
   * Of the pairs of visitors of whom one certainly came first: the share in which the other was let in
   * first. 0 in order of arrival, 0.5 by chance, 1 in reverse; null when there is no such pair.
   */
  readonly overtaken: number | null;
  /** By group; empty where there are none. */
  readonly groups: readonly WaitingRoomGroup[];
}

/** Waits in milliseconds. */
export interface WaitSummary {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** Visitors of one group. */
export interface WaitingRoomGroup {
  readonly name: string;
  readonly came: number;
  readonly admitted: number;
  readonly waitMs: WaitSummary | null;
}
