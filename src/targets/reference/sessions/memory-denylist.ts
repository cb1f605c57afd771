import type { Denylist } from './denylist.ts';

/**
 * A denylist in the memory of one server process. Others do not see it: behind a load balancer a token
 * that was logged out here goes on counting there.
 */
export function memoryDenylist(nowMs: () => number): Denylist {
  const sessions = new Map<string, number>();
  const users = new Map<string, { readonly issuedUntilMs: number; readonly untilMs: number }>();
  return {
    deny: (sessionId, ttlMs) => {
      sessions.set(sessionId, nowMs() + ttlMs);
      return Promise.resolve();
    },
    denyUser: (userId, issuedUntilMs, ttlMs) => {
      users.set(userId, { issuedUntilMs, untilMs: nowMs() + ttlMs });
      return Promise.resolve();
    },
    isDenied: (sessionId, userId, issuedAtMs) => {
      const now = nowMs();
      const watermark = users.get(userId);
      const everywhere =
        watermark !== undefined && now < watermark.untilMs && issuedAtMs <= watermark.issuedUntilMs;
      return Promise.resolve(everywhere || now < (sessions.get(sessionId) ?? 0));
    },
  };
}
