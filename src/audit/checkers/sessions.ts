import type { Contract } from '../../history/contract.ts';
import { calls, type SessionCalls } from './session-calls.ts';

/** What a server promises of sessions. */
export interface SessionTerms {
  /** Infinity where no cap is promised: then logouts alone end sessions. */
  readonly maximumSessions: number;
  readonly onExceed: Contract['onExceed'] | undefined;
  /** Nobody else can have logged in, and a logout is only answered ok where there was a session. */
  readonly exclusive: boolean;
  /** How long a session that was ended may still be honoured. */
  readonly graceNs: number;
  /** How long a session lasts at most from its login on; Infinity: none can have run out. */
  readonly lifeNs: number;
}

/** An answer that was wrong for certain. `at` and `because` are positions in the calls. */
export interface WrongAnswer {
  /**
   * - `stale`: honoured although the session had been ended.
   * - `ended`: turned away although nothing had ended the session.
   * - `denied`: a login refused although a place was free.
   */
  readonly kind: 'stale' | 'ended' | 'denied';
  readonly at: number;
  /** What ended the session (the last of several), or made it. -1: nothing in particular. */
  readonly because: number;
  /** Since the session had ended; 0 for other kinds. */
  readonly staleNs: number;
}

/** What the history of one user comes to. */
export interface UserSessions {
  readonly wrong: readonly WrongAnswer[];
  /** Devices that were certainly logged in at one instant, beyond the cap. */
  readonly beyond: number;
  /** That instant; NaN when there is none. */
  readonly beyondAtNs: number;
  /** Devices beyond the cap that may have a session still, for all the answers tell. */
  readonly possibleBeyond: number;
  /** Devices that must have a session at the end. */
  readonly expectedAlive: number;
}

const devicesMax = 256;

/** A login that may have made a session. */
interface Login {
  readonly at: number;
  readonly device: number;
  readonly sentNs: number;
  readonly doneNs: number;
  readonly isOk: boolean;
  /** Latest end of this and all logins before. */
  readonly latestDoneNs: number;
}

/** A logout of all devices; `doneNs` is Infinity for one that may not have come through. */
interface LogoutEverywhere {
  readonly sentNs: number;
  readonly doneNs: number;
}

/** What is known of a device while a user's calls are gone through in the order of sending. */
class DeviceState {
  /** Latest end of anything it did. */
  busyUntilNs = Number.NEGATIVE_INFINITY;
  /** Ok logins that its token may be of, and the latest end of its logins. */
  tokens = 0;
  loginDoneNs = Number.NEGATIVE_INFINITY;
  /** When its sessions had certainly ended; NaN while they have not. */
  endedNs = Number.NaN;
  endedBy = -1;
  logoutDoneNs = Number.NEGATIVE_INFINITY;
  /** When its session was certainly there, and when one was honoured last. */
  aliveFromNs = Number.NaN;
  honouredNs = Number.NEGATIVE_INFINITY;

  // Over the whole history:
  firstLogin: Login | undefined;
  secondLoginSentNs = Number.POSITIVE_INFINITY;
  logoutSentNs = Number.POSITIVE_INFINITY;
  /** Latest end of anything but being turned away. */
  usedUntilNs = Number.NEGATIVE_INFINITY;
  /** Its last word was that it has no session. */
  isOut = false;
}

/**
 * C8, sessions: judges users one by one, from what they were answered alone. Nothing is assumed of the
 * order of overlapping logins, nor whether the oldest session is the one that was made or the one that
 * was used longest ago; a device that logs in again replaces its own session or not.
 *
 * - A device's session has ended for certain once, since the device was last busy, as many others have
 *   logged in as there may be: each of them is younger by any measure. And once it logged out, or a
 *   device of the same person did so everywhere.
 * - It was ended without reason when fewer others than that can be younger.
 * - Two devices were logged in together when both were honoured later with a session from before.
 *
 * O(n · devices + n log n) for a user with n calls.
 */
