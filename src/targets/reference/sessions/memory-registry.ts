import { wallClockMs } from '../../../core/clock.ts';
import { capDecision } from './eviction.ts';
import type {
  EndReason,
  Identity,
  NewSession,
  RefreshToken,
  Registered,
  Rotated,
  SessionRegistry,
} from './session-registry.ts';
import type { SessionSettings } from './settings.ts';

interface Session extends Identity {
  tokenHash: string;
  readonly seq: number;
  lastUsed: number;
  endReason: EndReason | 'replaced' | 'evicted' | undefined;
  refresh: RefreshChain | undefined;
}

/** The refresh tokens of a session that can still be told apart from strangers'. */
interface RefreshChain {
  current: string;
  previous: string | undefined;
  rotatedAtMs: number;
  expiresAtMs: number;
}

/**
 * Sessions in the memory of one server process: nobody else sees them, and they die with it. Counting and
 * registering are one step here; `check-then-register` puts a turn of the event loop between them, which
 * is what a call to anything would.
 */
export class MemoryRegistry implements SessionRegistry {
  readonly #settings: Pick<SessionSettings, 'maximumSessions' | 'onExceed' | 'registration'>;
  readonly #byId = new Map<string, Session>();
  readonly #byToken = new Map<string, Session>();
  readonly #byRefresh = new Map<string, Session>();
  readonly #byUser = new Map<string, Session[]>();
  #uses = 0;

  constructor(settings: Pick<SessionSettings, 'maximumSessions' | 'onExceed' | 'registration'>) {
    this.#settings = settings;
  }

  async register(session: NewSession): Promise<Registered> {
    const { maximumSessions: maximum, onExceed, registration } = this.#settings;
    const decision = capDecision(this.#aliveOf(session.userId), session.deviceId, {
      maximum,
      onExceed,
    });
    if (registration === 'check-then-register') await new Promise(setImmediate);
    if (decision.kind === 'refuse') return { kind: 'device-limit' };
    for (const id of decision.replaced) this.#end(id, 'replaced');
    for (const id of decision.evicted) this.#end(id, 'evicted');
    this.#add(session);
    return {
      kind: 'created',
      ended: [...decision.replaced, ...decision.evicted],
      evicted: decision.evicted.length,
    };
  }

  #add(session: NewSession): void {
    this.#uses += 1;
    const added: Session = {
      ...session,
      seq: this.#uses,
      lastUsed: this.#uses,
      endReason: undefined,
      refresh: undefined,
    };
    this.#byId.set(session.sessionId, added);
    this.#byToken.set(session.tokenHash, added);
    this.#byUser.set(session.userId, [...(this.#byUser.get(session.userId) ?? []), added]);
  }

  #aliveOf(userId: string): readonly Session[] {
    return (this.#byUser.get(userId) ?? []).filter(({ endReason }) => endReason === undefined);
  }

  find(tokenHash: string): Promise<Identity | undefined> {
    const session = this.#byToken.get(tokenHash);
    if (session === undefined || session.endReason !== undefined) return Promise.resolve(undefined);
    this.#uses += 1;
    session.lastUsed = this.#uses;
    return Promise.resolve(identityOf(session));
  }

  isAlive(sessionId: string): Promise<boolean> {
    const session = this.#byId.get(sessionId);
    return Promise.resolve(session !== undefined && session.endReason === undefined);
  }

  end(sessionId: string, reason: EndReason): Promise<boolean> {
    return Promise.resolve(this.#end(sessionId, reason));
  }

  #end(sessionId: string, reason: NonNullable<Session['endReason']>): boolean {
    const session = this.#byId.get(sessionId);
    if (session === undefined || session.endReason !== undefined) return false;
    session.endReason = reason;
    return true;
  }

  endAll(userId: string): Promise<readonly string[]> {
    const ids = this.#aliveOf(userId).map(({ sessionId }) => sessionId);
    for (const id of ids) this.#end(id, 'logout');
    return Promise.resolve(ids);
  }

  replaceToken(sessionId: string, tokenHash: string): Promise<void> {
    const session = this.#byId.get(sessionId);
    if (session !== undefined) {
      this.#byToken.delete(session.tokenHash);
      session.tokenHash = tokenHash;
      this.#byToken.set(tokenHash, session);
    }
    return Promise.resolve();
  }

  issueRefresh(sessionId: string, { tokenHash, ttlMs }: RefreshToken): Promise<void> {
    const session = this.#byId.get(sessionId);
    if (session !== undefined) {
      const nowMs = wallClockMs();
      session.refresh = {
        current: tokenHash,
        previous: undefined,
        rotatedAtMs: nowMs,
        expiresAtMs: nowMs + ttlMs,
      };
      this.#byRefresh.set(tokenHash, session);
    }
    return Promise.resolve();
  }

  rotateRefresh(tokenHash: string, next: RefreshToken, leewayMs: number): Promise<Rotated> {
    return Promise.resolve(this.#rotate(tokenHash, next, leewayMs));
  }

  #rotate(tokenHash: string, next: RefreshToken, leewayMs: number): Rotated {
    const session = this.#byRefresh.get(tokenHash);
    const chain = session?.refresh;
    if (session === undefined || chain === undefined) return { kind: 'unknown' };
    const nowMs = wallClockMs();
    if (session.endReason !== undefined || nowMs >= chain.expiresAtMs) return { kind: 'unknown' };
    const isLate = chain.previous === tokenHash && nowMs - chain.rotatedAtMs < leewayMs;
    if (chain.current !== tokenHash && !isLate) {
      this.#end(session.sessionId, 'reuse');
      return { kind: 'reused', sessionId: session.sessionId };
    }
    // Who comes late replaces the successor that got lost, and stays the one before the last.
    if (chain.current === tokenHash) chain.rotatedAtMs = nowMs;
    chain.previous = tokenHash;
    chain.current = next.tokenHash;
    chain.expiresAtMs = nowMs + next.ttlMs;
    this.#byRefresh.set(next.tokenHash, session);
    return { kind: 'rotated', identity: identityOf(session) };
  }

  truth(): ReturnType<SessionRegistry['truth']> {
    const sessions = [...this.#byId.values()];
    const alive = sessions.filter(({ endReason }) => endReason === undefined).length;
    const perUser = [...this.#byUser.keys()].map((userId) => this.#aliveOf(userId).length);
    return Promise.resolve({
      created: sessions.length,
      alive,
      evicted: sessions.filter(({ endReason }) => endReason === 'evicted').length,
      aliveMaxPerUser: perUser.reduce((most, count) => Math.max(most, count), 0),
    });
  }

  reset(): Promise<void> {
    for (const map of [this.#byId, this.#byToken, this.#byRefresh, this.#byUser]) map.clear();
    return Promise.resolve();
  }
}

function identityOf({ userId, deviceId, sessionId }: Session): Identity {
  return { userId, deviceId, sessionId };
}
