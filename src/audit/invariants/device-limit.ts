import { nsPerMs } from '../../core/clock.ts';
import { formatNs } from '../../core/units.ts';
import { operationIndexOfKind } from '../../history/chunk.ts';
import type { Contract } from '../../history/contract.ts';
import type { TruthSessions } from '../../history/truth.ts';
import { operations } from '../../history/vocabulary.ts';
import { judgeSessions, type UserFinding } from '../checkers/judge-sessions.ts';
import { calls, collectSessionCalls, type SessionCalls } from '../checkers/session-calls.ts';
import type { SessionTerms, UserSessions, WrongAnswer } from '../checkers/sessions.ts';
import { counted, whenOf } from '../describe.ts';
import type { Evidence } from '../evidence.ts';
import type { EvidenceIndex } from '../evidence-index.ts';
import {
  conclude,
  type Finding,
  type Invariant,
  type Witness,
  WitnessCollector,
} from '../invariant.ts';

/**
 * I16: sessions beyond the cap of devices per user, or ended without reason. With K the cap, the figure
 * is the sum of
 * - requests honoured although sent later than the end of the device's session, by eviction or logout,
 *   plus the grace;
 * - devices told that they have no session although nothing had ended it, and logins refused although
 *   fewer than K devices can have been logged in;
 * - sessions alive at one instant beyond K, by answers or by the snapshot;
 * - sessions that are missing from a settled snapshot.
 *
 * Without a cap only the first counts, for logouts, where the contract says that they end sessions.
 *
 * Source: concurrent session control of Spring Security (`maximumSessions`, `maxSessionsPreventsLogin`);
 * what is certain is told by checker C8.
 */
export const deviceLimit: Invariant = {
  id: 'I16',
  name: 'deviceLimit',
  title: 'Sessions beyond the cap, or ended without reason',
  needs: ['responses', 'snapshot'],
  byTime: true,
  notApplicable: (evidence) =>
    hasCap(evidence.contract) || (evidence.contract.endsOnLogout === true && hasLogouts(evidence))
      ? undefined
      : 'no cap on the devices of a user is promised',
  judge: (evidence, index) =>
    conclude(deviceLimit, 'cases', judgeCap(evidence, index, sessionTermsOf(evidence))),
};

function hasCap({ maximumSessions }: Contract): boolean {
  return maximumSessions !== undefined && maximumSessions >= 1;
}

const logouts: ReadonlySet<number> = new Set([
  operations.indexOf('logout'),
  operations.indexOf('logout-everywhere'),
]);

/** Whether anybody logged out, as far as is known or not. */
function hasLogouts({ attempts }: Evidence): boolean {
  return attempts
    .chunks()
    .some(({ kind, length }) =>
      kind.subarray(0, length).some((of) => logouts.has(operationIndexOfKind(of))),
    );
}

/**
 * What a contract promises of sessions, as far as it can be measured; without a cap, what a logout ends
 * alone.
 */
export function sessionTermsOf(evidence: Evidence): SessionTerms {
  const { contract, exclusive } = evidence;
  const { onExceed, graceMs = 0, clockToleranceMs = 0 } = contract;
  const maximumSessions = hasCap(contract) ? (contract.maximumSessions ?? 1) : Infinity;
  // Without a grace no time is measured. With one, by the server: to a millisecond, by its own clock.
  const graceNs = graceMs === 0 ? 0 : (graceMs + 1 + 2 * clockToleranceMs) * nsPerMs;
  return { maximumSessions, onExceed, graceNs, lifeNs: lifeNsOf(evidence), exclusive };
}

/** The snapshot comes when all is over; a session that lasts longer than that by a minute cannot run out. */
const lifeMarginMs = 60_000;

function lifeNsOf({ contract, epoch, truth }: Evidence): number {
  const { sessionLifeMs = Infinity, clockToleranceMs = 0 } = contract;
  const lengthMs = truth === undefined ? Number.NaN : truth.takenAtMs - epoch.wallMs;
  if (sessionLifeMs === Infinity) return Infinity;
  if (lengthMs >= 0 && sessionLifeMs > lengthMs + lifeMarginMs) return Infinity;
  // By the server's clock, which tells milliseconds.
  return Math.max(0, sessionLifeMs - 1 - 2 * clockToleranceMs) * nsPerMs;
}

