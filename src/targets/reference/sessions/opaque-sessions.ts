import { randomUUID } from 'node:crypto';
import { newRefreshToken } from './refresh-tokens.ts';
import type { Registered, SessionRegistry } from './session-registry.ts';
import type { LoginResult, RefreshResult, Sessions } from './sessions.ts';
import type { RefreshSettings } from './settings.ts';
import { hashOf, randomToken } from './tokens.ts';

/**
 * Sessions whose tokens mean nothing by themselves: every request asks the store, so that an ended
 * session is over at once. A refresh gives the session another token, in place of the one before.
 */
export function opaqueSessions(
  registry: SessionRegistry,
  refresh: RefreshSettings | undefined,
): Sessions {
  const identify: Sessions['identify'] = (token) => registry.find(hashOf(token));
  return {
    identify,
    logIn: async (userId, deviceId): Promise<LoginResult> => {
      const token = randomToken();
      const sessionId = randomUUID();
      const session = { userId, deviceId, sessionId, tokenHash: hashOf(token) };
      const registered = await registry.register(session);
      if (registered.kind === 'device-limit') return registered;
      return {
        ...created(registered, sessionId, token),
        ...(await firstRefresh(registry, refresh, sessionId)),
      };
    },
    logOut: async (token) => {
      const identity = await identify(token);
      return identity !== undefined && registry.end(identity.sessionId, 'logout');
    },
    logOutEverywhere: async (token) => {
      const identity = await identify(token);
      if (identity === undefined) return false;
      await registry.endAll(identity.userId);
      return true;
    },
    refresh: async (refreshToken): Promise<RefreshResult> => {
      if (refresh === undefined) return { kind: 'unauthorized' };
      const next = newRefreshToken(refresh);
      const token = randomToken();
      const rotated = await registry.rotateRefresh(
        hashOf(refreshToken),
        next.stored,
        refresh.leewayMs,
      );
      if (rotated.kind !== 'rotated') return { kind: 'unauthorized' };
      await registry.replaceToken(rotated.identity.sessionId, hashOf(token));
      return { kind: 'refreshed', token, refreshToken: next.text };
    },
  };
}

/** A login that was registered, for its client. */
export function created(
  { evicted }: Extract<Registered, { kind: 'created' }>,
  sessionId: string,
  token: string,
): Extract<LoginResult, { kind: 'created' }> {
  return { kind: 'created', token, sessionId, evicted };
}

/** The first refresh token of a session, where there are any. */
export async function firstRefresh(
  registry: SessionRegistry,
  refresh: RefreshSettings | undefined,
  sessionId: string,
): Promise<{ readonly refreshToken?: string }> {
  if (refresh === undefined) return {};
  const { text, stored } = newRefreshToken(refresh);
  await registry.issueRefresh(sessionId, stored);
  return { refreshToken: text };
}
