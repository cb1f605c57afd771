import { describe, expect, it } from 'vitest';
import type { Change } from '../../../../src/results/comparison/comparison.ts';
import type { RecoverySummary, RunResult } from '../../../../src/results/result.ts';
import { comparisonOf, runOf } from './fixture.ts';

function recovery(given: Partial<RecoverySummary>): Partial<RunResult> {
  const one: RecoverySummary = {
    fault: 'slow order server',
    endedAtMs: 4_000,
    verdict: 'recovered',
    timeToRecoverMs: 1_000,
    baselinePerS: 100,
    lastPerS: 100,
    windowMs: 500,
    holdMs: 1_000,
    observedMs: 20_000,
    backlog: 'server',
    reason: 'goodput is back',
    ...given,
  };
  return { recoveries: [one] };
}

const back = (timeToRecoverMs: number): Partial<RunResult> => recovery({ timeToRecoverMs });
const down = (verdict: RecoverySummary['verdict']): Partial<RunResult> =>
  recovery({ verdict, timeToRecoverMs: null });

const doubled = (doubledIntents: number): Partial<RunResult> => ({
  retries: { ...runOf(100).retries, doubledIntents },
});

const drifted = (drift: number | null): Partial<RunResult> => ({
  caches: [{ product: 'sneaker', cached: 0, drift }],
});
type Row = readonly [
  what: string,
  metric: string,
  before: readonly Partial<RunResult>[],
  after: readonly Partial<RunResult>[],
  change: Change,
];

const five = <T>(...values: readonly [T, T, T, T, T]): readonly T[] => values;

const rows: readonly Row[] = [
  ['twice as long until it is back', 'timeToRecover', [back(2_000)], [back(5_000)], 'regression'],
  ['half a window more', 'timeToRecover', [back(400)], [back(900)], 'same'],
  [
    'never back, where it was before',
    'timeToRecover',
    [back(2_000)],
    [down('recovering')],
    'regression',
  ],
  [
    'back in most runs, and never in some',
    'timeToRecover',
    five(1_000, 1_200, 900, 1_100, 1_000).map(back),
    [back(1_000), down('recovering'), down('recovering'), back(1_100), down('recovering')],
    'unclear',
  ],
  [
    'never back in any run',
    'timeToRecover',
    five(1_000, 1_200, 900, 1_100, 1_000).map(back),
    five(0, 0, 0, 0, 0).map(() => down('recovering')),
    'regression',
  ],
  [
    'as noisy as ever',
    'timeToRecover',
    five(1_000, 1_700, 900, 1_400, 1_200).map(back),
    five(1_500, 1_100, 1_600, 1_300, 1_800).map(back),
    'same',
  ],
  ['a storm that sustains itself', 'metastable', [back(1_000)], [down('metastable')], 'regression'],
  ['no storm', 'metastable', [back(1_000)], [down('recovering')], 'same'],
  ['a storm that is gone', 'metastable', [down('metastable')], [back(1_000)], 'better'],
  ['the first of them', 'doubledIntents', [doubled(0)], [doubled(1)], 'regression'],
  ['one more by chance', 'doubledIntents', [doubled(1)], [doubled(2)], 'same'],
  ['many more', 'doubledIntents', [doubled(9)], [doubled(20)], 'regression'],
  [
    'a few more in every run',
    'doubledIntents',
    five(3, 4, 3, 5, 4).map(doubled),
    five(9, 8, 10, 9, 8).map(doubled),
    'regression',
  ],
  [
    'now more and now fewer',
    'doubledIntents',
    five(3, 6, 2, 5, 4).map(doubled),
    five(5, 3, 6, 2, 4).map(doubled),
    'same',
  ],
  [
    'a count that is off where it was right',
    'stockDrift',
    [drifted(0)],
    [drifted(-1)],
    'regression',
  ],
  ['as far off as before', 'stockDrift', [drifted(4)], [drifted(-5)], 'same'],
];

describe('a metric that gates without being asked', () => {
  it.each(rows)('%s: %s', (_, metric, before, after, change) => {
    const [baseline, candidate] = [before, after].map((side) =>
      side.map((given) => runOf(100, given)),
    );
    const found = comparisonOf(baseline ?? [], candidate ?? []);
    expect(found.metric(metric)).toMatchObject({ change, gated: true });
    if (change === 'regression') expect(found.verdict).toBe('violated');
  });

  it('is not compared where nobody can tell', () => {
    const unknown = runOf(100, down('unknown'));
    const { metrics } = comparisonOf([runOf(100, back(1_000))], [unknown]);
    const names = metrics.map(({ name }) => name);
    expect(names).not.toContain('timeToRecover');
    expect(names).not.toContain('metastable');
  });
});
