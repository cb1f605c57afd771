import { nsPerMs } from '../../../src/core/clock.ts';
import type { RunOutcome } from '../../../src/engine/run-outcome.ts';
import type { Attempt } from '../../../src/history/attempt.ts';
import { AttemptStore } from '../../../src/history/store.ts';
import { type Scenario, scenarioSchema } from '../../../src/scenarios/schema.ts';

/** The opening of every run below, in ms from the epoch; t = 0 is a second earlier. */
export const opensMs = 3_000;
const zeroMs = 2_000;
export const runId = 'r1';

/** An attempt whose times are given in ms after the opening; a plain ok order by default. */
export function attempt(
  given: Partial<Omit<Attempt, 'scheduledNs' | 'sentNs' | 'doneNs'>> & {
    readonly dueMs?: number;
    readonly sentMs?: number;
    readonly doneMs?: number;
  } = {},
): Attempt {
  const { dueMs = 0, sentMs = dueMs, doneMs = sentMs + 10, ...rest } = given;
  const code = rest.code ?? 'ok';
  const answered = !['timeout', 'reset', 'aborted', 'connect-failed'].includes(code);
  return {
    operation: 'order',
    user: rest.intent ?? 0,
    device: 0,
    intent: 0,
    attempt: 1,
    keyVariant: 0,
    product: 0,
    quantity: 1,
    scheduledNs: (opensMs + dueMs) * nsPerMs,
    sentNs: (opensMs + sentMs) * nsPerMs,
    firstByteNs: Number.NaN,
    doneNs: (opensMs + doneMs) * nsPerMs,
    status: answered ? 200 : 0,
    outcome: code === 'ok' ? 'ok' : answered ? 'fail' : 'info',
    code,
    orderId: undefined,
    remaining: undefined,
    retryAfterMs: undefined,
    instance: '',
    connection: 0,
    worker: 0,
    ...rest,
  };
}

export function storeOf(attempts: readonly Attempt[]): AttemptStore {
  const store = new AttemptStore();
  for (const one of attempts) store.append(one);
  return store;
}

/** A run of two herd shoppers and a latecomer on three units, with nothing played yet. */
export function outcomeOf(
  attempts: readonly Attempt[],
  given: Partial<RunOutcome> = {},
): RunOutcome {
  return {
    runId,
    epoch: { seconds: 0, nanoseconds: 0, wallMs: 1_795_773_600_000 },
    startedAtMs: 1_795_773_600_000,
    contract: { products: [{ id: 'sneaker', stock: 3 }] },
    attempts: storeOf(attempts),
    truth: undefined,
    quiesced: true,
    truthNote: undefined,
    interrupted: false,
    plan: {
      hash: 'plan',
      users: 3,
      devices: 3,
      intents: 3,
      herd: Uint8Array.of(1, 1, 0),
      arrivalNs: Float64Array.of(1_000 * nsPerMs, 1_020 * nsPerMs, 5_000 * nsPerMs),
    },
    opening: {
      zeroNs: zeroMs * nsPerMs,
      opensNs: opensMs * nsPerMs,
      opensAtMs: 1_795_773_603_000,
      closesAtMs: undefined,
      connections: 3,
      warmConnections: 3,
      perInstance: { a: 2, b: 1 },
    },
    faults: [],
    backlog: [],
    checks: [],
    events: [],
    control: {
      state: 'skipped',
      stock: 0,
      soldUnits: 0,
      attempts: 0,
      durationMs: 0,
      reason: 'not asked for',
    },
    incidents: [],
    warnings: [],
    workers: [
      {
        worker: 0,
        devices: 3,
        loggedIn: 3,
        loginsFailed: 0,
        droppedArrivals: 0,
        cpuSeconds: 1.5,
        eventLoopDelayMaxMs: 12,
      },
    ],
    rssMaxBytes: 256 * 2 ** 20,
    targetCpuSeconds: 1.5,
    ...given,
  };
}

/** A small scenario against an own server, which brings no notes with it. */
export function scenarioOf(thresholds: Record<string, number | string> = {}): Scenario {
  return scenarioSchema.parse({
    name: 'small-sale',
    target: { http: { baseUrl: 'http://127.0.0.1:8080' } },
    sale: { products: [{ id: 'sneaker', stock: 3 }] },
    workload: { users: 3, arrivals: [{ type: 'herd' }] },
    thresholds,
  });
}
