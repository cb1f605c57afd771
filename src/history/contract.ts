import type { Operation } from './vocabulary.ts';

/**
 * What a server promises. What is not declared cannot be violated: the audit leaves it
 * out or answers `unknown`, and the report says so. The reference server's follows from its
 * settings; an own server declares it in the scenario.
 */
export interface Contract {
  readonly products: readonly ProductContract[];
  /** Devices of one person that may be logged in at the same time. */
  readonly maximumSessions?: number;
  readonly onExceed?: 'terminate-oldest' | 'terminate-least-recently-used' | 'deny';
  readonly rateLimit?: RateLimitContract;
  readonly waitingRoom?: WaitingRoomContract;
  /** Wall clock, ms since 1970: orders before it must be refused. */
  readonly opensAtMs?: number;
  /** Wall clock, ms since 1970: orders from it on must be refused. */
  readonly closesAtMs?: number;
  /** How long a session that was ended may still be honoured, in milliseconds. */
  readonly graceMs?: number;
  /** How long a session lasts at most from its login on, in milliseconds; left out, until something ends it. */
  readonly sessionLifeMs?: number;
  /** Whether a logout that was answered ok ends the session, and one everywhere all of the person. */
  readonly endsOnLogout?: boolean;
  /** How long an order that was answered 202 may stay undecided, in milliseconds. */
  readonly completionMs?: number;
  /** The server's clock and the runner's differ by at most this, in milliseconds. */
  readonly clockToleranceMs?: number;
  /** `remaining` of a successful order is the stock right after it, not a copy that may be old. */
  readonly exactRemaining?: boolean;
  /** A key that comes again with another payload is refused. */
  readonly rejectsKeyReuse?: boolean;
}

/** What is promised of one product. Counts are units. */
export interface ProductContract {
  readonly id: string;
  /** Units for sale when the sale opens. */
  readonly stock: number;
  /** Units one person may have, over all devices. */
  readonly limitPerUser?: number;
}

/** What is promised of a rate limit. */
export interface RateLimitContract {
  /** Any name; the audit knows token-bucket, gcra, sliding-log, sliding-window and fixed-window. */
  readonly algorithm: string;
  readonly key: 'user' | 'device' | 'address' | 'global';
  /** Requests per window, or the burst of a bucket. */
  readonly limit: number;
  readonly windowMs: number;
  /** What counts for the limit; left out: orders and pages. */
  readonly operations?: readonly Operation[];
}

/** What is promised of a waiting room in front of the orders. Durations are milliseconds. */
export interface WaitingRoomContract {
  /** Visitors inside at the same time. */
  readonly totalActiveUsers: number;
  /** Visitors called up within any minute. */
  readonly newUsersPerMinute: number;
  /** Any name; `passthrough` holds nobody back. */
  readonly queueing: string;
  /** How long a visitor who asks for nothing stays inside. */
  readonly sessionDurationMs: number;
  /** How often one who waits asks again. */
  readonly refreshEveryMs: number;
}
