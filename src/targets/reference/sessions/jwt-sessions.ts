import { randomUUID } from 'node:crypto';
import { wallClockMs } from '../../../core/clock.ts';
import type { Denylist } from './denylist.ts';
import { type SessionClaims, signJwt, verifyJwt } from './jwt.ts';
import { created, firstRefresh } from './opaque-sessions.ts';
import { newRefreshToken } from './refresh-tokens.ts';
import type { Identity, SessionRegistry } from './session-registry.ts';
import type { LoginResult, RefreshResult, Sessions } from './sessions.ts';
import type { RefreshSettings } from './settings.ts';
import { hashOf } from './tokens.ts';

/** What JWT sessions are made of. */
export interface JwtOptions {
  readonly registry: SessionRegistry;
  readonly denylist: Denylist;
  /** Shared by all server processes. */
  readonly key: Buffer;
  readonly ttlMs: number;
  readonly refresh: RefreshSettings | undefined;
}

/**
 * Sessions whose tokens speak for themselves (RFC 7519): a request costs no look-up, and a session that
 * has ended is over only where its token is on the denylist.
 */
export function jwtSessions({ registry, denylist, key, ttlMs, refresh }: JwtOptions): Sessions {
  const tokenFor = ({ userId, deviceId, sessionId }: Identity): string => {
    const iat = wallClockMs() / 1000;
    return signJwt(
      { sub: userId, dev: deviceId, jti: sessionId, iat, exp: iat + ttlMs / 1000 },
      key,
    );
  };
  const identify = async (token: string): Promise<Identity | undefined> => {
    const claims = verifyJwt(token, key, wallClockMs());
    if (claims === undefined) return undefined;
    const denied = await denylist.isDenied(claims.jti, claims.sub, claims.iat * 1000);
    return denied ? undefined : identityOf(claims);
  };
  return {
    identify,
    logIn: async (userId, deviceId): Promise<LoginResult> => {
      const sessionId = randomUUID();
      const identity = { userId, deviceId, sessionId };
      const token = tokenFor(identity);
      const registered = await registry.register({ ...identity, tokenHash: hashOf(token) });
      if (registered.kind === 'device-limit') return registered;
      await Promise.all(registered.ended.map((ended) => denylist.deny(ended, ttlMs)));
      return {
        ...created(registered, sessionId, token),
        ...(await firstRefresh(registry, refresh, sessionId)),
      };
    },
    logOut: async (token) => {
      const identity = await identify(token);
      if (identity === undefined) return false;
      // The list first: from here on the token does not count, whatever happens.
      await denylist.deny(identity.sessionId, ttlMs);
      return registry.end(identity.sessionId, 'logout');
    },
    logOutEverywhere: async (token) => {
      const identity = await identify(token);
      if (identity === undefined) return false;
      const longestMs = Math.max(ttlMs, refresh?.ttlMs ?? 0);
      await denylist.denyUser(identity.userId, wallClockMs(), longestMs);
      await registry.endAll(identity.userId);
      return true;
    },
    refresh: async (refreshToken): Promise<RefreshResult> => {
      if (refresh === undefined) return { kind: 'unauthorized' };
      const next = newRefreshToken(refresh);
      const rotated = await registry.rotateRefresh(
        hashOf(refreshToken),
        next.stored,
        refresh.leewayMs,
      );
      if (rotated.kind === 'reused') await denylist.deny(rotated.sessionId, ttlMs);
      if (rotated.kind !== 'rotated') return { kind: 'unauthorized' };
      return { kind: 'refreshed', token: tokenFor(rotated.identity), refreshToken: next.text };
    },
  };
}

function identityOf({ sub, dev, jti }: SessionClaims): Identity {
  return { userId: sub, deviceId: dev, sessionId: jti };
}
