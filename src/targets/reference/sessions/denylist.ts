/** Tokens that are signed and not expired, and no longer count: the port behind which the store is. */
export interface Denylist {
  /** Lists a session's token for the rest of its life. */
  deny(sessionId: string, ttlMs: number): Promise<void>;
  /** Lists every token of a user that was issued until now, for `ttlMs`. */
  denyUser(userId: string, issuedUntilMs: number, ttlMs: number): Promise<void>;
  /** Whether the token of this session, issued then, is listed. */
  isDenied(sessionId: string, userId: string, issuedAtMs: number): Promise<boolean>;
}

/** Lists nothing: a token counts until it expires, whatever became of its session. */
export const noDenylist: Denylist = {
  deny: () => Promise.resolve(),
  denyUser: () => Promise.resolve(),
  isDenied: () => Promise.resolve(false),
};