export class SessionChecker {
  readonly #calls: SessionCalls;
  readonly #terms: SessionTerms;
  #devices = new Map<number, DeviceState>();
  #logins: Login[] = [];
  #logoutsEverywhere: LogoutEverywhere[] = [];
  #wrong: WrongAnswer[] = [];
  #alive: { readonly fromNs: number; readonly toNs: number }[] = [];
  readonly #quickest = new Float64Array(devicesMax);

  constructor(sessionCalls: SessionCalls, terms: SessionTerms) {
    this.#calls = sessionCalls;
    this.#terms = terms;
  }

  /** Judges the calls from `first` to before `end`, which are all of one user. */
  judge(first: number, end: number): UserSessions {
    this.#devices = new Map();
    this.#logins = [];
    this.#logoutsEverywhere = [];
    this.#wrong = [];
    this.#alive = [];
    for (let at = first; at < end; at += 1) this.#step(at);
    for (let at = first; at < end; at += 1) {
      const call = this.#calls.callAt(at);
      if (call === calls.turnedAway) this.#judgeTurnedAway(at);
      else if (call === calls.denied) this.#judgeDenied(at);
    }
    for (const state of this.#devices.values()) this.#closeSession(state, true);
    return { wrong: this.#wrong, ...this.#beyond(), ...this.#expectations() };
  }

  #stateOf(device: number): DeviceState {
    const found = this.#devices.get(device) ?? new DeviceState();
    this.#devices.set(device, found);
    return found;
  }

  #step(at: number): void {
    const sentNs = this.#calls.sentNsAt(at);
    const doneNs = this.#calls.doneNsAt(at);
    const state = this.#stateOf(this.#calls.deviceAt(at));
    this.#noteEviction(state, at, sentNs);
    const call = this.#calls.callAt(at);
    if (call === calls.login || call === calls.loginOpen) this.#noteLogin(state, at);
    else if (call === calls.logout) this.#noteLogout(state, at);
    else if (call === calls.logoutOpen) {
      state.logoutSentNs = Math.min(state.logoutSentNs, sentNs);
      state.logoutDoneNs = Number.POSITIVE_INFINITY;
    } else if (call === calls.logoutEverywhere || call === calls.logoutEverywhereOpen) {
      this.#noteLogoutEverywhere(state, at);
    } else if (call === calls.honoured) this.#noteHonoured(state, at);
    else if (call === calls.turnedAway && sentNs > state.loginDoneNs) state.isOut = true;
    state.busyUntilNs = Math.max(state.busyUntilNs, doneNs);
    if (call !== calls.turnedAway) state.usedUntilNs = Math.max(state.usedUntilNs, doneNs);
  }

