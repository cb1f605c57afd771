import { nsPerMs } from '../core/clock.ts';
import { exponential, type Rng, rngFor } from '../core/rng.ts';
import { workloadModels } from '../policies/models/registry.ts';
import type { Scenario } from '../scenarios/schema.ts';
import { sessionOptions } from '../scenarios/sessions.ts';

/** Purchases that follow others of the same device: columns by intent, empty in an open model. */
export interface FollowUps {
  /** From the end of the purchase before to this one; 0 for the first of a device. Nanoseconds. */
  readonly thinkNs: Float64Array;
  /** From its start until the person stops trying; Infinity without `patience`. */
  readonly patienceNs: Float64Array;
}

/** How many purchases each device sets out for, device by device, and how many they are together. */
export function drawPurchases(
  workload: Scenario['workload'],
  seed: number,
  devicesOf: Uint8Array,
): { readonly purchasesOf: Uint16Array; readonly intents: number } {
  const devices = devicesOf.reduce((sum, count) => sum + count, 0);
  if (workload.model === 'open') {
    return { purchasesOf: new Uint16Array(devices).fill(1), intents: devices };
  }
  const model = workloadModels[workload.model];
  const options = sessionOptions(workload);
  const purchasesOf = Uint16Array.from({ length: devices }, (_, device) =>
    model.purchases(options, rngFor(seed, 'session', device)),
  );
  return { purchasesOf, intents: purchasesOf.reduce((sum, count) => sum + count, 0) };
}

/** How long people think between purchases, and how long they try each. */
export function drawFollowUps(
  { workload }: Scenario,
  seed: number,
  purchase: Uint16Array,
  patienceOf: (intent: number) => number | undefined,
): FollowUps {
  const { model, thinkTime = 0 } = workload;
  if (model === 'open') return { thinkNs: new Float64Array(0), patienceNs: new Float64Array(0) };
  const drawMs = (time: number | { readonly exponential: number }, rng: Rng): number =>
    typeof time === 'number' ? time : exponential(rng, time.exponential);
  return {
    thinkNs: Float64Array.from(purchase, (time, intent) =>
      time === 0 ? 0 : Math.round(drawMs(thinkTime, rngFor(seed, 'think', intent)) * nsPerMs),
    ),
    patienceNs: Float64Array.from(purchase, (_, intent) => {
      const patience = patienceOf(intent);
      return patience === undefined
        ? Number.POSITIVE_INFINITY
        : exponential(rngFor(seed, 'patience', intent), patience) * nsPerMs;
    }),
  };
}
