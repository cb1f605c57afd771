import type { Scenario } from './schema.ts';

/**
 * How many people each arrival shape has: shares are cut off one after the other from all users, so
 * that rounding loses nobody. A shape without a share has those that remain.
 */
export function peopleOfShapes({
  arrivals,
  users,
}: Pick<Scenario['workload'], 'arrivals' | 'users'>): readonly number[] {
  const named = arrivals.reduce((sum, { users: share }) => sum + (share ?? 0), 0);
  const unnamed = arrivals.filter(({ users: share }) => share === undefined).length;
  let cumulative = 0;
  let taken = 0;
  return arrivals.map(({ users: share }) => {
    cumulative += share ?? Math.max(0, 1 - named) / unnamed;
    const until = Math.max(taken, Math.min(users, Math.round(cumulative * users)));
    const people = until - taken;
    taken = until;
    return people;
  });
}
