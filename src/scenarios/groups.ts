import { peopleOfShapes } from './arrival-shares.ts';
import type { Scenario } from './schema.ts';

type Workload = Scenario['workload'];
type WrittenGroup = NonNullable<Workload['groups']>[number];

/** People who behave alike, with what they do: the workload's, where the group does not say otherwise. */
export interface Group
  extends Pick<Workload, 'devicesPerUser' | 'arrivals' | 'refresh' | 'patience'> {
  readonly name: string;
  /** The users of the group are numbered one after the other, from this one. */
  readonly first: number;
  readonly users: number;
  /** Users behind whom there is one person. */
  readonly accountsPerPerson: number;
  readonly waits: WrittenGroup['waits'];
  readonly earlyClicks: WrittenGroup['earlyClicks'];
  readonly retry: WrittenGroup['retry'];
}

/** What the groups of a workload are made from. */
type GroupedWorkload = Pick<
  Workload,
  'users' | 'groups' | 'devicesPerUser' | 'arrivals' | 'refresh' | 'patience'
>;

/** The groups of a workload, in their order; one of everybody, without a name, where it names none. */
export function groupsOf(workload: GroupedWorkload): readonly Group[] {
  const { groups, users, devicesPerUser, arrivals, refresh, patience } = workload;
  const usual = {
    devicesPerUser,
    arrivals,
    refresh,
    patience,
    accountsPerPerson: 1,
    waits: undefined,
    earlyClicks: undefined,
    retry: undefined,
  };
  if (groups === undefined) return [{ ...usual, name: '', first: 0, users }];
  let first = 0;
  return sizesOf(groups, users).map((size, index) => {
    const own = groups[index] ?? { name: '', accountsPerPerson: 1 };
    const group = { ...usual, ...defined(own), first, users: size };
    first += size;
    return group;
  });
}

/** How many users each group has: cut off one after the other, so that rounding loses nobody. */
export function sizesOf(
  groups: readonly Pick<WrittenGroup, 'share'>[],
  users: number,
): readonly number[] {
  const arrivals = groups.map(({ share }) => ({ users: share })) as Workload['arrivals'];
  return peopleOfShapes({ arrivals, users });
}

/** Which of the groups a user belongs to, from 0. */
export function groupIndexOf(groups: readonly Group[], user: number): number {
  return Math.max(
    0,
    groups.findIndex(({ first, users }) => user < first + users),
  );
}

/** Without what was left out. */
function defined<T extends object>(written: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const entries = Object.entries(written).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]: Exclude<T[K], undefined> };
}
