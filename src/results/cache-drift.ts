import type { RunOutcome } from '../engine/run-outcome.ts';
import type { TruthProduct, TruthSnapshot } from '../history/truth.ts';
import type { CacheSummary } from './result.ts';
import { sum } from './tally.ts';
import type { Interval } from './thresholds.ts';

/**
 * How far the counts of caches are from what is true (I11 in the form for caches): of each product,
 * δ = S − (cached + sold + queued), with S the stock at the start and restocked. Above 0 units are
 * missing from the cache, and nobody can buy them; below 0 it has units that there are not.
 */
export interface CacheDrift {
  readonly caches: readonly CacheSummary[];
  /** Σ |δ|, or why it is not known. */
  readonly drift: Interval | { readonly missing: string };
}

interface ProductDrift {
  readonly id: string;
  readonly cached: number | null;
  /** δ lies in it; undefined when the cache has lost its count. */
  readonly delta: { readonly lo: number; readonly hi: number } | undefined;
}

/** @param truth the snapshot, when it is of this run */
export function cacheDrift(outcome: RunOutcome, truth: TruthSnapshot | undefined): CacheDrift {
  const products = (truth?.products ?? []).flatMap((product) => {
    const found = truth === undefined ? undefined : driftOf(outcome, truth, product);
    return found === undefined ? [] : [found];
  });
  const caches = products.map(({ id, cached, delta }) => ({
    product: id,
    cached,
    drift: delta !== undefined && delta.lo === delta.hi && outcome.quiesced ? delta.lo : null,
  }));
  if (products.length === 0) return { caches, drift: { missing: 'no stock is cached' } };
  const lost = products.find(({ delta }) => delta === undefined);
  if (lost !== undefined) {
    return { caches, drift: { missing: `the cache has no count of ${lost.id}` } };
  }
  if (!outcome.quiesced) return { caches, drift: { lo: 0, hi: null } };
  const deltas = products.flatMap(({ delta }) => (delta === undefined ? [] : [delta]));
  const least = ({ lo, hi }: { lo: number; hi: number }): number =>
    lo <= 0 && hi >= 0 ? 0 : Math.min(Math.abs(lo), Math.abs(hi));
  const most = ({ lo, hi }: { lo: number; hi: number }): number =>
    Math.max(Math.abs(lo), Math.abs(hi));
  return { caches, drift: { lo: sum(deltas.map(least)), hi: sum(deltas.map(most)) } };
}

function driftOf(
  { contract, events }: RunOutcome,
  { orders }: TruthSnapshot,
  { id, initial, cached }: TruthProduct,
): ProductDrift | undefined {
  if (cached === undefined) return undefined;
  if (cached === null) return { id, cached, delta: undefined };
  const stock = contract.products.find((product) => product.id === id)?.stock ?? initial;
  const unitsOf = (status: (typeof orders)[number]['status']): number =>
    sum(
      orders
        .filter((order) => order.productId === id && order.status === status)
        .map(({ quantity }) => quantity),
    );
  const restocked = (outcomes: readonly string[]): number =>
    sum(
      events.flatMap(({ event, outcome }) =>
        event.kind === 'restock' && event.productId === id && outcomes.includes(outcome)
          ? [event.quantity]
          : [],
      ),
    );
  const rest = stock - cached - unitsOf('confirmed');
  return {
    id,
    cached,
    // Queued orders may hold their units already; a restock that nobody knows of may have come.
    delta: {
      lo: rest + restocked(['ok']) - unitsOf('pending'),
      hi: rest + restocked(['ok', 'info']),
    },
  };
}
