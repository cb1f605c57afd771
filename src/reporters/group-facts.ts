import { formatCount } from '../core/units.ts';
import type { GroupSummary } from '../results/groups.ts';
import type { RunResult } from '../results/result.ts';
import type { Fact } from './facts.ts';
import { formatShare } from './figures.ts';

/** Who came, and who got the stock. */
export function groupFacts({ groups = [] }: RunResult): Fact[] {
  const people = groups.reduce((sum, group) => sum + group.people, 0);
  return groups.map((group) => ({ label: group.name, text: groupText(group, people) }));
}

function groupText(group: GroupSummary, allPeople: number): string {
  const { people, accounts, devices, requests, limited, units, share, buyers } = group;
  const behind = accounts === people ? '' : ` with ${formatCount(accounts)} accounts`;
  const who =
    `${formatShare(people, allPeople)} of the people ` +
    `(${formatCount(people)}${behind}, ${formatCount(devices)} devices)`;
  const got =
    units === null || buyers === null
      ? 'what they got is not known'
      : `${share === null ? 'none' : formatShare(share, 1)} of what was sold ` +
        `(${formatCount(units)} units to ${formatCount(buyers)} people, ` +
        `at most ${formatCount(group.ordersPerPersonMax ?? 0)} orders to one)`;
  return `${who}; ${got}; ${formatCount(requests)} requests, ${formatCount(limited)} limited`;
}
