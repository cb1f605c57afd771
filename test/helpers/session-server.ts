import { nsPerMs } from '../../src/core/clock.ts';
import type { Rng } from '../../src/core/rng.ts';
import type { Attempt } from '../../src/history/attempt.ts';
import type { TruthSessions } from '../../src/history/truth.ts';
import type { HistoryBuilder } from './history-builder.ts';

/** How a server keeps sessions. The first five are ways of doing it right. */
export interface SessionRules {
  readonly maximumSessions: number;
  readonly onExceed: 'terminate-oldest' | 'deny';
  /** Which session is the oldest. */
  readonly age: 'login' | 'last-use';
  /** A device that logs in again gives up its own session first. */
  readonly replaces: boolean;
  readonly graceMs: number;
  /** Pages, logouts and sold-out refusals do not look at the session. */
  readonly careless: boolean;
  readonly fault?:
    | 'no-eviction'
    | 'evicts-all'
    | 'check-then-register'
    | 'honours-evicted'
    | 'honours-logged-out'
    | 'denies-early';
}

interface Session {
  readonly device: number;
  usedMs: number;
  endedMs: number;
  loggedOut: boolean;
}

interface Action {
  readonly device: number;
  readonly kind: 'login' | 'logout' | 'logout-everywhere' | 'call';
  readonly sentMs: number;
  readonly decidedMs: number;
  readonly doneMs: number;
  readonly fate: 'answered' | 'request-lost' | 'answer-lost';
}

/** One user's sessions on the server. */
class Registry {
  readonly sessions: Session[] = [];
  readonly #rules: SessionRules;
  /** Logins that counted the sessions and have not registered yet. */
  #racing: { readonly untilMs: number; readonly alive: number } | undefined;

  constructor(rules: SessionRules) {
    this.#rules = rules;
  }

  alive(): Session[] {
    return this.sessions.filter(({ endedMs }) => endedMs === Infinity);
  }

