import { calls, type SessionCalls } from './session-calls.ts';
import { SessionChecker, type SessionTerms, type UserSessions } from './sessions.ts';

/** What was found of all users together. */
export interface SessionFindings {
  /** Users with whom something can be wrong, and where their calls are. */
  readonly users: readonly UserFinding[];
  /** Devices of the other users that must have a session at the end. */
  readonly quietAlive: number;
}

/** What the calls from `first` to before `end` come to, which are all of one user. */
export interface UserFinding extends UserSessions {
  readonly first: number;
  readonly end: number;
}

const findings = new WeakMap<SessionCalls, Map<string, SessionFindings>>();

/** Judges all users by checker C8, once for everybody who asks. */
export function judgeSessions(sessionCalls: SessionCalls, terms: SessionTerms): SessionFindings {
  const byTerms = findings.get(sessionCalls) ?? new Map<string, SessionFindings>();
  findings.set(sessionCalls, byTerms);
  const { maximumSessions, onExceed, graceNs, lifeNs, exclusive } = terms;
  const name = `${maximumSessions} ${onExceed} ${graceNs} ${lifeNs} ${exclusive}`;
  const found = byTerms.get(name) ?? judgeUsers(sessionCalls, terms);
  byTerms.set(name, found);
  return found;
}

function judgeUsers(sessionCalls: SessionCalls, terms: SessionTerms): SessionFindings {
  const { starts } = sessionCalls;
  const checker = new SessionChecker(sessionCalls, terms);
  const users: UserFinding[] = [];
  const isCapped = terms.maximumSessions !== Infinity;
  const lasts = terms.lifeNs === Infinity;
  let quietAlive = 0;
  for (let user = 0; user + 1 < starts.length; user += 1) {
    const [first, end] = [starts[user] ?? 0, starts[user + 1] ?? 0];
    const quiet = quietDevices(sessionCalls, first, end, terms.maximumSessions);
    if (quiet !== undefined) quietAlive += isCapped && lasts ? quiet : 0;
    else {
      const found = checker.judge(first, end);
      const lasting = lasts ? found : { ...found, expectedAlive: 0 };
      users.push({ first, end, ...(isCapped ? lasting : staleAlone(found)) });
    }
  }
  return { users, quietAlive };
}

/** What is left of a finding where no cap is promised, nor that a session lasts. */
function staleAlone({ wrong, ...found }: UserSessions): UserSessions {
  const stale = wrong.filter(({ kind }) => kind === 'stale');
  return { ...found, wrong: stale, expectedAlive: 0 };
}

/** Devices logged in of a user with whom nothing can be wrong; undefined when something can. */
function quietDevices(
  sessionCalls: SessionCalls,
  first: number,
  end: number,
  maximumSessions: number,
): number | undefined {
  let logins = 0;
  let devices = 0;
  for (let at = first; at < end; at += 1) {
    const call = sessionCalls.callAt(at);
    if (call === calls.activity || call === calls.honoured) continue;
    if (call !== calls.login && call !== calls.loginOpen) return undefined;
    logins += 1;
    if (logins > maximumSessions) return undefined;
    if (call === calls.login && !loggedInBefore(sessionCalls, first, at)) devices += 1;
  }
  return devices;
}

/** Whether the device of this call has an ok login from `first` on before it. */
function loggedInBefore(sessionCalls: SessionCalls, first: number, at: number): boolean {
  const device = sessionCalls.deviceAt(at);
  for (let before = first; before < at; before += 1) {
    const isOk = sessionCalls.callAt(before) === calls.login;
    if (isOk && sessionCalls.deviceAt(before) === device) return true;
  }
  return false;
}
