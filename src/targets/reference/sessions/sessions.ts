import type { Identity } from './session-registry.ts';

/** What became of a login or a refresh. */
export type LoginResult =
  | {
      readonly kind: 'created';
      readonly token: string;
      readonly sessionId: string;
      /** Sessions above the cap that this login ended. */
      readonly evicted: number;
      /** Only where there are refresh tokens. */
      readonly refreshToken?: string;
    }
  | { readonly kind: 'device-limit' };

/** What became of a refresh. */
export type RefreshResult =
  | { readonly kind: 'refreshed'; readonly token: string; readonly refreshToken: string }
  /** Unknown, expired, or used before: then the session has ended too. */
  | { readonly kind: 'unauthorized' };

/** Logins as the routes see them, whatever the tokens and wherever the sessions are. */
export interface Sessions {
  logIn(userId: string, deviceId: string): Promise<LoginResult>;
  /** Ends the session of the token. False when it has none alive. */
  logOut(token: string): Promise<boolean>;
  /** Ends every session of the token's user. False when the token has none alive. */
  logOutEverywhere(token: string): Promise<boolean>;
  /** A new token for a refresh token, which is used up by it. */
  refresh(refreshToken: string): Promise<RefreshResult>;
  /** Whose request it is; undefined for a token that does not count. */
  identify(token: string): Promise<Identity | undefined>;
}
