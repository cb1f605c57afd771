import type { Popularity } from './popularity.ts';
import { uniform } from './uniform.ts';
import { zipf } from './zipf.ts';

/** Every way in which demand is spread over products, by the name that a scenario uses. */
export const popularities = {
  uniform,
  zipf,
} as const satisfies Record<string, Popularity<never>>;
