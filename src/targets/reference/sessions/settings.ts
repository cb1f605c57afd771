/** What a login above the cap does. */
export const onExceedNames = [
  /** Ends the session that was begun first (Keycloak: “terminate oldest session”). */
  'terminate-oldest',
  /** Ends the one that was used least recently (Spring Security's default). */
  'terminate-least-recently-used',
  /** Refuses the login (Spring Security: `maxSessionsPreventsLogin`). */
  'deny',
] as const;
export type OnExceed = (typeof onExceedNames)[number];

/** How a login counts and registers. */
export const registrationNames = [
  /** In one step: nobody else sees what is between counting and registering. */
  'atomic',
  /**
   * Counts, then registers: logins that meet in between all see a free place (Spring Security issues
   * 3121, 5775, 12867).
   */
  'check-then-register',
] as const;
export type Registration = (typeof registrationNames)[number];

/** Where sessions are kept. */
export const sessionStoreNames = ['postgres', 'redis', 'memory'] as const;
type SessionStoreName = (typeof sessionStoreNames)[number];

/** Where tokens are listed that no longer count. */
export const denylistNames = [
  'redis',
  /** Of one process, which the others do not see. */
  'memory',
  /** Nowhere: a token counts until it expires, whatever became of its session. */
  'none',
] as const;
export type DenylistName = (typeof denylistNames)[number];

/** What a client shows to be known again. */
type TokenSettings =
  /** A random text that means nothing: every request asks the store. */
  | { readonly kind: 'opaque' }
  /** A signed statement (RFC 7519) that is true until it expires, whatever the store says. */
  | {
      readonly kind: 'jwt';
      /** Life of a token, in ms. */
      readonly ttlMs: number;
      /** Where tokens of ended sessions are listed, for the rest of their lives. */
      readonly denylist: DenylistName;
    };

/** Refresh tokens that are used once each (RFC 9700 §4.14.2, rotation). */
export interface RefreshSettings {
  /** Life of a refresh token, in ms. */
  readonly ttlMs: number;
  /** For so long the token before the last one may come again, as of a client that lost the answer. */
  readonly leewayMs: number;
}

/** Settings of logins and sessions. */
export interface SessionSettings {
  /** Devices of one person that may be logged in; undefined for no cap. */
  readonly maximumSessions: number | undefined;
  readonly onExceed: OnExceed;
  readonly registration: Registration;
  readonly store: SessionStoreName;
  readonly tokens: TokenSettings;
  /** undefined: there are no refresh tokens. */
  readonly refresh: RefreshSettings | undefined;
}

/** What holds where a scenario says nothing. */
export const sessionDefaults: SessionSettings = {
  maximumSessions: undefined,
  onExceed: 'terminate-oldest',
  registration: 'atomic',
  store: 'postgres',
  tokens: { kind: 'opaque' },
  refresh: undefined,
};
