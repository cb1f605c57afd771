import type { InvariantSummary, RunResult } from '../../../src/results/result.ts';

const none = { count: 0, first: null, worst: null, last: null };

function holds(id: string, title: string, unit = 'units'): InvariantSummary {
  return { id, title, verdict: 'pass', value: 0, lo: 0, hi: 0, unit, witnesses: none };
}

/** A sale of 500 units to 5,000 people that went well. */
export const passing: RunResult = {
  schemaVersion: 1,
  flashsim: '0.1.0',
  name: 'sale-opening',
  runId: 'mf3k2x9a-4f2c',
  verdict: 'pass',
  interrupted: false,
  seed: 42,
  scenarioHash: '6f2d0c1b',
  planHash: '91ab77e0',
  replay: 'flashsim run sale-opening --seed 42',
  startedAt: '2026-11-27T09:59:48.000Z',
  wallMs: 17_400,
  target: {
    kind: 'reference',
    description: 'reference: conditional-update on embedded postgres, 2 processes',
  },
  invariants: {
    oversell: holds('I1', 'Units sold beyond the stock'),
    undersell: holds('I2', 'Units left although buyers were refused'),
    lostOrder: holds('I4', 'Acknowledged orders that the store does not hold', 'orders'),
    duplicateOrder: holds('I7', 'Keys with more than one order', 'keys'),
    nonVacuity: holds('I20', 'Conditions of a meaningful run that were not met', 'conditions'),
  },
  notJudged: [
    { name: 'userLimit', reason: 'the contract promises no limit per user for any product' },
  ],
  thresholds: [
    { metric: 'oversell', limit: '<= 0', verdict: 'pass', value: 0, unit: 'units' },
    { metric: 'order.p99', limit: '< 800ms', verdict: 'pass', value: 412_671, unit: 'µs' },
  ],
  outcomes: { ok: 500, fail: 6_912, info: 3 },
  codes: {
    login: { ok: 7_500 },
    order: { ok: 500, 'sold-out': 5_808, limited: 1_104, timeout: 3 },
    page: { ok: 3_120 },
  },
  latencyUs: {
    login: {
      count: 7_500,
      response: { p50: 2_101, p90: 5_203, p99: 12_407, p999: 30_111, max: 41_503 },
      service: { p50: 1_900, p90: 4_903, p99: 11_007, p999: 29_111, max: 40_001 },
    },
    page: {
      count: 3_120,
      response: { p50: 850, p90: 2_203, p99: 8_407, p999: 20_111, max: 25_503 },
      service: { p50: 801, p90: 2_103, p99: 8_007, p999: 19_111, max: 25_001 },
    },
    order: {
      count: 7_415,
      response: { p50: 98_303, p90: 301_055, p99: 412_671, p999: 1_204_223, max: 5_003_212 },
      service: { p50: 95_103, p90: 290_055, p99: 400_671, p999: 1_200_223, max: 5_000_912 },
    },
  },
  opening: {
    at: '2026-11-27T10:00:00.000Z',
    spreadUs: 1_214_250,
    plannedSpreadUs: 1_198_112,
    latenessP99Us: 4_215,
    warmConnections: 7_498,
    connections: 7_500,
    perInstance: { 'server-1': 3_749, 'server-2': 3_749 },
  },
  attempts: 7_415,
  firstAttempts: 5_000,
  amplification: 1.483,
  retries: {
    attemptsPerIntent: { p50: 1, p99: 4, max: 5, histogram: [0, 3_585, 717, 426, 242, 30] },
    heldBack: { breaker: 0, throttle: 0, budget: 0 },
    useful: 6_308,
    completions: 7_412,
    givenUp: 3,
    goodputPerS: 901.1,
    throughputPerS: 1_058.9,
    wastedWork: { lo: 0, hi: 0.0004 },
    doubledIntents: 0,
  },
  recoveries: [],
  unresolved: 0,
  sold: 500,
  selling: { orders: 500, lastSaleMs: 1_250, ordersPerS: 400, cpuSecondsPer1000: 6.5 },
  stock: 500,
  gateway: { limit: null, sessions: null },
  groups: [],
  caches: [],
  devices: { users: 5_000, devices: 7_500, loggedIn: 6_998, evicted: 502, loginsFailed: 0 },
  rateLimited: 1_104,
  probes: 0,
  timeline: {
    bucketMs: 100,
    startMs: -200,
    arrivals: [2, 3, 1_500, 2_210, 1_400, 800, 420, 310, 260, 200, 150, 90, 40, 20, 10],
    firstAttempts: [2, 3, 1_300, 1_900, 900, 400, 200, 120, 80, 50, 30, 10, 3, 2, 0],
    completions: [2, 3, 1_400, 2_100, 1_500, 850, 450, 330, 270, 210, 157, 90, 30, 15, 5],
    useful: [0, 0, 1_200, 1_800, 1_300, 740, 390, 290, 240, 180, 140, 80, 25, 13, 4],
    sold: [0, 0, 130, 200, 150, 20, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    refused: [2, 3, 900, 1_900, 1_500, 900, 500, 400, 300, 200, 150, 90, 40, 20, 7],
    uncertain: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3],
  },
  faults: [],
  events: [],
  control: {
    state: 'oversold',
    stock: 250,
    soldUnits: 412,
    attempts: 1_204,
    durationMs: 3_120,
    reason: '',
  },
  incidents: [],
  problems: [],
  warnings: [
    'Note: the embedded PostgreSQL runs with fsync=off: a crash of its processes loses nothing, a ' +
      'power cut may, so this run says nothing about durability against one.',
  ],
  generator: {
    workers: 1,
    cpuSeconds: 6.42,
    eventLoopDelayMaxMs: 14.2,
    rssMaxMb: 512.4,
    droppedArrivals: 0,
    selfCheck: {
      bottlenecks: [],
      begun: 7_412,
      latenessUs: { p50: 412, p90: 820, p99: 1_204, p999: 3_100, max: 6_231 },
      workers: [
        {
          worker: 0,
          cpuShare: 0.41,
          cpuShareMax: 0.83,
          eventLoopDelayP99Ms: 2.1,
          eventLoopDelayMaxMs: 14.2,
          latenessP99Us: 1_204,
          latenessMaxUs: 6_231,
          socketErrors: { ECONNRESET: 3 },
        },
      ],
    },
  },
};

