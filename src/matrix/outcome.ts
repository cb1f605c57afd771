import type { RunResult } from '../results/result.ts';
import type { StockVerdict } from '../targets/reference/stock/stock-strategy.ts';
import type { Cell } from './cells.ts';
import { type Observation, observe, strandedUnits } from './observe.ts';

/** How what was seen goes with what was expected. */
type Agreement =
  | 'as-expected'
  /** What can happen did not, in as many runs as were allowed. */
  | 'not-provoked'
  | 'surprise'
  /** No run proved anything. */
  | 'undecided';

/** A cell that was played. */
export interface CellOutcome {
  readonly id: string;
  readonly label: string;
  readonly store: string;
  readonly processes: number;
  readonly fault: string;
  readonly expected: StockVerdict;
  readonly observed: Observation['kind'];
  readonly agreement: Agreement;
  /** Why it is a surprise or undecided; empty otherwise. */
  readonly detail: string;
  /** Runs that were played, and how many of them showed `observed`. */
  readonly runs: number;
  readonly shown: number;
  /** Figures of the run that decided. */
  readonly oversold: number;
  readonly stranded: number;
  /** Units by which the stock that is left does not fit what was sold; null when nobody knows. */
  readonly drift: number | null;
  readonly ordersPerS: number | null;
  readonly orderP99Ms: number | null;
  readonly cpuSecondsPer1000: number | null;
  /** Command that plays that run again. */
  readonly replay: string;
}

/** How bad an observation is, to choose the run that decides. */
const gravity: Readonly<Record<Observation['kind'], number>> = {
  broken: 5,
  oversells: 4,
  leaks: 3,
  refuses: 2,
  undecided: 1,
  exact: 0,
};

/** Whether more runs can change what is said of the cell. */
export function isSettled(cell: Cell, results: readonly RunResult[]): boolean {
  const { agreement } = outcomeOf(cell, results);
  return agreement === 'surprise' || (agreement === 'as-expected' && cell.expected !== 'exact');
}

/**
 * What the runs of a cell came to: the gravest observation decides.
 *
 * @param results one or more
 */
export function outcomeOf(cell: Cell, results: readonly RunResult[]): CellOutcome {
  const seen = results.map((result) => ({ result, observation: observe(result, cell) }));
  const [deciding] = seen.toSorted(
    (a, b) => gravity[b.observation.kind] - gravity[a.observation.kind],
  );
  if (deciding === undefined) throw new Error('a cell was not played');
  const { result, observation } = deciding;
  const agreement = agreementOf(cell.expected, observation);
  const detail = 'detail' in observation ? observation.detail : '';
  const { id, label, store, processes, fault, expected } = cell;
  const p99Us = result.latencyUs['order']?.response.p99;
  return {
    ...{ id, label, store, processes, fault, expected },
    observed: observation.kind,
    agreement,
    detail: agreement === 'as-expected' ? '' : detail,
    runs: results.length,
    shown: seen.filter((one) => one.observation.kind === observation.kind).length,
    oversold: result.invariants['oversell']?.lo ?? 0,
    stranded: strandedUnits(result),
    drift: result.invariants['conservation']?.value ?? null,
    ordersPerS: result.selling.ordersPerS,
    orderP99Ms: p99Us === undefined ? null : p99Us / 1000,
    cpuSecondsPer1000: result.selling.cpuSecondsPer1000,
    replay: result.replay,
  };
}

function agreementOf(expected: StockVerdict, { kind }: Observation): Agreement {
  if (kind === 'undecided') return 'undecided';
  if (kind === expected) return 'as-expected';
  if (kind === 'exact') return 'not-provoked';
  // What loses units also tells people that none are left; whether it shows as the one or the other is chance.
  if (expected === 'leaks' && kind === 'refuses') return 'as-expected';
  // An oversell hides what leaked meanwhile, and the other way round only the leak may show.
  return expected === 'oversells' && (kind === 'leaks' || kind === 'refuses')
    ? 'not-provoked'
    : 'surprise';
}
