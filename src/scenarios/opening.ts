import type { Scenario } from './schema.ts';

/** Before an absolute opening, waiting shoppers play for this long at most. */
const waitBeforeAbsoluteMs = 3_000;

/** The opening, in milliseconds from t = 0. */
export function openingMs({ sale }: Pick<Scenario, 'sale'>): number {
  return typeof sale.opensAt === 'string' ? waitBeforeAbsoluteMs : sale.opensAt;
}

/** The capture of a setup request that the opening is (`{{setup.opensAt}}`); undefined when it is none. */
export function capturedOpening(opensAt: Scenario['sale']['opensAt']): string | undefined {
  return typeof opensAt === 'string' ? /^\{\{setup\.(\w+)\}\}$/.exec(opensAt)?.[1] : undefined;
}
