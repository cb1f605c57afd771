import { formatCount } from '../../core/units.ts';
import type { GroupSummary } from '../../results/groups.ts';
import type { RunResult } from '../../results/result.ts';
import { fact, formatShare } from './figures.ts';

/** Who came, and who got the stock. */
export function groupLines({ groups }: RunResult, columns: number): string[] {
  const people = groups.reduce((sum, group) => sum + group.people, 0);
  return groups.flatMap((group) => fact(group.name, groupText(group, people), columns));
}

function groupText(group: GroupSummary, allPeople: number): string {
  const { people, accounts, devices, requests, limited, units, share, buyers } = group;
  const behind = accounts === people ? '' : ` with ${formatCount(accounts)} accounts`;
  const who = `${formatShare(people, allPeople)} of the people (${formatCount(people)}${behind}, ${formatCount(devices)} devices)`;
  const got =
    units === null || buyers === null
      ? 'what they got is not known'
      : `${share === null ? 'none' : formatShare(share, 1)} of what was sold (${formatCount(units)} units, ` +
        `${formatCount(buyers)} people, ${formatCount(group.ordersPerPersonMax ?? 0)} orders each at most)`;
  return `${who}; ${got}; ${formatCount(requests)} requests, ${formatCount(limited)} limited`;
}
