import { nsPerMs } from '../core/clock.ts';
import type { Scenario } from '../scenarios/schema.ts';
import type { Plan } from './plan.ts';
import type { IntentTimes } from './stimuli-plan.ts';

/** First clicks within this after the opening are played again as the positive control. */
export const controlWindowMs = 3_000;
/** How long its last answers may take. */
export const controlDrainMs = 2_000;

/** What the positive control plays. */
export interface ControlExcerpt {
  /** Intents and their first click, ns from the control's opening. */
  readonly clicks: IntentTimes;
  /** Units of the control product. */
  readonly stock: number;
}

/**
 * The first clicks of the profile's first {@link controlWindowMs}, with stock for half of what they
 * want, and never more than the sale itself had: demand is at least twice the stock, as I20
 * asks for. Those who came too early click as it opens. Devices that the cap left without
 * a session are left out: they would only be turned away.
 */
export function controlExcerpt(plan: Plan, scenario: Scenario, openingNs: number): ControlExcerpt {
  const { maximumSessions, onExceed } = scenario.target.reference?.sessions ?? {};
  const cap = maximumSessions ?? Number.POSITIVE_INFINITY;
  const endsNs = scenario.workload.endsAt * nsPerMs;
  const intents: number[] = [];
  const clickNs: number[] = [];
  let units = 0;
  plan.arrivalNs.forEach((arrivalNs, intent) => {
    const afterNs = arrivalNs - openingNs;
    if (afterNs > controlWindowMs * nsPerMs || arrivalNs >= endsNs) return;
    const device = plan.device[intent] ?? 0;
    const devices = plan.devicesOf[plan.user[intent] ?? 0] ?? 1;
    if (onExceed === 'deny' ? device >= cap : device < devices - cap) return;
    intents.push(intent);
    clickNs.push(Math.max(0, afterNs));
    units += plan.quantity[intent] ?? 1;
  });
  const sold = scenario.sale.products.reduce((sum, { stock }) => sum + stock, 0);
  return {
    clicks: { intent: Uint32Array.from(intents), ns: Float64Array.from(clickNs) },
    stock: Math.max(1, Math.min(sold, Math.floor(units / 2))),
  };
}