  /** Whether enough others logged in since the device was busy, and before it is again. */
  #noteEviction(state: DeviceState, at: number, untilNs: number): void {
    if (this.#terms.onExceed !== 'terminate-oldest') return;
    if (state.tokens === 0 || !Number.isNaN(state.endedNs)) return;
    const quickest = this.#quickest;
    const others: number[] = [];
    const own = this.#calls.deviceAt(at);
    for (let place = this.#logins.length - 1; place >= 0; place -= 1) {
      const login = this.#logins[place];
      if (login === undefined || !(login.sentNs > state.busyUntilNs)) break;
      const { device, sentNs, doneNs, isOk } = login;
      if (!isOk || device === own || !(doneNs < untilNs)) continue;
      // One that may have logged out may have left its place to be taken.
      if ((this.#devices.get(device)?.logoutDoneNs ?? 0) >= sentNs) continue;
      if (this.#mayBeOutEverywhere(sentNs, untilNs)) continue;
      if (!others.includes(device)) {
        others.push(device);
        quickest[device] = doneNs;
      } else quickest[device] = Math.min(quickest[device] ?? doneNs, doneNs);
    }
    if (others.length < this.#terms.maximumSessions) return;
    const ends = others.map((device) => quickest[device] ?? 0).sort((a, b) => a - b);
    const endedNs = ends[this.#terms.maximumSessions - 1] ?? Number.NaN;
    state.endedNs = endedNs;
    state.endedBy = this.#logins.findLast(({ doneNs }) => doneNs === endedNs)?.at ?? -1;
  }

  #noteLogin(state: DeviceState, at: number): void {
    const sentNs = this.#calls.sentNsAt(at);
    const doneNs = this.#calls.doneNsAt(at);
    const isOk = this.#calls.callAt(at) === calls.login;
    const latestDoneNs = Math.max(this.#logins.at(-1)?.latestDoneNs ?? doneNs, doneNs);
    const device = this.#calls.deviceAt(at);
    const login: Login = { at, device, sentNs, doneNs, isOk, latestDoneNs };
    this.#logins.push(login);
    if (state.firstLogin === undefined) state.firstLogin = login;
    else state.secondLoginSentNs = Math.min(state.secondLoginSentNs, sentNs);
    this.#closeSession(state, false);
    // A session that had ended leaves no token that could still be meant.
    if (state.endedNs < sentNs) state.tokens = 0;
    state.endedNs = Number.NaN;
    state.isOut = false;
    state.loginDoneNs = Math.max(state.loginDoneNs, doneNs);
    if (!isOk) return;
    state.tokens += 1;
    state.aliveFromNs = state.loginDoneNs;
  }

  #noteLogout(state: DeviceState, at: number): void {
    const sentNs = this.#calls.sentNsAt(at);
    const doneNs = this.#calls.doneNsAt(at);
    state.logoutSentNs = Math.min(state.logoutSentNs, sentNs);
    state.logoutDoneNs = Math.max(state.logoutDoneNs, doneNs);
    if (sentNs > state.loginDoneNs) state.isOut = true;
    // With one token there is no doubt which session was meant.
    if (state.tokens !== 1 || !(sentNs > state.loginDoneNs) || !Number.isNaN(state.endedNs)) return;
    state.endedNs = doneNs;
    state.endedBy = at;
  }

  /**
   * Ends every session that was certainly there when it was sent, whatever token it was of. Servers of
   * others may say yes to a token that is over already (RFC 7009 §2.2), and do nothing to the rest.
   */
  #noteLogoutEverywhere(own: DeviceState, at: number): void {
    const sentNs = this.#calls.sentNsAt(at);
    const isOk = this.#calls.callAt(at) === calls.logoutEverywhere;
    const doneNs = isOk ? this.#calls.doneNsAt(at) : Number.POSITIVE_INFINITY;
    this.#logoutsEverywhere.push({ sentNs, doneNs });
    for (const state of this.#devices.values()) {
      state.logoutSentNs = Math.min(state.logoutSentNs, sentNs);
      state.logoutDoneNs = Math.max(state.logoutDoneNs, doneNs);
      const isMeant = this.#terms.exclusive || (state === own && state.tokens === 1);
      if (!isOk || !isMeant || !(sentNs > state.loginDoneNs)) continue;
      state.isOut = true;
      if (state.tokens === 0 || !Number.isNaN(state.endedNs)) continue;
      state.endedNs = doneNs;
      state.endedBy = at;
    }
  }

  /** Whether a session of a login sent then may have ended so by `untilNs`. */
  #mayBeOutEverywhere(loginSentNs: number, untilNs: number): boolean {
    return this.#logoutsEverywhere.some(
      ({ sentNs, doneNs }) => doneNs >= loginSentNs && sentNs <= untilNs,
    );
  }

  #noteHonoured(state: DeviceState, at: number): void {
    const sentNs = this.#calls.sentNsAt(at);
    if (sentNs > state.endedNs + this.#terms.graceNs) {
      const staleNs = sentNs - state.endedNs;
      this.#wrong.push({ kind: 'stale', at, because: state.endedBy, staleNs });
      return;
    }
    if (sentNs > state.aliveFromNs) state.honouredNs = Math.max(state.honouredNs, sentNs);
  }

