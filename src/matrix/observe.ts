import type { RunResult } from '../results/result.ts';
import type { StockVerdict } from '../targets/reference/stock/stock-strategy.ts';

/** What a run showed of a strategy: the worst of what it did. */
export type Observation =
  | { readonly kind: StockVerdict }
  /** Something that no way of counting stock accounts for. */
  | { readonly kind: 'broken'; readonly detail: string }
  /** The run proves nothing. */
  | { readonly kind: 'undecided'; readonly detail: string };

/** What a strategy is known for: violations that come with the expected verdict, and with no other. */
export interface Expectation {
  readonly expected: StockVerdict;
  readonly consequences: readonly string[];
}

/** What follows from an oversell, a leak or a false refusal, and is no finding of its own. */
const consequencesOf = {
  oversells: [
    'oversell',
    'undersell',
    'falseSoldOut',
    'conservation',
    'lostUpdate',
    'negativeStock',
    'reservation',
  ],
  // Below zero goes what was subtracted for a refusal when the process died before it gave that back.
  leaks: [
    'conservation',
    'undersell',
    'falseSoldOut',
    'reservation',
    'lostUpdate',
    'negativeStock',
  ],
  refuses: ['undersell', 'falseSoldOut'],
  exact: [],
} as const satisfies Record<StockVerdict, readonly string[]>;

/**
 * Classifies a run. Oversold is whatever sold more than there was; leaking, what lost units that it did
 * not sell; refusing, what said "sold out" while it had some. What else is violated is broken, unless it is
 * a consequence of the verdict that was expected.
 */
export function observe(result: RunResult, { expected, consequences }: Expectation): Observation {
  const violated = Object.entries(result.invariants)
    .filter(([, { verdict }]) => verdict === 'violated')
    .map(([name]) => name);
  const kind = kindOf(result, violated);
  const accounted = new Set<string>([
    ...consequencesOf[kind],
    ...(kind !== 'exact' && kind === expected ? consequences : []),
  ]);
  const others = violated.filter((name) => !accounted.has(name));
  if (others.length > 0) return { kind: 'broken', detail: `${others.join(', ')} violated` };
  if (kind !== 'exact') return { kind };
  const open = Object.values(result.invariants).find(({ verdict }) => verdict === 'unknown');
  if (open !== undefined) {
    return { kind: 'undecided', detail: open.reason ?? `${open.title}: unknown` };
  }
  const [problem] = result.problems;
  return problem === undefined ? { kind } : { kind: 'undecided', detail: problem };
}

function kindOf(result: RunResult, violated: readonly string[]): StockVerdict {
  if (violated.includes('oversell')) return 'oversells';
  if (violated.includes('conservation') && strandedUnits(result) > 0) return 'leaks';
  if (violated.includes('conservation')) return 'oversells';
  return violated.includes('undersell') || violated.includes('falseSoldOut') ? 'refuses' : 'exact';
}

/** Units that were neither sold nor can be: not sold when everybody who came had been answered. */
export function strandedUnits({ stock, sold }: Pick<RunResult, 'stock' | 'sold'>): number {
  return sold === null ? 0 : Math.max(0, stock - sold);
}
