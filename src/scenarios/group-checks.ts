import { formatCount } from '../core/units.ts';
import { checkArrivals } from './arrivals-checks.ts';
import { type CrossFinding, checkWhole, percent } from './cross-finding.ts';
import type { Path } from './document.ts';
import { sizesOf } from './groups.ts';
import type { Scenario } from './schema.ts';

const groupsPath: Path = ['workload', 'groups'];
const usersPath: Path = ['workload', 'users'];

/** Groups that are not all of the people, that nobody is in, or whose own settings cannot be. */
export function checkGroups(scenario: Scenario): readonly CrossFinding[] {
  const { groups, users } = scenario.workload;
  if (groups === undefined) return [];
  const shares = checkShares(groups);
  if (shares.length > 0) return shares;
  const sizes = sizesOf(groups, users);
  return groups.flatMap((group, index): readonly CrossFinding[] => {
    const path = [...groupsPath, index];
    const size = sizes[index] ?? 0;
    if (size === 0) {
      return [
        {
          path: [...path, 'share'],
          at: 'value',
          uses: [groupsPath, usersPath],
          what: `${percent(group.share)} of ${formatCount(users)} users is nobody`,
          fix: 'raise it or workload.users, or remove the group',
        },
      ];
    }
    return [
      ...checkName(groups, index),
      ...(typeof group.devicesPerUser === 'object'
        ? checkWhole([...path, 'devicesPerUser'], group.devicesPerUser)
        : []),
      ...checkShapes(scenario, index, size),
    ];
  });
}

type Groups = NonNullable<Scenario['workload']['groups']>;

function checkShares(groups: Groups): CrossFinding[] {
  const sum = groups.reduce((total, { share }) => total + share, 0);
  if (Math.abs(sum - 1) <= 1e-9) return [];
  return [
    {
      path: groupsPath,
      at: 'key',
      uses: [groupsPath],
      what: `the shares of the groups add up to ${percent(sum)}`,
      fix: 'make them add up to 100%',
    },
  ];
}

function checkName(groups: Groups, index: number): CrossFinding[] {
  const name = groups[index]?.name;
  if (groups.findIndex((other) => other.name === name) === index) return [];
  const path = [...groupsPath, index, 'name'];
  return [
    {
      path,
      at: 'value',
      uses: [groupsPath],
      what: `the group "${name ?? ''}" is listed twice`,
      fix: 'give each group a name of its own',
    },
  ];
}

/** A group's own shapes, as if they were everybody's. */
function checkShapes(scenario: Scenario, index: number, users: number): CrossFinding[] {
  const { workload } = scenario;
  const { arrivals } = workload.groups?.[index] ?? {};
  if (arrivals === undefined) return [];
  const own = [...groupsPath, index, 'arrivals'];
  const trace = arrivals.findIndex(({ type }) => type === 'trace');
  if (trace >= 0) {
    return [
      {
        path: [...own, trace],
        at: 'value',
        uses: [own],
        what: 'a trace is of everybody, not of a group',
        fix: 'put it into workload.arrivals, or use another shape here',
      },
    ];
  }
  const found = checkArrivals({ ...scenario, workload: { ...workload, arrivals, users } });
  const moved = (path: Path): Path =>
    path[0] === 'workload' && path[1] === 'arrivals' ? [...own, ...path.slice(2)] : path;
  return found.map((finding) => ({
    ...finding,
    path: moved(finding.path),
    uses: finding.uses.map(moved),
  }));
}
