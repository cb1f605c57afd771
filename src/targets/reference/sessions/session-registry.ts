import type { TruthSessions } from '../../../history/truth.ts';

/** Who a request comes from. */
export interface Identity {
  readonly userId: string;
  readonly deviceId: string;
  readonly sessionId: string;
}

/** A session that is to be. */
export interface NewSession extends Identity {
  /** The token is kept as its hash only: a copy of the store logs nobody in. */
  readonly tokenHash: string;
}

/** What became of a registration. */
export type Registered =
  | {
      readonly kind: 'created';
      /** Sessions that ended with it: of the same device, and above the cap. */
      readonly ended: readonly string[];
      /** How many of them were above the cap. */
      readonly evicted: number;
    }
  | { readonly kind: 'device-limit' };

/** Why a session ended. */
export type EndReason = 'logout' | 'reuse';

/** A refresh token that is to be. */
export interface RefreshToken {
  readonly tokenHash: string;
  readonly ttlMs: number;
}

/** What became of a refresh. */
export type Rotated =
  | { readonly kind: 'rotated'; readonly identity: Identity }
  /** It was used before: the session has ended. */
  | { readonly kind: 'reused'; readonly sessionId: string }
  /** There is no such token, it has expired, or its session has ended. */
  | { readonly kind: 'unknown' };

/** Who is logged in on which device: the port behind which the store is. */
export interface SessionRegistry {
  /**
   * Registers a session and keeps the cap as the settings say. A device that logs in again gives its
   * own place up first.
   */
  register(session: NewSession): Promise<Registered>;
  /** The session of a token that is alive, which counts as used now; undefined when there is none. */
  find(tokenHash: string): Promise<Identity | undefined>;
  /** Whether the session is alive; of no effect on when it was last used. */
  isAlive(sessionId: string): Promise<boolean>;
  /** Ends a session. False when it is not alive. */
  end(sessionId: string, reason: EndReason): Promise<boolean>;
  /** Ends all sessions of a user; their ids. */
  endAll(userId: string): Promise<readonly string[]>;
  /** Another token for a session, in place of the one that it had. */
  replaceToken(sessionId: string, tokenHash: string): Promise<void>;
  /** Gives a session its first refresh token. */
  issueRefresh(sessionId: string, token: RefreshToken): Promise<void>;
  /**
   * Takes a refresh token and gives the session the next one, in one step. The last one is good once;
   * the one before it again for as long as the leeway says; any other use ends the session, since one
   * of two holders must be a thief (RFC 9700 §4.14.2).
   */
  rotateRefresh(tokenHash: string, next: RefreshToken, leewayMs: number): Promise<Rotated>;
  truth(): Promise<TruthSessions>;
  /** Forgets every session. */
  reset(): Promise<void>;
}
