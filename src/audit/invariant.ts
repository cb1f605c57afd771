import type { Evidence } from './evidence.ts';
import type { EvidenceIndex } from './evidence-index.ts';
import { gate, type Verdict } from './verdict.ts';

/**
 * Kinds of evidence, each including the ones before it: T0 answers, T1 read-only look-up by key
 * after the drain, T2 a snapshot of the store, T3 its ledger.
 */
export const evidenceTiers = ['responses', 'status', 'snapshot', 'ledger'] as const;
type EvidenceTier = (typeof evidenceTiers)[number];

/** One rule that a sale must keep. */
export interface Invariant {
  /** Number, `I1` to `I20`, as docs/reference/invariants.md has them. */
  readonly id: string;
  /** Name in results and thresholds, such as `oversell`. */
  readonly name: string;
  /** What it counts, in a few words. */
  readonly title: string;
  /** What a full answer rests on; less may still convict. */
  readonly needs: readonly EvidenceTier[];
  /**
   * True when it convicts by what came after what: a record whose times contradict themselves proves
   * nothing then.
   */
  readonly byTime?: boolean;
  /**
   * A reason when the contract promises nothing, or the target shows nothing, that could be judged;
   * else undefined. `index` is undefined when the evidence could not be read.
   */
  readonly notApplicable?: (
    evidence: Evidence,
    index: EvidenceIndex | undefined,
  ) => string | undefined;
  readonly judge: (evidence: Evidence, index: EvidenceIndex) => InvariantResult;
}

/** What an invariant came to. The figure lies in [lo, hi] for certain. */
export interface InvariantResult {
  readonly id: string;
  readonly name: string;
  readonly title: string;
  readonly verdict: Verdict;
  /** The figure, when it is known exactly; else null. */
  readonly value: number | null;
  readonly lo: number;
  /** null when there is no upper bound. */
  readonly hi: number | null;
  readonly unit: string;
  /** Why it is unknown, or what the figure means. */
  readonly reason?: string;
  readonly witnesses: Witnesses;
}

/** How often an invariant was broken, with three pieces of proof at most. */
export interface Witnesses {
  readonly count: number;
  /** Earliest, gravest and latest; null when there are none. */
  readonly first: Witness | null;
  readonly worst: Witness | null;
  readonly last: Witness | null;
}

/** One piece of proof. */
export interface Witness {
  /** One line for people. */
  readonly summary: string;
  /** Indices into the run's attempts. */
  readonly attempts: readonly number[];
  readonly orderIds?: readonly string[];
  readonly keys?: readonly string[];
  readonly userId?: string;
  /** ns since the run's epoch. */
  readonly atNs?: number;
}

/** The witnesses of an invariant that nothing speaks against. */
export const noWitnesses: Witnesses = { count: 0, first: null, worst: null, last: null };

interface Kept {
  readonly order: number;
  readonly make: () => Witness;
}

/** Keeps the earliest, gravest and latest of many witnesses without making the others. */
export class WitnessCollector {
  #count = 0;
  #first: Kept | undefined;
  #worst: Kept | undefined;
  #last: Kept | undefined;

  /**
   * @param atNs when it happened; NaN when nobody knows, which counts as after all others
   * @param weight how grave it is; the first of equals is kept
   */
  add(atNs: number, weight: number, make: () => Witness): void {
    const time = Number.isNaN(atNs) ? Number.POSITIVE_INFINITY : atNs;
    this.#count += 1;
    if (this.#first === undefined || time < this.#first.order) this.#first = { order: time, make };
    if (this.#last === undefined || time >= this.#last.order) this.#last = { order: time, make };
    if (this.#worst === undefined || weight > this.#worst.order) {
      this.#worst = { order: weight, make };
    }
  }

  get count(): number {
    return this.#count;
  }

  toWitnesses(): Witnesses {
    return {
      count: this.#count,
      first: this.#first?.make() ?? null,
      worst: this.#worst?.make() ?? null,
      last: this.#last?.make() ?? null,
    };
  }
}

/** The figure of one product (or of the whole run) before it becomes a result. */
export interface Finding {
  readonly lo: number;
  readonly hi: number | null;
  readonly reason?: string | undefined;
  readonly witnesses?: Witnesses;
}

type Identity = Pick<Invariant, 'id' | 'name' | 'title'>;

/**
 * A result from a finding: violated when lo is over 0, pass when hi is 0, else unknown. Use for
 * figures of which a correct sale has none.
 */
export function conclude(identity: Identity, unit: string, finding: Finding): InvariantResult {
  const { lo, hi, reason } = finding;
  return {
    id: identity.id,
    name: identity.name,
    title: identity.title,
    verdict: gate(lo, hi, 0),
    value: lo === hi ? lo : null,
    lo,
    hi,
    unit,
    ...(reason === undefined ? {} : { reason }),
    witnesses: finding.witnesses ?? noWitnesses,
  };
}

const gravity: readonly Verdict[] = ['pass', 'unknown', 'violated'];

/** The gravest finding: by verdict, then by lo, then by hi; the first of equals. */
export function gravest(findings: readonly Finding[]): Finding {
  const rank = (finding: Finding): readonly number[] => [
    gravity.indexOf(gate(finding.lo, finding.hi, 0)),
    finding.lo,
    finding.hi ?? Number.POSITIVE_INFINITY,
  ];
  return findings.reduce<Finding>(
    (worstSoFar, finding) => (isGraver(rank(finding), rank(worstSoFar)) ? finding : worstSoFar),
    findings[0] ?? { lo: 0, hi: 0 },
  );
}

function isGraver(a: readonly number[], b: readonly number[]): boolean {
  for (const [index, value] of a.entries()) {
    const other = b[index] ?? 0;
    if (value !== other) return value > other;
  }
  return false;
}