  /** Notes how long the device's session was there for certain. */
  #closeSession(state: DeviceState, isLast: boolean): void {
    const staysUntilLogout = isLast && this.#terms.onExceed === 'deny';
    const loginSentNs = state.firstLogin?.sentNs ?? Number.NEGATIVE_INFINITY;
    const mayBeOut =
      state.logoutSentNs !== Infinity || this.#mayBeOutEverywhere(loginSentNs, Infinity);
    const isKept = staysUntilLogout && !state.isOut && !mayBeOut && this.#terms.lifeNs === Infinity;
    const toNs = isKept ? Number.POSITIVE_INFINITY : state.honouredNs - this.#terms.graceNs;
    if (toNs > state.aliveFromNs && Number.isFinite(state.aliveFromNs)) {
      this.#alive.push({ fromNs: state.aliveFromNs, toNs });
    }
    state.aliveFromNs = Number.NaN;
    state.honouredNs = Number.NEGATIVE_INFINITY;
  }

  #judgeTurnedAway(at: number): void {
    const sentNs = this.#calls.sentNsAt(at);
    const doneNs = this.#calls.doneNsAt(at);
    const device = this.#calls.deviceAt(at);
    const state = this.#stateOf(device);
    const login = state.firstLogin;
    if (login === undefined || !login.isOk || !(login.doneNs < sentNs)) return;
    if (state.secondLoginSentNs <= doneNs || state.logoutSentNs <= doneNs) return;
    if (this.#mayBeOutEverywhere(login.sentNs, doneNs)) return;
    if (doneNs >= login.sentNs + this.#terms.lifeNs) return;
    let younger = this.#loginsSince(login.sentNs, doneNs, login.at);
    for (const [other, { firstLogin, usedUntilNs }] of this.#devices) {
      if (other === device || firstLogin === undefined) continue;
      // Older, but perhaps used later.
      if (firstLogin.doneNs < login.sentNs && usedUntilNs >= login.sentNs) younger += 1;
    }
    if (younger >= this.#terms.maximumSessions) return;
    this.#wrong.push({ kind: 'ended', at, because: login.at, staleNs: 0 });
  }

  #judgeDenied(at: number): void {
    const doneNs = this.#calls.doneNsAt(at);
    if (this.#loginsSince(Number.NEGATIVE_INFINITY, doneNs, -1) >= this.#terms.maximumSessions)
      return;
    this.#wrong.push({ kind: 'denied', at, because: -1, staleNs: 0 });
  }

  /** Logins that may have ended after `sinceNs`, were sent by `untilNs`, and are not `but`; at most the cap. */
  #loginsSince(sinceNs: number, untilNs: number, but: number): number {
    const logins = this.#logins;
    let low = 0;
    let high = logins.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((logins[middle]?.sentNs ?? 0) <= untilNs) low = middle + 1;
      else high = middle;
    }
    let found = 0;
    for (let place = low - 1; place >= 0; place -= 1) {
      const login = logins[place];
      if (login === undefined || login.latestDoneNs < sinceNs) break;
      if (login.at === but || login.doneNs < sinceNs) continue;
      found += 1;
      if (found >= this.#terms.maximumSessions) break;
    }
    return found;
  }

  /** Most sessions that were there at one instant, less the cap. */
  #beyond(): Pick<UserSessions, 'beyond' | 'beyondAtNs'> {
    const starts = this.#alive.map(({ fromNs }) => fromNs).sort((a, b) => a - b);
    const ends = this.#alive.map(({ toNs }) => toNs).sort((a, b) => a - b);
    let ended = 0;
    let beyond = 0;
    let beyondAtNs = Number.NaN;
    for (const [place, fromNs] of starts.entries()) {
      while (ended < ends.length && (ends[ended] ?? 0) <= fromNs) ended += 1;
      const excess = place + 1 - ended - this.#terms.maximumSessions;
      if (excess <= beyond) continue;
      beyond = excess;
      beyondAtNs = fromNs;
    }
    return { beyond, beyondAtNs };
  }

  #expectations(): Pick<UserSessions, 'possibleBeyond' | 'expectedAlive'> {
    const states = [...this.#devices.values()].filter(({ firstLogin }) => firstLogin !== undefined);
    const okDevices = new Set(this.#logins.filter(({ isOk }) => isOk).map(({ device }) => device));
    const loggedOut =
      this.#logoutsEverywhere.length > 0 ||
      states.some(({ logoutSentNs }) => logoutSentNs !== Infinity);
    const cap = this.#terms.maximumSessions;
    return {
      possibleBeyond: Math.max(0, states.filter(({ isOut }) => !isOut).length - cap),
      expectedAlive: loggedOut ? 0 : Math.min(cap, okDevices.size),
    };
  }
}