/** Sums over all users. */
class Totals {
  stale = 0;
  ended = 0;
  denied = 0;
  beyond = 0;
  possibleBeyond = 0;
  expectedAlive = 0;
  stalestNs = 0;

  add({ wrong, beyond, possibleBeyond, expectedAlive }: Omit<UserSessions, 'beyondAtNs'>): void {
    for (const { kind, staleNs } of wrong) {
      this[kind] += 1;
      this.stalestNs = Math.max(this.stalestNs, staleNs);
    }
    this.beyond += beyond;
    this.possibleBeyond += possibleBeyond;
    this.expectedAlive += expectedAlive;
  }
}

function judgeCap(evidence: Evidence, index: EvidenceIndex, terms: SessionTerms): Finding {
  const sessionCalls = collectSessionCalls(evidence, terms.maximumSessions);
  const { users, quietAlive } = judgeSessions(sessionCalls, terms);
  const collector = new WitnessCollector();
  const totals = new Totals();
  const isCertain = (wrong: WrongAnswer): boolean =>
    !evidence.interrupted && (wrong.kind !== 'denied' || evidence.exclusive);
  totals.expectedAlive = quietAlive;
  for (const found of users) {
    totals.add(found);
    for (const wrong of found.wrong) {
      if (!isCertain(wrong)) continue;
      const atNs = sessionCalls.sentNsAt(wrong.at);
      collector.add(atNs, 1 + wrong.staleNs, () => witnessOf(evidence, sessionCalls, wrong));
    }
    if (found.beyond > 0 && !evidence.interrupted) {
      const witness = () => witnessOfCap(evidence, sessionCalls, found, terms);
      collector.add(found.beyondAtNs, found.beyond, witness);
    }
  }
  return conclusion(evidence, index, terms, totals, collector);
}

function conclusion(
  evidence: Evidence,
  index: EvidenceIndex,
  terms: SessionTerms,
  totals: Totals,
  collector: WitnessCollector,
): Finding {
  const { exclusive, interrupted } = evidence;
  const stored = index.truth?.sessions;
  const storedBeyond = Math.max(0, (stored?.aliveMaxPerUser ?? 0) - terms.maximumSessions);
  const isSettled = index.snapshot === 'settled' && stored !== undefined;
  const missing = isSettled && exclusive ? Math.max(0, totals.expectedAlive - stored.alive) : 0;
  if (stored !== undefined) addStored(collector, stored, terms, storedBeyond, missing, totals);
  const { stale, ended, denied, beyond } = totals;
  const answers = stale + ended + (exclusive ? denied : 0);
  const lo = missing + (interrupted ? storedBeyond : answers + Math.max(beyond, storedBeyond));
  const open =
    (interrupted ? answers + beyond : 0) +
    (exclusive ? 0 : denied) +
    (isSettled ? 0 : totals.possibleBeyond);
  const reasons = [
    ...(lo > 0 ? certainReasons(totals, interrupted, storedBeyond, missing, exclusive) : []),
    ...(open > 0 ? openReasons(evidence, index, totals, isSettled) : []),
  ];
  return {
    lo,
    hi: lo + open,
    reason: reasons.length === 0 ? undefined : reasons.join('; '),
    witnesses: collector.toWitnesses(),
  };
}

function certainReasons(
  { stale, ended, denied, beyond, stalestNs }: Totals,
  interrupted: boolean,
  storedBeyond: number,
  missing: number,
  exclusive: boolean,
): string[] {
  const reasons: string[] = [];
  if (!interrupted) {
    if (stale > 0) {
      const longest = `up to ${formatNs(stalestNs)} later`;
      reasons.push(`${counted(stale, 'request')} honoured on ended sessions, ${longest}`);
    }
    if (ended > 0) reasons.push(`${counted(ended, 'request')} turned away without reason`);
    if (denied > 0 && exclusive) reasons.push(`${counted(denied, 'login')} refused without reason`);
  }
  const most = interrupted ? storedBeyond : Math.max(beyond, storedBeyond);
  if (most > 0) reasons.push(`${counted(most, 'session')} beyond the cap`);
  if (missing > 0) reasons.push(`${counted(missing, 'session')} missing from the store`);
  return reasons;
}

