/**
 * What a judgement comes to, from best to worst. `unknown` means that the evidence does
 * not decide; it never counts as a pass.
 */
export const verdicts = ['pass', 'unknown', 'violated'] as const;
export type Verdict = (typeof verdicts)[number];

/** The worst of several verdicts; `pass` when there is none. */
export function worst(...found: readonly Verdict[]): Verdict {
  return found.reduce<Verdict>(
    (a, b) => (verdicts.indexOf(b) > verdicts.indexOf(a) ? b : a),
    'pass',
  );
}

/**
 * Gates a figure that is only known to lie in [lo, hi].
 *
 * @param lo certain lower bound
 * @param hi certain upper bound; null when there is none
 * @param limit largest allowed value
 * @returns violated when lo is over the limit, pass when hi is not, else unknown
 */
export function gate(lo: number, hi: number | null, limit: number): Verdict {
  if (lo > limit) return 'violated';
  return hi !== null && hi <= limit ? 'pass' : 'unknown';
}
