import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type BacklogSample,
  drainTimeMs,
  judgeRecovery,
  type RecoveryFacts,
} from '../../../src/results/recovery.ts';

/** A run of a second a bucket; `rates` says from which second on so many came or were served. */
type Rates = readonly (readonly [fromS: number, perS: number])[];

function perSecond(rates: Rates, seconds: number): number[] {
  return Array.from({ length: seconds }, (_, second) =>
    rates.reduce((found, [fromS, perS]) => (second >= fromS ? perS : found), 0),
  );
}

interface Run {
  readonly comes?: Rates;
  readonly served: Rates;
  readonly seconds?: number;
  readonly fault?: readonly [startS: number, endS: number];
  readonly backlog?: (second: number) => number;
}

function factsOf({
  comes = [[0, 100]],
  served,
  seconds = 180,
  fault = [30, 40],
  backlog = () => 500,
}: Run): RecoveryFacts {
  return {
    series: {
      bucketMs: 1_000,
      startMs: 0,
      firstAttempts: perSecond(comes, seconds),
      goodput: perSecond(served, seconds),
    },
    backlog: Array.from({ length: seconds }, (_, second): BacklogSample => {
      return { atMs: second * 1_000, size: backlog(second) };
    }),
    trigger: { startMs: fault[0] * 1_000, endMs: fault[1] * 1_000 },
    observedUntilMs: seconds * 1_000,
  };
}

const judge = (run: Run) => judgeRecovery(factsOf(run));