function openReasons(
  { interrupted, exclusive }: Evidence,
  index: EvidenceIndex,
  { denied, possibleBeyond }: Totals,
  isSettled: boolean,
): string[] {
  const reasons: string[] = [];
  if (interrupted) reasons.push('the run was interrupted: logins may be missing from the record');
  if (!exclusive && denied > 0) {
    reasons.push(`${counted(denied, 'login')} refused, perhaps for sessions from before the run`);
  }
  if (!isSettled && possibleBeyond > 0) {
    const why = index.snapshotNote === '' ? 'the snapshot holds no sessions' : index.snapshotNote;
    reasons.push(`${counted(possibleBeyond, 'session')} may be beyond the cap: ${why}`);
  }
  return reasons;
}

function addStored(
  collector: WitnessCollector,
  { alive, aliveMaxPerUser }: TruthSessions,
  { maximumSessions }: SessionTerms,
  storedBeyond: number,
  missing: number,
  { expectedAlive }: Totals,
): void {
  if (storedBeyond > 0) {
    const summary =
      `the store holds ${counted(aliveMaxPerUser, 'live session')} of one user; ` +
      `at most ${maximumSessions} may be`;
    collector.add(Number.NaN, storedBeyond, () => ({ summary, attempts: [] }));
  }
  if (missing > 0) {
    const summary =
      `the store holds ${counted(alive, 'live session')}; ` +
      `the logins that were answered ok leave at least ${expectedAlive}`;
    collector.add(Number.NaN, missing, () => ({ summary, attempts: [] }));
  }
}

function witnessOf(
  evidence: Evidence,
  sessionCalls: SessionCalls,
  { kind, at, because, staleNs }: WrongAnswer,
): Witness {
  const attempt = evidence.attempts.read(sessionCalls.indexAt(at));
  const device = evidence.names.deviceOf(attempt.user, attempt.device);
  const atNs = sessionCalls.sentNsAt(at);
  const since = whenOf(evidence, because < 0 ? Number.NaN : sessionCalls.doneNsAt(because));
  const when = whenOf(evidence, atNs);
  const stories = {
    stale:
      `${device} was answered ${attempt.code} to its ${attempt.operation} sent ${when}, ` +
      `${formatNs(staleNs)} after its session had ended`,
    ended:
      `${device}, logged in ${since}, was answered ${attempt.code} to its ${attempt.operation} ` +
      `sent ${when}, though nothing had ended its session`,
    denied: `${device} was refused a login sent ${when}, though a place was free`,
  } as const;
  return {
    summary: stories[kind],
    attempts: [because, at].filter((call) => call >= 0).map((call) => sessionCalls.indexAt(call)),
    userId: evidence.names.userOf(attempt.user),
    atNs,
  };
}

/** Logins that a witness points at, at most. */
const loginsMax = 20;

function witnessOfCap(
  evidence: Evidence,
  sessionCalls: SessionCalls,
  { first, end, beyond, beyondAtNs }: UserFinding,
  { maximumSessions }: SessionTerms,
): Witness {
  const userId = evidence.names.userOf(evidence.attempts.read(sessionCalls.indexAt(first)).user);
  const logins: number[] = [];
  for (let at = first; at < end && logins.length < loginsMax; at += 1) {
    if (sessionCalls.callAt(at) === calls.login) logins.push(sessionCalls.indexAt(at));
  }
  return {
    summary:
      `${userId} had ${counted(maximumSessions + beyond, 'device')} logged in ` +
      `${whenOf(evidence, beyondAtNs)}; at most ${maximumSessions} may be`,
    attempts: logins,
    userId,
    atNs: beyondAtNs,
  };
}
