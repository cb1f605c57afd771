import { describe, expect, it } from 'vitest';
import { nsPerMs } from '../../../src/core/clock.ts';
import { AbortWatch } from '../../../src/engine/abort-watch.ts';
import { LiveCounter, type LiveFigures } from '../../../src/engine/live-figures.ts';
import type { Attempt } from '../../../src/history/attempt.ts';
import { attemptOf } from '../../helpers/history-builder.ts';
import { scenarioWith } from '../../helpers/scenarios.ts';

const watching = (thresholds: object, more: object = {}): AbortWatch =>
  new AbortWatch(scenarioWith({ thresholds, ...more }));

/** What a worker tells after these attempts. */
function told(attempts: readonly Attempt[], units: readonly number[] = []): LiveFigures {
  const counter = new LiveCounter({ append: () => undefined });
  for (const one of attempts) counter.append(one);
  for (const [product, quantity] of units.entries()) counter.acknowledge(product, quantity);
  return counter.figures();
}

const ending = (limit: number | string, delayAbortEval = '0s'): object => ({
  limit,
  abortOnFail: true,
  delayAbortEval,
});

describe('AbortWatch', () => {
  const sale = {
    products: [
      { id: 'a', stock: 10 },
      { id: 'b', stock: 10 },
    ],
    opensAt: '1s',
  };

  it('adds up what all workers sold, product by product: what one has left makes up for nothing', () => {
    const watch = watching({ oversell: ending(0) }, { sale });
    expect(watch.look([told([], [5, 9]), told([], [5, 1])], nsPerMs)).toBeUndefined();
    expect(watch.look([told([], [6, 1]), told([], [6, 1])], nsPerMs)).toEqual({
      metric: 'oversell',
      limit: '<= 0',
      value: 2,
      afterOpeningNs: nsPerMs,
    });
  });

  it('counts a restock as stock, also one that is still to come', () => {
    const events = [{ afterOpening: '1s', restock: 5, product: 'a' }];
    const watch = watching({ oversell: ending(0) }, { sale, events });
    expect(watch.look([told([], [15, 10])], 0)).toBeUndefined();
    expect(watch.look([told([], [16, 10])], 0)?.value).toBe(1);
  });

  it('does not look before the opening, nor before delayAbortEval is over', () => {
    const watch = watching({ timeouts: ending(0, '2s') });
    const late = [told([attemptOf({ intent: 1, code: 'timeout', status: 0 })])];
    expect(watch.look(late, 1_999 * nsPerMs)).toBeUndefined();
    expect(watch.look(late, 2_000 * nsPerMs)?.metric).toBe('timeouts');
    expect(watching({ timeouts: ending(0) }).look(late, -1)).toBeUndefined();
  });

  it('leaves thresholds alone that are not to end the run', () => {
    const late = [told([attemptOf({ intent: 1, code: 'timeout', status: 0 })])];
    expect(watching({ timeouts: 0 }).look(late, nsPerMs)).toBeUndefined();
    expect(watching({ timeouts: { limit: 0 } }).look(late, nsPerMs)).toBeUndefined();
  });

  it('takes percentiles over all workers, of orders that were answered', () => {
    const watch = watching({ 'order.p50': ending('< 20ms') });
    const quick = Array.from({ length: 10 }, (_, intent) =>
      attemptOf({ intent, doneNs: 5 * nsPerMs }),
    );
    const slow = Array.from({ length: 11 }, (_, intent) =>
      attemptOf({ intent, doneNs: 50 * nsPerMs }),
    );
    expect(watch.look([told(quick), told([])], 0)).toBeUndefined();
    expect(watch.look([], 0)).toBeUndefined();
    expect(watch.look([told(quick), told(slow)], 0)?.value).toBeCloseTo(50_000, -2);
  });

  it('counts attempts, retries over first attempts, and who was limited; never a probe', () => {
    const attempts = [
      attemptOf({ intent: 1, code: 'limited', status: 429 }),
      attemptOf({ intent: 1, attempt: 2 }),
      attemptOf({ intent: 2, attempt: 0, code: 'limited', status: 429 }),
    ];
    const value = (metric: string): number | undefined =>
      watching({ [metric]: ending(0) }).look([told(attempts)], 0)?.value;
    expect(value('attempts')).toBe(2);
    expect(value('amplification')).toBe(2);
    expect(value('rateLimited')).toBe(1);
  });
});
