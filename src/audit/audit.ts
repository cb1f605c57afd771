import { messageOf } from '../core/errors.ts';
import { clockToleranceNs } from './clock.ts';
import type { Evidence } from './evidence.ts';
import { buildIndex, type EvidenceIndex, isUnresolved } from './evidence-index.ts';
import { problemsOf } from './evidence-problems.ts';
import { type Invariant, type InvariantResult, noWitnesses } from './invariant.ts';
import { orderTimesOf } from './order-times.ts';
import { type InvariantName, invariantNames, invariants } from './registry.ts';
import { type Verdict, worst } from './verdict.ts';

/** What the audit of one run came to. */
export interface AuditReport {
  /** The worst over all invariants that were judged. */
  readonly verdict: Verdict;
  readonly invariants: Readonly<Partial<Record<InvariantName, InvariantResult>>>;
  /** Left out, because the contract promises nothing that could be broken. */
  readonly notJudged: readonly NotJudged[];
  /**
   * What is wrong with the record as such, for people, such as `mixed-up clocks: 17 attempts ended before
   * they were sent`. Any of it makes the verdict `unknown` at best.
   */
  readonly problems: readonly string[];
  /** Evidence that was there and could not be used, for people; no verdict rests on it. */
  readonly warnings: readonly string[];
  /** Keys whose outcome stayed open after look-up and snapshot; null when the audit broke down. */
  readonly unresolved: number | null;
}

/** An invariant that was left out, and why. */
interface NotJudged {
  readonly name: InvariantName;
  readonly reason: string;
}

/** Judges a run by every invariant. Never throws: a checker that breaks down answers `unknown`. */
export function auditRun(
  evidence: Evidence,
  checkers: Readonly<Partial<Record<InvariantName, Invariant>>> = invariants,
): AuditReport {
  const index = attempted(() => buildIndex(evidence));
  const judged: Partial<Record<InvariantName, InvariantResult>> = {};
  const notJudged: NotJudged[] = [];
  for (const name of invariantNames) {
    const invariant: Invariant | undefined = checkers[name];
    if (invariant === undefined) continue;
    const known = index instanceof Broken ? undefined : index;
    const reason = attempted(() => invariant.notApplicable?.(evidence, known));
    if (typeof reason === 'string') notJudged.push({ name, reason });
    else judged[name] = judge(invariant, evidence, index);
  }
  const problems = attempted(() =>
    problemsOf(evidence, index instanceof Broken ? undefined : index.clockProblems),
  );
  const found =
    problems instanceof Broken ? [`the record is unreadable: ${problems.message}`] : problems;
  const verdicts = Object.values(judged).map(({ verdict }) => verdict);
  return {
    verdict: worst(found.length === 0 ? 'pass' : 'unknown', ...verdicts),
    invariants: judged,
    notJudged,
    problems: found,
    warnings: index instanceof Broken || !('saleWindow' in judged) ? [] : unused(evidence, index),
    unresolved:
      index instanceof Broken
        ? null
        : index.traced.filter((order) => isUnresolved(order, index.snapshot)).length,
  };
}

/** Said even where nothing depended on it: whoever has the store tell times wants them to count. */
function unused(evidence: Evidence, index: EvidenceIndex): string[] {
  const times = attempted(() => orderTimesOf(evidence, index, clockToleranceNs(evidence)));
  return times instanceof Broken || times.kind !== 'off' ? [] : [`saleWindow: ${times.why}.`];
}

/** A step of the audit that threw. */
class Broken {
  readonly message: string;
  constructor(message: string) {
    this.message = message;
  }
}

function attempted<T>(step: () => T): T | Broken {
  try {
    return step();
  } catch (error) {
    return new Broken(messageOf(error));
  }
}

function judge(
  invariant: Invariant,
  evidence: Evidence,
  index: EvidenceIndex | Broken,
): InvariantResult {
  const result =
    index instanceof Broken ? index : attempted(() => invariant.judge(evidence, index));
  if (result instanceof Broken) {
    return {
      id: invariant.id,
      name: invariant.name,
      title: invariant.title,
      verdict: 'unknown',
      value: null,
      lo: 0,
      hi: null,
      unit: '',
      reason: `the checker broke down: ${result.message}`,
      witnesses: noWitnesses,
    };
  }
  const [clockDoubt] = index instanceof Broken ? [] : index.clockProblems;
  if (invariant.byTime === true && clockDoubt !== undefined && result.lo > 0) {
    return undecided(result, clockDoubt);
  }
  const doubt = evidence.interrupted
    ? 'the run was interrupted'
    : evidence.attempts.length === 0
      ? 'the run has no attempts'
      : undefined;
  if (doubt === undefined || result.verdict !== 'pass') return result;
  return { ...result, verdict: 'unknown', reason: doubt };
}

/** What was found to be wrong may be right, because the times that it rests on are not. */
function undecided(result: InvariantResult, why: string): InvariantResult {
  const { hi, verdict, reason = '' } = result;
  return {
    ...result,
    verdict: verdict === 'violated' ? 'unknown' : verdict,
    value: null,
    lo: 0,
    hi,
    reason: `${why}; by its times: ${reason}`,
    witnesses: noWitnesses,
  };
}