  logIn(device: number, nowMs: number, registersMs: number): Session | undefined {
    const { maximumSessions, onExceed, replaces, fault } = this.#rules;
    const own = this.alive().filter((session) => replaces && session.device === device);
    const others = this.alive().filter((session) => !own.includes(session));
    const counted = this.#countedBy(others.length, nowMs, registersMs);
    const cap = fault === 'denies-early' ? maximumSessions - 1 : maximumSessions;
    if (onExceed === 'deny' && counted >= cap) return undefined;
    for (const session of own) session.endedMs = nowMs;
    if (onExceed === 'terminate-oldest' && fault !== 'no-eviction') {
      const excess = fault === 'evicts-all' ? others.length : counted - maximumSessions + 1;
      if (counted >= maximumSessions) {
        for (const session of this.#oldestFirst(others).slice(0, excess)) session.endedMs = nowMs;
      }
    }
    const session = { device, usedMs: nowMs, endedMs: Infinity, loggedOut: false };
    this.sessions.push(session);
    return session;
  }

  #countedBy(alive: number, nowMs: number, registersMs: number): number {
    if (this.#rules.fault !== 'check-then-register') return alive;
    if (this.#racing !== undefined && nowMs <= this.#racing.untilMs) return this.#racing.alive;
    this.#racing = { untilMs: registersMs, alive };
    return alive;
  }

  #oldestFirst(sessions: readonly Session[]): Session[] {
    return this.#rules.age === 'login'
      ? [...sessions]
      : [...sessions].sort((a, b) => a.usedMs - b.usedMs);
  }

  honours(session: Session, nowMs: number): boolean {
    const { graceMs, fault } = this.#rules;
    const isLive =
      nowMs <= session.endedMs + graceMs ||
      (fault === 'honours-evicted' && !session.loggedOut) ||
      (fault === 'honours-logged-out' && session.loggedOut);
    if (isLive) session.usedMs = nowMs;
    return isLive;
  }
}

/** What happens on the way to the server, and before the run. */
export interface TrafficOptions {
  /** Sessions that an earlier run left. */
  readonly leftovers: number;
  /** Share of requests or answers that get lost. */
  readonly lostShare: number;
  /** About half of the logouts end the sessions of all devices. */
  readonly everywhere?: boolean;
  /** As flashsim plays: all devices log in in turn, and call only afterwards. */
  readonly warmUp: boolean;
}

/** Lets one user's devices log in, call and log out, and writes down what they were answered. */
export function playSessions(
  builder: HistoryBuilder,
  rng: Rng,
  user: number,
  rules: SessionRules,
  options: TrafficOptions,
): TruthSessions {
  const registry = new Registry(rules);
  const leftovers = Array.from({ length: options.leftovers }, (_, at) => registry.logIn(at, 0, 0));
  const before = leftovers.filter((session) => session !== undefined).length;
  const tokens: { readonly device: number; readonly sinceMs: number; readonly session: Session }[] =
    [];
  for (const action of plannedActions(rng, options)) {
    const { device, kind, sentMs, decidedMs, doneMs, fate } = action;
    const token = tokens.findLast((held) => held.device === device && held.sinceMs <= sentMs);
    if (kind !== 'login' && token === undefined) continue;
    let answer: Partial<Attempt> = {};
    if (fate === 'request-lost') answer = {};
    else if (kind === 'login') {
      const session = registry.logIn(device, decidedMs, doneMs);
      answer =
        session === undefined
          ? { outcome: 'fail', code: 'device-limit', status: 403 }
          : { outcome: 'ok', code: 'ok', status: 201 };
      if (session !== undefined && fate === 'answered') {
        tokens.push({ device, sinceMs: doneMs, session });
      }
    } else if (token !== undefined) answer = answerTo(registry, rng, rules, action, token.session);
    const lost = { outcome: 'info', code: 'timeout', status: 0 } as const;
    builder.attempt({
      intent: -1,
      user,
      device,
      operation: kind === 'call' ? 'order' : kind,
      ...(fate === 'answered' ? answer : lost),
      sentNs: sentMs * nsPerMs,
      doneNs: doneMs * nsPerMs,
    });
  }
  const alive = registry.alive().length;
  const created = registry.sessions.length - before;
  return { created, alive, evicted: 0, aliveMaxPerUser: alive };
}

function answerTo(
  registry: Registry,
  rng: Rng,
  rules: SessionRules,
  { kind, decidedMs }: Action,
  session: Session,
): Partial<Attempt> {
  const unauthorized = { outcome: 'fail', code: 'unauthorized', status: 401 } as const;
  const ok = { outcome: 'ok', code: 'ok', status: 200 } as const;
  const draw = rng.next();
  if (kind === 'call' && rules.careless && draw < 0.5) {
    if (draw < 0.2) return { ...ok, operation: 'page' };
    return { outcome: 'fail', code: draw < 0.3 ? 'sold-out' : 'limited', status: 409 };
  }
  if (!registry.honours(session, decidedMs)) {
    return kind !== 'call' && rules.careless ? ok : unauthorized;
  }
  if (kind === 'logout-everywhere') {
    for (const own of registry.alive()) {
      own.endedMs = decidedMs;
      own.loggedOut = true;
    }
    return ok;
  }
  if (kind === 'logout') {
    if (session.endedMs === Infinity) session.endedMs = decidedMs;
    session.loggedOut = true;
    return ok;
  }
  if (draw < 0.7) return { ...ok, operation: draw < 0.6 ? 'order' : 'page' };
  return { outcome: 'fail', code: 'sold-out', status: 409 };
}

/** What the devices of one person do, in the order in which the server gets to it. */
function plannedActions(rng: Rng, { lostShare, warmUp, everywhere }: TrafficOptions): Action[] {
  const actions: Action[] = [];
  const devices = 1 + Math.floor(rng.next() * 4);
  const inTurn = warmUp || rng.next() < 0.5;
  const logoutShare = !warmUp && rng.next() < 0.4 ? 0.15 : 0;
  const loginShare = !warmUp && rng.next() < 0.5 ? 0.15 : 0;
  for (let device = 0; device < devices; device += 1) {
    let atMs = inTurn ? 10 * device : Math.floor(rng.next() * 20);
    const count = 1 + Math.floor(rng.next() * 7);
    for (let step = 0; step < count; step += 1) {
      const draw = rng.next();
      const kind =
        step === 0 || draw < loginShare
          ? 'login'
          : draw < loginShare + logoutShare
            ? 'logout'
            : 'call';
      const latencyMs = Math.floor(rng.next() * 8);
      const decidedMs = atMs + rng.next() * latencyMs;
      const doneMs = atMs + latencyMs;
      const lost = rng.next() < lostShare;
      const fate = lost ? (rng.next() < 0.5 ? 'request-lost' : 'answer-lost') : 'answered';
      // Not drawn, so that the rest of the history is the same with and without.
      const isEverywhere = everywhere === true && Math.floor(decidedMs * 1000) % 2 === 0;
      const what = kind === 'logout' && isEverywhere ? 'logout-everywhere' : kind;
      actions.push({ device, kind: what, sentMs: atMs, decidedMs, doneMs, fate });
      // Mostly one after the other; now and then the next does not wait.
      const isImpatient = rng.next() < 0.1;
      const readyMs = warmUp ? Math.max(doneMs, 100) : doneMs;
      atMs = (isImpatient ? atMs : readyMs) + Math.floor(rng.next() * (rng.next() < 0.3 ? 60 : 6));
    }
  }
  return actions.sort((a, b) => a.decidedMs - b.decidedMs);
}
