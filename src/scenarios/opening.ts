import type { Scenario } from './schema.ts';

/** Before an absolute opening, waiting shoppers play for this long at most. */
const waitBeforeAbsoluteMs = 3_000;

/** The opening, in milliseconds from t = 0. */
export function openingMs({ sale }: Pick<Scenario, 'sale'>): number {
  return typeof sale.opensAt === 'string' ? waitBeforeAbsoluteMs : sale.opensAt;
}