const oversoldWitness = {
  summary:
    'order 8f14e45f of u17 under key mf3k2x9a-4f2c-1203 took unit 537 of 500, 412 ms after the opening',
  keys: ['mf3k2x9a-4f2c-1203'],
  orderIds: ['8f14e45f'],
  userId: 'u17',
  atNs: 9_412_000_000,
};

/** The same sale on a server that reads, decides and writes. */
export const violated: RunResult = {
  ...passing,
  verdict: 'violated',
  target: { kind: 'reference', description: 'reference: naive on embedded postgres, 2 processes' },
  invariants: {
    ...passing.invariants,
    oversell: {
      ...holds('I1', 'Units sold beyond the stock'),
      verdict: 'violated',
      value: 37,
      lo: 37,
      hi: 37,
      reason: '37 units more than the stock of 500 units were sold or promised',
      witnesses: {
        count: 37,
        first: oversoldWitness,
        worst: oversoldWitness,
        last: oversoldWitness,
      },
      story: {
        steps: [
          {
            kind: 'request',
            atMs: 214.2,
            actor: 'u17-d0',
            text: 'order 1 × sneaker key mf3k2x9a-4f2c-1203',
          },
          {
            kind: 'request',
            atMs: 215,
            actor: 'u903-d1',
            text: 'order 1 × sneaker key mf3k2x9a-4f2c-77',
          },
          {
            kind: 'answer',
            atMs: 398.4,
            actor: 'u903-d1',
            text: '201 ok, order 77aa1b02, 12 left',
          },
          { kind: 'answer', atMs: 412, actor: 'u17-d0', text: '201 ok, order 8f14e45f, 12 left' },
          {
            kind: 'store',
            atMs: null,
            actor: 'store',
            text: 'ledger 488: mf3k2x9a-4f2c-77 takes 1, sneaker is 12 afterwards',
          },
          {
            kind: 'store',
            atMs: null,
            actor: 'store',
            text: 'ledger 489: mf3k2x9a-4f2c-1203 takes 1, sneaker is 12 afterwards',
          },
        ],
        store: [
          'row 8f14e45f: 1 × sneaker of u17, confirmed, key mf3k2x9a-4f2c-1203',
          'sneaker: 500 at the start, 0 left, 537 in confirmed orders',
        ],
      },
    },
    undersell: {
      ...holds('I2', 'Units left although buyers were refused'),
      verdict: 'unknown',
      value: null,
      lo: 0,
      hi: 3,
      reason: 'nobody knows how 3 orders ended',
    },
  },
  thresholds: [
    { metric: 'oversell', limit: '<= 0', verdict: 'violated', value: 37, unit: 'units' },
    { metric: 'order.p99', limit: '< 400ms', verdict: 'violated', value: 412_671, unit: 'µs' },
  ],
  sold: 537,
  retries: {
    ...passing.retries,
    heldBack: { breaker: 120, throttle: 0, budget: 31 },
    givenUp: 1_204,
    wastedWork: { lo: 0.021, hi: 0.14 },
    doubledIntents: 2,
  },
  recoveries: [
    {
      fault: 'kill order-server',
      endedAtMs: 5_000,
      verdict: 'recovered',
      timeToRecoverMs: 1_200,
      baselinePerS: 212.4,
      lastPerS: 208.1,
      windowMs: 1_000,
      holdMs: 3_000,
      observedMs: 12_000,
      backlog: 'server',
      reason: 'goodput is back',
    },
    {
      fault: 'slow order-server by 1500 ms for 3000 ms',
      endedAtMs: 20_000,
      verdict: 'metastable',
      timeToRecoverMs: null,
      baselinePerS: 208.1,
      lastPerS: 3.2,
      windowMs: 1_000,
      holdMs: 3_000,
      observedMs: 12_000,
      backlog: 'server',
      reason: 'the fault is gone and no more come than before, yet goodput is not back',
    },
  ],
  caches: [
    { product: 'sneaker', cached: 12, drift: -49 },
    { product: 'boot', cached: 0, drift: 3 },
    { product: 'cap', cached: null, drift: null },
    { product: 'sock', cached: 1, drift: null },
    { product: 'lace', cached: 7, drift: 0 },
  ],
  faults: [
    {
      description: 'kill order-server',
      atMs: 5_000,
      fired: true,
      detail: 'process 4711 (server-2) was ended with SIGKILL',
    },
    { description: 'slow order-server', atMs: 9_000, fired: false, detail: 'the run had ended' },
  ],
  events: [
    { description: 'restock 50 of sneaker', atMs: 6_000, outcome: 'ok', detail: '' },
    {
      description: 'close the sale',
      atMs: 9_500,
      outcome: 'fail',
      detail: 'the run was over before the event was due',
    },
  ],
  control: {
    state: 'skipped',
    stock: 0,
    soldUnits: 0,
    attempts: 0,
    durationMs: 0,
    reason: '--no-control',
  },
  probes: 31,
  codes: { ...passing.codes, probe: { 'not-open': 20, 'key-reuse': 8, ok: 3 } },
  incidents: ['server-2 died (SIGKILL) and was replaced after 212 ms'],
  warnings: [
    'Latency figures are tainted: a load generator stood still for up to 83.0 ms.',
    ...passing.warnings,
  ],
};

