import { describe, expect, it } from 'vitest';
import type { RunOutcome } from '../../../src/engine/run-outcome.ts';
import type { TruthOrder, TruthProduct, TruthSnapshot } from '../../../src/history/truth.ts';
import { cacheDrift } from '../../../src/results/cache-drift.ts';
import { outcomeOf, runId } from './outcome-fixture.ts';

function order(quantity: number, status: TruthOrder['status'], productId = 'sneaker'): TruthOrder {
  const id = `${productId}-${status}-${quantity}`;
  return { id, key: id, userId: 'u', productId, quantity, status };
}

/** Of a stock of 10 sneakers. */
function truthOf(
  product: Partial<TruthProduct>,
  orders: readonly TruthOrder[] = [],
): TruthSnapshot {
  return {
    schemaVersion: 1,
    runId,
    takenAtMs: 0,
    products: [{ id: 'sneaker', initial: 10, remaining: 0, ...product }],
    orders,
  };
}

function driftOf(truth: TruthSnapshot | undefined, given: Partial<RunOutcome> = {}) {
  const contract = { products: [{ id: 'sneaker', stock: 10 }] };
  return cacheDrift(outcomeOf([], { contract, ...given }), truth);
}

function restock(outcome: 'ok' | 'info' | 'fail'): RunOutcome['events'][number] {
  const event = { kind: 'restock', productId: 'sneaker', quantity: 4 } as const;
  return { event, plannedNs: 0, sentNs: 0, doneNs: 1, outcome, detail: '' };
}

describe('the drift of cached stock', () => {
  it('is not known where nothing is cached', () => {
    const missing = { caches: [], drift: { missing: 'no stock is cached' } };
    expect(driftOf(truthOf({}))).toEqual(missing);
    expect(driftOf(undefined)).toEqual(missing);
  });

  it.each([
    ['nothing', 7, 0],
    ['units that a crash took along', 5, 2],
    ['units that there are not', 10, -3],
    ['more than was ever there', -1, 8],
  ])('is %s: %i in the cache', (_title, cached, drift) => {
    const found = driftOf(truthOf({ cached }, [order(3, 'confirmed'), order(2, 'cancelled')]));
    expect(found.caches).toEqual([{ product: 'sneaker', cached, drift }]);
    expect(found.drift).toEqual({ lo: Math.abs(drift), hi: Math.abs(drift) });
  });

  it('is not known when the cache has lost its count', () => {
    const { caches, drift } = driftOf(truthOf({ cached: null }));
    expect(caches).toEqual([{ product: 'sneaker', cached: null, drift: null }]);
    expect(drift).toEqual({ missing: 'the cache has no count of sneaker' });
  });

  it('lies between two figures while orders are queued', () => {
    const { caches, drift } = driftOf(truthOf({ cached: 8 }, [order(3, 'pending')]));
    expect(caches).toEqual([{ product: 'sneaker', cached: 8, drift: null }]);
    // From one unit too many in the cache, if they have theirs, to two missing.
    expect(drift).toEqual({ lo: 0, hi: 2 });
  });

  it.each([
    ['ok', { lo: 4, hi: 4 }],
    ['info', { lo: 0, hi: 4 }],
    ['fail', { lo: 0, hi: 0 }],
  ] as const)('counts a restock that was %s', (outcome, drift) => {
    expect(driftOf(truthOf({ cached: 10 }), { events: [restock(outcome)] }).drift).toEqual(drift);
  });

  it('has no upper bound before everything has come to rest', () => {
    const { caches, drift } = driftOf(truthOf({ cached: 9 }), { quiesced: false });
    expect(caches[0]?.drift).toBeNull();
    expect(drift).toEqual({ lo: 0, hi: null });
  });

  it('adds up over products, whichever way each is off', () => {
    const truth = truthOf({ cached: 9 }, [order(2, 'confirmed', 'cap')]);
    const cap = { id: 'cap', initial: 5, remaining: 0, cached: 4 };
    const both = { ...truth, products: [...truth.products, cap] };
    const { caches, drift } = driftOf(both);
    expect(caches.map((cache) => cache.drift)).toEqual([1, -1]);
    expect(drift).toEqual({ lo: 2, hi: 2 });
  });
});