describe('judgeRecovery', () => {
  it.each<[title: string, run: Run, verdict: string, timeToRecoverMs: number | undefined]>([
    ['goodput that never fell', { served: [[0, 100]] }, 'recovered', 0],
    [
      'goodput that is back after 12 s',
      {
        served: [
          [0, 100],
          [30, 0],
          [52, 100],
        ],
      },
      'recovered',
      // The window of 10 s may lack its first second: 9 of 10 are 90 %, and one sigma of chance.
      11_000,
    ],
    [
      'goodput that is back at 85 % only',
      {
        served: [
          [0, 100],
          [30, 0],
          [52, 85],
        ],
      },
      'metastable',
      undefined,
    ],
    [
      'goodput that comes back, and goes again within the hold',
      {
        served: [
          [0, 100],
          [30, 0],
          [50, 100],
          [65, 0],
          [100, 100],
        ],
      },
      'recovered',
      59_000,
    ],
    [
      'all that comes, after the crowd has gone',
      {
        comes: [
          [0, 100],
          [40, 20],
        ],
        served: [
          [0, 100],
          [30, 0],
          [45, 20],
        ],
      },
      'recovered',
      4_000,
    ],
    [
      'what could be served before, of a crowd that is larger now',
      {
        comes: [
          [0, 100],
          [40, 300],
        ],
        served: [
          [0, 100],
          [30, 0],
          [45, 100],
        ],
      },
      'recovered',
      4_000,
    ],
    [
      'no goodput and a backlog that falls',
      {
        served: [
          [0, 100],
          [30, 0],
        ],
        backlog: (second) => 5_000 - 20 * second,
      },
      'recovering',
      undefined,
    ],
    [
      'no goodput and a backlog that falls by less than a tenth within the hold',
      {
        served: [
          [0, 100],
          [30, 0],
        ],
        backlog: (second) => 50_000 - 20 * second,
      },
      'metastable',
      undefined,
    ],
    [
      'no goodput and a backlog that grows',
      {
        served: [
          [0, 100],
          [30, 0],
        ],
        backlog: (second) => 50 * second,
      },
      'metastable',
      undefined,
    ],
    [
      'no goodput while more come than were served before',
      {
        comes: [
          [0, 100],
          [40, 200],
        ],
        served: [
          [0, 100],
          [30, 0],
        ],
      },
      'unknown',
      undefined,
    ],
    [
      'no goodput for less than three times as long as the fault took',
      {
        served: [
          [0, 100],
          [30, 0],
        ],
        seconds: 69,
      },
      'unknown',
      undefined,
    ],
    [
      'no goodput for three times as long as the fault took',
      {
        served: [
          [0, 100],
          [30, 0],
        ],
        seconds: 70,
      },
      'metastable',
      undefined,
    ],
    ['no goodput, before the fault neither', { served: [[0, 0]] }, 'unknown', undefined],
    [
      'no goodput, and nobody who came before the fault',
      { comes: [[40, 100]], served: [[0, 0]] },
      'unknown',
      undefined,
    ],
    [
      'goodput, although nobody came before the fault',
      { comes: [[40, 100]], served: [[42, 100]] },
      'recovered',
      1_000,
    ],
    [
      'nobody who comes after the fault',
      {
        comes: [
          [0, 100],
          [40, 0],
        ],
        served: [[0, 100]],
      },
      'unknown',
      undefined,
    ],
    [
      'too few who come after the fault',
      {
        comes: [
          [0, 100],
          [40, 0.5],
        ],
        served: [[0, 100]],
      },
      'unknown',
      undefined,
    ],
    ['a run that ends with the fault', { served: [[0, 100]], seconds: 40 }, 'unknown', undefined],
    [
      'a fault that is over as it strikes',
      {
        served: [
          [0, 100],
          [30, 0],
          [35, 100],
        ],
        fault: [30, 30],
      },
      'recovered',
      4_000,
    ],
  ])('%s', (_title, run, verdict, timeToRecoverMs) => {
    const found = judge(run);
    expect(found.verdict).toBe(verdict);
    expect(found.timeToRecoverMs).toBe(timeToRecoverMs);
    expect(found.reason).not.toBe('');
  });

  it.each([
    // Time after the fault, purchases a second, window: 10 s where it fits twelve times.
    [200, 100, 10_000],
    [120, 100, 10_000],
    [60, 100, 5_000],
    [12, 100, 1_000],
    [3, 100, 500],
    [12, 10, 3_000],
    [200, 1, 30_000],
  ])('takes goodput of %d s with %d a second over %d ms', (seconds, perS, windowMs) => {
    const found = judge({
      comes: [[0, perS]],
      served: [[0, perS]],
      fault: [300, 310],
      seconds: 310 + seconds,
    });
    expect(found.windowMs).toBe(windowMs);
    expect(found.holdMs).toBe(3 * windowMs);
    expect(found.observedMs).toBe(seconds * 1_000);
  });

  it('tells what was served before and in the end', () => {
    const found = judge({
      served: [
        [0, 80],
        [30, 0],
        [100, 100],
      ],
    });
    expect([found.baselinePerS, found.lastPerS]).toEqual([80, 100]);
  });

  it('never says metastable of a server that serves all that come', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(200), { minLength: 100, maxLength: 200 }),
        fc.nat(50),
        fc.nat(20),
        (comes, startS, tookS) => {
          const found = judgeRecovery({
            series: { bucketMs: 1_000, startMs: 0, firstAttempts: comes, goodput: comes },
            backlog: [],
            trigger: { startMs: startS * 1_000, endMs: (startS + tookS) * 1_000 },
            observedUntilMs: comes.length * 1_000,
          });
          expect(['recovered', 'unknown']).toContain(found.verdict);
        },
      ),
    );
  });

  it('never says recovered of a server that serves nobody after the fault', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 20, max: 200 }), { minLength: 100, maxLength: 200 }),
        fc.nat(20),
        (comes, tookS) => {
          const endS = 30 + tookS;
          const found = judgeRecovery({
            series: {
              bucketMs: 1_000,
              startMs: 0,
              firstAttempts: comes,
              goodput: comes.map((count, second) => (second < 30 ? count : 0)),
            },
            backlog: [],
            trigger: { startMs: 30_000, endMs: endS * 1_000 },
            observedUntilMs: comes.length * 1_000,
          });
          expect(found.verdict).not.toBe('recovered');
        },
      ),
    );
  });
});

describe('drainTimeMs', () => {
  it.each([
    [1, 100, 300, 5_000],
    [2, 100, 300, 20_000],
    [2, 149, 300, 1_490_000],
    [2, 150, 300, Number.POSITIVE_INFINITY],
    [1, 400, 300, Number.POSITIVE_INFINITY],
    [2, 0, 300, 0],
  ])(
    'an outage of 10 s with %d attempts at %d of %d a second takes %d ms',
    (amplification, ratePerS, capacityPerS, ms) => {
      const load = { amplification, ratePerS, capacityPerS, outageMs: 10_000 };
      expect(drainTimeMs(load)).toBeCloseTo(ms, 6);
    },
  );
});