/** A run against an own server that told nothing of its store. */
export const undecided: RunResult = {
  ...passing,
  recoveries: [
    {
      fault: 'slow order-server by 1500 ms for 3000 ms',
      endedAtMs: 20_000,
      verdict: 'unknown',
      timeToRecoverMs: null,
      baselinePerS: null,
      lastPerS: 0,
      windowMs: 500,
      holdMs: 1_500,
      observedMs: 900,
      backlog: 'client',
      reason: 'too little came after the fault, or for too short a time, to tell',
    },
  ],
  verdict: 'unknown',
  target: { kind: 'http', description: 'http: http://127.0.0.1:8080' },
  invariants: {
    ...passing.invariants,
    oversell: {
      ...holds('I1', 'Units sold beyond the stock'),
      verdict: 'unknown',
      value: null,
      lo: 0,
      hi: 12,
      reason: 'nobody knows how some orders ended: 12 units may be too many',
    },
    lostOrder: {
      ...holds('I4', 'Acknowledged orders that the store does not hold', 'orders'),
      verdict: 'unknown',
      value: null,
      lo: 0,
      hi: null,
      reason: 'there is no snapshot of the store: the target has no truthUrl',
    },
  },
  thresholds: [
    {
      metric: 'page.p99',
      limit: '< 50ms',
      verdict: 'unknown',
      value: null,
      unit: 'µs',
      reason: 'no page request was timed',
    },
  ],
  latencyUs: {
    ...passing.latencyUs,
    page: {
      count: 0,
      response: { p50: 0, p90: 0, p99: 0, p999: 0, max: 0 },
      service: { p50: 0, p90: 0, p99: 0, p999: 0, max: 0 },
    },
  },
  unresolved: 12,
  opening: { ...passing.opening, warmConnections: 5_120, perInstance: {} },
  warnings: ['Only 5,120 of 7,500 connections were warm at the opening, so the herd was blunted.'],
};
