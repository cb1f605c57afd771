import { assert } from '../core/assert.ts';
import { type NowNs, nsPerMs, sleep } from '../core/clock.ts';
import { messageOf } from '../core/errors.ts';
import type { ControlRecord } from '../history/run-record.ts';
import type { TruthSnapshot } from '../history/truth.ts';
import type { Scenario } from '../scenarios/schema.ts';
import type { Target } from '../targets/target.ts';
import { controlDrainMs, controlExcerpt, controlWindowMs } from './control-excerpt.ts';
import type { Fleet } from './fleet.ts';
import type { Plan } from './plan.ts';
import { awaitIdle } from './quiesce.ts';

/** From "every worker is ready" to the control's opening. */
const leadMs = 100;
/** Workers that say nothing for this long beyond what they were given are gone. */
const patienceMs = 5_000;

/** What the positive control is played with. */
export interface PositiveControlOptions {
  readonly target: Pick<Target, 'control' | 'inFlight'>;
  readonly fleet: Pick<Fleet, 'broadcast' | 'reached' | 'controlAttempts'>;
  readonly scenario: Scenario;
  readonly plan: Plan;
  /** The opening of the sale, ns from t = 0. */
  readonly openingNs: number;
  readonly now: NowNs;
  /** Aborted when the run is to end. */
  readonly signal: AbortSignal;
}

/** A control that was not played, and why. */
export function controlSkipped(reason: string): ControlRecord {
  return { state: 'skipped', stock: 0, soldUnits: 0, attempts: 0, durationMs: 0, reason };
}

/** Why there is no control, when the run was stopped. */
export const interruptedReason = 'the run was interrupted';
/** Why there is no control of a server that flashsim cannot make wrong. */
export const ownServerReason = 'own server';

/**
 * Plays an excerpt of the profile, at most 5 s of it, against a product that `naive` counts down: if
 * that does not oversell, the profile has no contention and a pass means nothing. Called when the
 * sale has been drained and its evidence is complete. Never rejects.
 */
export async function playControl(options: PositiveControlOptions): Promise<ControlRecord> {
  const { now } = options;
  const isStopped = (): boolean => options.signal.aborted;
  const startNs = now();
  const excerpt = controlExcerpt(options.plan, options.scenario, options.openingNs);
  const { stock } = excerpt;
  const nothing = { stock, soldUnits: 0, attempts: 0 };
  const end = (part: Pick<ControlRecord, 'state' | 'reason'> & Partial<ControlRecord>) => ({
    ...nothing,
    durationMs: (now() - startNs) / nsPerMs,
    ...part,
  });
  if (isStopped()) return controlSkipped(interruptedReason);
  if (excerpt.clicks.intent.length === 0) {
    return end({ state: 'failed', reason: 'nobody comes within 3 s of the opening' });
  }
  try {
    const soldUnits = await sell(options, stock);
    if (isStopped()) return controlSkipped(interruptedReason);
    if (soldUnits === undefined) return controlSkipped(ownServerReason);
    const played = { soldUnits, attempts: options.fleet.controlAttempts };
    if (soldUnits > stock) return end({ state: 'oversold', reason: '', ...played });
    if (soldUnits === stock) return end({ state: 'exact', reason: '', ...played });
    // It never came to the last unit, where a race would show.
    const reason = `only ${soldUnits} of its ${stock} units were sold: the others were turned away`;
    return end({ state: 'failed', reason, ...played });
  } catch (error) {
    if (isStopped()) return controlSkipped(interruptedReason);
    return end({ state: 'failed', reason: messageOf(error) });
  }
}

/** Units sold of the control product; undefined when there is none. */
async function sell(options: PositiveControlOptions, stock: number): Promise<number | undefined> {
  const { target, fleet, now, signal } = options;
  const isStopped = (): boolean => signal.aborted;
  const sale = await target.control(stock);
  if (sale === undefined || isStopped()) return undefined;
  fleet.broadcast({ kind: 'control', productId: sale.productId });
  await reachedWithin(fleet, 'control-ready', patienceMs, signal);
  if (isStopped()) return undefined;
  fleet.broadcast({ kind: 'control-begin', startNs: now() + leadMs * nsPerMs });
  const atMostMs = leadMs + controlWindowMs + controlDrainMs + patienceMs;
  await reachedWithin(fleet, 'controlled', atMostMs, signal);
  if (isStopped()) return undefined;
  await awaitIdle(target, now, controlDrainMs, signal);
  return unitsOf(await sale.truth(), sale.productId);
}

async function reachedWithin(
  fleet: PositiveControlOptions['fleet'],
  milestone: Parameters<Fleet['reached']>[0],
  atMostMs: number,
  signal: AbortSignal,
): Promise<void> {
  const settled = new AbortController();
  const either = AbortSignal.any([settled.signal, signal]);
  const late = sleep(atMostMs, either).then(() => {
    assert(either.aborted, 'the load-generating processes answer in time');
  });
  try {
    await Promise.race([fleet.reached(milestone), late]);
  } finally {
    settled.abort();
  }
}

function unitsOf(truth: TruthSnapshot, productId: string): number {
  return truth.orders
    .filter((order) => order.productId === productId && order.status === 'confirmed')
    .reduce((sum, { quantity }) => sum + quantity, 0);
}
