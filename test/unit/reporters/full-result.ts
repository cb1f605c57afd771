import type { RunResult } from '../../../src/results/result.ts';
import { violated } from './result-fixture.ts';

const buckets = 120;
const bell = (at: number, centre: number, width: number, height: number): number =>
  Math.round(height * Math.exp(-(((at - centre) / width) ** 2)));
const series = (value: (at: number) => number): number[] =>
  Array.from({ length: buckets }, (_, at) => Math.max(0, Math.round(value(at))));

const arrivals = series((at) => bell(at, 16, 7, 220) + bell(at, 40, 25, 40));
const sold = series((at) => bell(at, 18, 5, 60));
const refused = series((at) => bell(at, 30, 12, 120));
let left = 500;

/** A violated run that has every figure there is. */
export const fullResult: RunResult = {
  ...violated,
  opening: { ...violated.opening, fromZeroMs: 3_000 },
  gateway: {
    limit: null,
    sessions: null,
    waitingRoom: {
      totalActiveUsers: 40,
      newUsersPerMinute: 4_800,
      queueing: 'fifo',
      came: 600,
      admitted: 535,
      abandoned: 65,
      stillWaiting: 0,
      waitMs: { p50: 3_510, p99: 7_000, max: 7_010 },
      waitingMax: 532,
      insideMax: 39,
      insideCertainMax: 4,
      admittedPerMinuteMax: 535,
      admittedPerSecondMax: 100,
      fairness: 0.779,
      overtaken: 0.0004,
      groups: [
        {
          name: 'humans',
          came: 600,
          admitted: 535,
          waitMs: { p50: 3_510, p99: 7_000, max: 7_010 },
        },
      ],
    },
  },
  timeline: {
    bucketMs: 50,
    startMs: -500,
    arrivals,
    retries: series((at) => bell(at, 40, 22, 36)),
    firstAttempts: series((at) => bell(at, 16, 7, 215)),
    completions: series((at) => bell(at, 20, 10, 200)),
    useful: series((at) => bell(at, 20, 10, 160)),
    sold,
    refused,
    refusedByCode: {
      'sold-out': series((at) => bell(at, 32, 12, 90)),
      limited: series((at) => bell(at, 26, 9, 30)),
      'not-open': series((at) => bell(at, 8, 2, 12)),
    },
    uncertain: series((at) => (at === 100 ? 3 : 0)),
    stockLeft: sold.map((units) => {
      left -= units;
      return left;
    }),
  },
  latencyOverTime: {
    bucketMs: 100,
    startMs: -500,
    operations: {
      order: {
        counts: Array.from({ length: 60 }, (_, at) => (at > 50 ? 0 : 60)),
        p50: Array.from({ length: 60 }, (_, at) =>
          at > 50 ? null : 20_000 + bell(at, 8, 4, 80_000),
        ),
        p90: Array.from({ length: 60 }, (_, at) =>
          at > 50 ? null : 40_000 + bell(at, 8, 4, 300_000),
        ),
        p99: Array.from({ length: 60 }, (_, at) =>
          at > 50 ? null : 90_000 + bell(at, 8, 4, 500_000),
        ),
        max: Array.from({ length: 60 }, (_, at) =>
          at > 50 ? null : 120_000 + bell(at, 8, 4, 900_000),
        ),
      },
    },
  },
  latencyDistribution: {
    order: {
      fromUs: Array.from({ length: 64 }, (_, at) => Math.round(1_000 * 2 ** (at / 8))),
      response: Array.from({ length: 64 }, (_, at) => bell(at, 36, 10, 800)),
      service: Array.from({ length: 64 }, (_, at) => bell(at, 34, 9, 820)),
    },
  },
  throughput: { answersPeakPerS: 3_412, sellOutMs: 1_240.5 },
  buyers: {
    people: 531,
    units: 537,
    unitsPerPersonMax: 2,
    byDevices: [
      { devices: 1, people: 3_000, buyers: 290, units: 290 },
      { devices: 2, people: 1_500, buyers: 181, units: 184 },
      { devices: 3, people: 500, buyers: 60, units: 63 },
    ],
    byTry: [
      { try: 1, units: 402 },
      { try: 2, units: 98 },
      { try: 3, units: 37 },
    ],
  },
  scenario: {
    name: 'sale-opening',
    seed: 42,
    sale: { products: [{ id: 'sneaker-42', stock: 500, limitPerUser: 1 }], opensAt: 3_000 },
    workload: { users: 5_000, devicesPerUser: { 1: 0.6, 2: 0.3, 3: 0.1 } },
  },
};
