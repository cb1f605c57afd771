import { assert } from '../../../core/assert.ts';
import type { RedisScript, RedisStore } from '../../stores/redis.ts';
import { orOverloaded } from '../cache/redis-counter.ts';
import { type AliveSession, capDecision } from './eviction.ts';
import {
  addScript,
  aliveScript,
  countScript,
  endAllScript,
  endScript,
  findScript,
  isAliveScript,
  issueRefreshScript,
  registerScript,
  replaceTokenScript,
  rotateRefreshScript,
} from './redis-session-scripts.ts';
import type {
  Identity,
  NewSession,
  Registered,
  Rotated,
  SessionRegistry,
} from './session-registry.ts';
import type { SessionSettings } from './settings.ts';

type CapSettings = Pick<SessionSettings, 'maximumSessions' | 'onExceed' | 'registration'>;
type Run = (script: RedisScript, ...values: readonly (string | number)[]) => Promise<unknown>;

/**
 * Sessions in Redis, below keys that begin with `prefix`. Every call is one script and so atomic, but for
 * `check-then-register`.
 *
 * @param prefix of the run alone, without the colon
 */
export function redisRegistry(
  store: RedisStore,
  settings: CapSettings,
  prefix: string,
): SessionRegistry {
  const run: Run = (script, ...values) => orOverloaded(() => store.run(script, [prefix], values));
  return {
    register: (session) =>
      settings.registration === 'atomic'
        ? registerAtOnce(run, settings, session)
        : checkThenRegister(run, settings, session),
    find: async (tokenHash) => identityOf(await run(findScript, tokenHash)),
    isAlive: async (sessionId) => (await run(isAliveScript, sessionId)) === 1,
    end: async (sessionId, reason) => (await run(endScript, reason, sessionId)) === 1,
    endAll: async (userId) => textsOf(await run(endAllScript, userId)),
    replaceToken: async (sessionId, tokenHash) => {
      await run(replaceTokenScript, sessionId, tokenHash);
    },
    issueRefresh: async (sessionId, { tokenHash, ttlMs }) => {
      await run(issueRefreshScript, sessionId, tokenHash, ttlMs);
    },
    rotateRefresh: async (tokenHash, next, leewayMs) =>
      rotatedOf(await run(rotateRefreshScript, tokenHash, next.tokenHash, next.ttlMs, leewayMs)),
    truth: async () => {
      const [created = 0, alive = 0, evicted = 0, aliveMaxPerUser = 0] = partsOf(
        await run(countScript),
      ).map(Number);
      return { created, alive, evicted, aliveMaxPerUser };
    },
    reset: () => store.deleteAll(`${prefix}:`),
  };
}

async function registerAtOnce(
  run: Run,
  { maximumSessions, onExceed }: CapSettings,
  { userId, deviceId, sessionId, tokenHash }: NewSession,
): Promise<Registered> {
  const [kind, evicted, ended] = partsOf(
    await run(
      registerScript,
      sessionId,
      userId,
      deviceId,
      tokenHash,
      maximumSessions ?? -1,
      onExceed,
    ),
  );
  if (kind === 'device-limit') return { kind };
  return { kind: 'created', ended: textsOf(ended), evicted: Number(evicted) };
}

/** The way of most session libraries: what is counted may be old when it is acted upon. */
async function checkThenRegister(
  run: Run,
  { maximumSessions: maximum, onExceed }: CapSettings,
  { userId, deviceId, sessionId, tokenHash }: NewSession,
): Promise<Registered> {
  const alive = partsOf(await run(aliveScript, userId)).map((entry): AliveSession => {
    const [id, device, seq, lastUsed] = partsOf(entry);
    return {
      sessionId: String(id),
      deviceId: String(device),
      seq: Number(seq),
      lastUsed: Number(lastUsed),
    };
  });
  const decision = capDecision(alive, deviceId, { maximum, onExceed });
  if (decision.kind === 'refuse') return { kind: 'device-limit' };
  const { replaced, evicted } = decision;
  if (replaced.length > 0) await run(endScript, 'replaced', ...replaced);
  if (evicted.length > 0) await run(endScript, 'evicted', ...evicted);
  await run(addScript, sessionId, userId, deviceId, tokenHash);
  return { kind: 'created', ended: [...replaced, ...evicted], evicted: evicted.length };
}

function rotatedOf(answer: unknown): Rotated {
  const [kind, sessionId, userId, deviceId] = partsOf(answer).map(String);
  if (kind === 'rotated') return { kind, identity: definedIdentity(sessionId, userId, deviceId) };
  return kind === 'reused' ? { kind, sessionId: sessionId ?? '' } : { kind: 'unknown' };
}

function identityOf(answer: unknown): Identity | undefined {
  if (answer === null) return undefined;
  const [sessionId, userId, deviceId] = textsOf(answer);
  return definedIdentity(sessionId, userId, deviceId);
}

function definedIdentity(sessionId = '', userId = '', deviceId = ''): Identity {
  return { sessionId, userId, deviceId };
}

function textsOf(answer: unknown): readonly string[] {
  return partsOf(answer).map(String);
}

function partsOf(answer: unknown): readonly unknown[] {
  assert(Array.isArray(answer), 'the answer of a session script is a list');
  return answer;
}
